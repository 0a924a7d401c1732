#pragma once
#include <map>
#include <optional>
#include <string>

namespace cu::config {

/// What surrounds the process.
struct Environment {
  std::map<std::string, std::string> variables;
  /// Where the kubelet mounts the service account's token, authority and namespace.
  std::string service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

  /// None if it is unset or empty.
  std::optional<std::string> Variable(const std::string& name) const;
};

/// That of this process. `variables` as main and execve get it: name=value each, ended by null.
Environment ReadEnvironment(const char* const* variables);

}  // namespace cu::config
