#pragma once
#include <string>

#include "access/secret_source.hpp"

namespace cu::access {

/// PEM texts. `certificate` and `key` are for clients that identify themselves so: both or neither.
struct TlsSources {
  SecretSource authority;
  SecretSource certificate;
  SecretSource key;
};

/// How the API server is reached, and who we are to it.
struct ClusterAccess {
  std::string server;  ///< http or https, host, port, perhaps a path before all others
  TlsSources tls;
  SecretSource token;
};

}  // namespace cu::access
