#pragma once
#include <string>

#include "base/result.hpp"
#include "config/environment.hpp"

namespace cu::config {

/// PEM or a token: as text, or in a file that is read whenever it is needed. Neither: absent.
struct Source {
  std::string text;
  std::string file;
  bool empty() const { return text.empty() && file.empty(); }
};

/// How the API server is reached, and who we are to it.
struct ClusterAccess {
  std::string server;  ///< https://host:port, perhaps with a path
  Source authority;
  Source certificate;
  Source key;
  Source token;
};

/// What the kubelet gives every pod. Where the service's address is an IPv6 literal its name is
/// used, as the HTTP library cannot reach one. Errors: kInvalid  this is no pod
base::Result<ClusterAccess> InCluster(const Environment& environment);

/// The current context of a kubeconfig file. Everything that cannot be done is refused with what to
/// do instead: programs that make credentials, basic authentication, unverified TLS, proxies.
/// Relative paths in it start at the file's folder.
/// Errors: kInvalid  with the file, the entry and the reason
base::Result<ClusterAccess> FromKubeconfig(const std::string& path);

}  // namespace cu::config
