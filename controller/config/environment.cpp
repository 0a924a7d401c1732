#include "config/environment.hpp"

namespace cu::config {

std::optional<std::string> Environment::Variable(const std::string& name) const {
  const auto found = variables.find(name);
  if (found == variables.end() || found->second.empty()) {
    return std::nullopt;
  }
  return found->second;
}

Environment ReadEnvironment(const char* const* variables) {
  Environment environment;
  for (; *variables != nullptr; ++variables) {
    const std::string entry = *variables;
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) {
      environment.variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return environment;
}

}  // namespace cu::config
