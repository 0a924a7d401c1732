#pragma once
#include <string>
#include <string_view>
#include <unistd.h>

#include <sys/mman.h>

namespace cu::fuzz {

/// A file that exists as long as this does, in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : descriptor_(memfd_create("fuzz", 0)) {
    static_cast<void>(write(descriptor_, text.data(), text.size()));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace cu::fuzz
