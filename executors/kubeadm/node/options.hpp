#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace cu::node {

enum class Stage {
  kControlPlane,         ///< the static pods; the kubelet stays
  kNode,                 ///< kubeadm upgrade node, the kubelet, kubectl
  kControlPlaneAndNode,  ///< both, for a single control plane in one swap
};
enum class Method { kAuto, kOneSwap, kPlain };

struct Options {
  std::string node;
  std::string version;  ///< v1.36.3
  Stage stage = Stage::kNode;
  int attempt = 1;
  Method method = Method::kAuto;
  std::vector<std::string> ignore_preflight_errors;
  std::string patches;  ///< a folder of the host, or empty
  bool etcd_snapshot = true;
  std::string host = "/host";
  std::chrono::seconds health_timeout{240};
};

const char* NameOf(Stage stage);
const char* NameOf(Method method);
bool TouchesControlPlane(Stage stage);
bool TouchesKubelet(Stage stage);

/// What --help or --version prints.
struct Answer {
  std::string text;
};

/// Value of a variable of the environment; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// `arguments` without the program's name; a flag wins over the environment. An error names the
/// field and what to write there.
base::Result<std::variant<Options, Answer>> ParseOptions(std::vector<std::string> arguments,
                                                         const Environment& environment);

}  // namespace cu::node
