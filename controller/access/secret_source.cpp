#include "access/secret_source.hpp"

#include <fstream>
#include <iterator>

namespace cu::access {

base::Result<std::string> Read(const SecretSource& source) {
  if (source.file.empty()) {
    return source.text;
  }
  std::ifstream file(source.file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return base::Error{base::ErrorKind::kUnavailable, "cannot read " + source.file};
  }
  return text;
}

}  // namespace cu::access
