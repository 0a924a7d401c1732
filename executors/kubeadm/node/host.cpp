#include "node/host.hpp"

namespace cu::node {

const char* NameOf(Tool tool) {
  switch (tool) {
    case Tool::kKubeadm:
      return "kubeadm";
    case Tool::kKubelet:
      return "kubelet";
    case Tool::kKubectl:
      return "kubectl";
  }
  return "";
}

std::string LineOf(const Command& command) {
  const auto* tool = std::get_if<Tool>(&command.program);
  std::string line = tool != nullptr ? NameOf(*tool) : std::get<std::string>(command.program);
  for (const std::string& argument : command.arguments) {
    line += " " + argument;
  }
  return line;
}

}  // namespace cu::node
