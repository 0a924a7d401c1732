#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace cu::config {

/// A folder of its own for one test.
class Folder {
 public:
  Folder()
      : folder_(std::filesystem::temp_directory_path() /
                ("config_test." + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name = "") const { return (folder_ / name).string(); }
  /// The path of the file.
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace cu::config
