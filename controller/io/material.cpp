#include "io/material.hpp"

#include <fstream>
#include <iterator>

namespace cu::io {

base::Result<std::string> Read(const Material& material) {
  if (material.file.empty()) {
    return material.text;
  }
  std::ifstream file(material.file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return base::Error{base::ErrorKind::kUnavailable, "cannot read " + material.file};
  }
  return text;
}

}  // namespace cu::io
