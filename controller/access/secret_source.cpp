#include "access/secret_source.hpp"

#include <array>
#include <cstddef>
#include <fstream>

namespace cu::access {

base::Result<std::string> Read(const SecretSource& source) {
  if (source.file.empty()) {
    return source.text;
  }
  std::ifstream file(source.file, std::ios::binary);
  std::string text;
  std::array<char, 4096> part{};
  do {  // an iterator would throw where the file is a folder
    file.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  } while (file);
  if (!file.is_open() || file.bad()) {
    return base::Error{base::ErrorKind::kUnavailable, "cannot read " + source.file};
  }
  return text;
}

}  // namespace cu::access
