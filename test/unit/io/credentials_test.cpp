#include "io/credentials.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace cu::io {
namespace {

using std::chrono::seconds;

class TokenFile {
 public:
  TokenFile()
      : path_(std::filesystem::temp_directory_path() /
              ("credentials_test." + std::to_string(getpid()))) {}
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;
  ~TokenFile() { Remove(); }
  void Write(const std::string& text) const { std::ofstream(path_) << text; }
  void Remove() const { std::filesystem::remove(path_); }
  Material material() const { return {.text = "", .file = path_.string()}; }

 private:
  std::filesystem::path path_;
};

constexpr base::SteadyTime kStart{std::chrono::hours(1)};

TEST_CASE("a token file is read again ten seconds before a minute has passed", "[io]") {
  const TokenFile file;
  file.Write("one\n");
  Credentials credentials(file.material());
  CHECK(*credentials.Authorization(kStart, false) == "Bearer one");
  file.Write("two\n");
  CHECK(*credentials.Authorization(kStart + seconds(49), false) == "Bearer one");
  CHECK(*credentials.Authorization(kStart + seconds(50), false) == "Bearer two");
}

TEST_CASE("a fresh token is read at once", "[io]") {
  const TokenFile file;
  file.Write("one");
  Credentials credentials(file.material());
  CHECK(credentials.Authorization(kStart, false).ok());
  file.Write("two");
  CHECK(*credentials.Authorization(kStart, true) == "Bearer two");
  CHECK(*credentials.Authorization(kStart, false) == "Bearer two");
}

TEST_CASE("the last good token stays while its file is unreadable or empty", "[io]") {
  const TokenFile file;
  file.Write("one");
  Credentials credentials(file.material());
  CHECK(credentials.Authorization(kStart, false).ok());
  file.Remove();
  CHECK(*credentials.Authorization(kStart + seconds(60), false) == "Bearer one");
  file.Write(" \n");
  CHECK(*credentials.Authorization(kStart + seconds(61), true) == "Bearer one");
  file.Write("two");
  CHECK(*credentials.Authorization(kStart + seconds(62), false) == "Bearer two");
}

TEST_CASE("without any good token so far there is an error that names the file", "[io]") {
  const TokenFile file;
  Credentials credentials(file.material());
  const auto missing = credentials.Authorization(kStart, false);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message.find(file.material().file) != std::string::npos);
  file.Write("\n");
  CHECK_FALSE(credentials.Authorization(kStart, false).ok());
}

TEST_CASE("a given token needs no file, and no token means no header", "[io]") {
  CHECK(*Credentials({.text = "given", .file = ""}).Authorization(kStart, true) == "Bearer given");
  CHECK(Credentials({}).Authorization(kStart, true).value().empty());
}

}  // namespace
}  // namespace cu::io
