#include "access/credentials.hpp"

#include <filesystem>

#include <catch2/catch.hpp>

#include "unit/temporary_folder.hpp"

namespace cu::access {
namespace {

using std::chrono::seconds;

class TokenFile {
 public:
  void Write(const std::string& text) const { folder_.Write("token", text); }
  void Remove() const { std::filesystem::remove(folder_.path("token")); }
  SecretSource source() const { return {.text = "", .file = folder_.path("token")}; }

 private:
  test::TemporaryFolder folder_;
};

constexpr base::SteadyTime kStart{std::chrono::hours(1)};

TEST_CASE("a token file is read again ten seconds before a minute has passed", "[access]") {
  const TokenFile file;
  file.Write("one\n");
  Credentials credentials(file.source());
  CHECK(*credentials.Authorization(kStart, false) == "Bearer one");
  file.Write("two\n");
  CHECK(*credentials.Authorization(kStart + seconds(49), false) == "Bearer one");
  CHECK(*credentials.Authorization(kStart + seconds(50), false) == "Bearer two");
}

TEST_CASE("a fresh token is read at once", "[access]") {
  const TokenFile file;
  file.Write("one");
  Credentials credentials(file.source());
  CHECK(credentials.Authorization(kStart, false).ok());
  file.Write("two");
  CHECK(*credentials.Authorization(kStart, true) == "Bearer two");
  CHECK(*credentials.Authorization(kStart, false) == "Bearer two");
}

TEST_CASE("the last good token stays while its file is unreadable or empty", "[access]") {
  const TokenFile file;
  file.Write("one");
  Credentials credentials(file.source());
  CHECK(credentials.Authorization(kStart, false).ok());
  file.Remove();
  CHECK(*credentials.Authorization(kStart + seconds(60), false) == "Bearer one");
  file.Write(" \n");
  CHECK(*credentials.Authorization(kStart + seconds(61), true) == "Bearer one");
  file.Write("two");
  CHECK(*credentials.Authorization(kStart + seconds(62), false) == "Bearer two");
}

TEST_CASE("without any good token so far there is an error that names the file", "[access]") {
  const TokenFile file;
  Credentials credentials(file.source());
  const auto missing = credentials.Authorization(kStart, false);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message.find(file.source().file) != std::string::npos);
  file.Write("\n");
  CHECK_FALSE(credentials.Authorization(kStart, false).ok());
}

TEST_CASE("what a token says openly is given once for each, without its signature", "[access]") {
  // {"alg":"RS256","kid":"a"} and {"iss":"x"}
  const std::string jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJ4In0.c2lnbmF0dXJl";
  const TokenFile file;
  file.Write(jwt);
  Credentials credentials(file.source());
  CHECK(credentials.Authorization(kStart, false).ok());
  const auto said = credentials.TakeStatement();
  REQUIRE(said);
  CHECK(said->header == R"({"alg":"RS256","kid":"a"})");
  CHECK(said->claims == R"({"iss":"x"})");
  CHECK_FALSE(credentials.TakeStatement());
  CHECK(credentials.Authorization(kStart, true).ok());
  CHECK_FALSE(credentials.TakeStatement());  // the same token
  for (const char* other : {"opaque", "a.b", "a.b.c.d", "e30.*.c2ln", "..", "e30=.e30.c2ln"}) {
    INFO(other);
    file.Write(other);
    CHECK(credentials.Authorization(kStart, true).ok());
    const auto statement = credentials.TakeStatement();
    CHECK((!statement || statement->header.empty()));
  }
  file.Write(std::string(70'000, 'a') + ".e30.c2ln");
  CHECK(credentials.Authorization(kStart, true).ok());
  CHECK_FALSE(credentials.TakeStatement());
}

TEST_CASE("a given token needs no file, and no token means no header", "[access]") {
  CHECK(*Credentials({.text = "given", .file = ""}).Authorization(kStart, true) == "Bearer given");
  CHECK(Credentials({}).Authorization(kStart, true).value().empty());
}

}  // namespace
}  // namespace cu::access
