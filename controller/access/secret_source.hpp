#pragma once
#include <string>

#include "base/result.hpp"

namespace cu::access {

/// A token, certificate or key: given as text, or in a file that others renew. Neither: absent.
struct SecretSource {
  std::string text;
  std::string file;  ///< wins over `text`; read anew at each use
  bool empty() const { return text.empty() && file.empty(); }
};

/// Errors: kUnavailable  the file cannot be read now; the message names it
base::Result<std::string> Read(const SecretSource& source);

}  // namespace cu::access
