#include "access/secret_source.hpp"

#include <catch2/catch.hpp>

#include "unit/temporary_folder.hpp"

namespace cu::access {
namespace {

TEST_CASE("a secret is its text, or what its file holds at the moment", "[access]") {
  CHECK(*Read({.text = "given", .file = ""}) == "given");
  const test::TemporaryFolder folder;
  const SecretSource source{.text = "ignored", .file = folder.Write("s", std::string("a\0b\n", 4))};
  CHECK(*Read(source) == std::string("a\0b\n", 4));
  folder.Write("s", "renewed");
  CHECK(*Read(source) == "renewed");
  folder.Write("s", "");
  CHECK(Read(source)->empty());
}

TEST_CASE("a secret's file that cannot be read is named", "[access]") {
  const test::TemporaryFolder folder;
  for (const std::string& file : {folder.path("missing"), folder.path()}) {
    const auto text = Read({.text = "", .file = file});
    REQUIRE_FALSE(text.ok());
    CHECK(text.error().kind == base::ErrorKind::kUnavailable);
    CHECK(text.error().message == "cannot read " + file);
  }
}

TEST_CASE("a secret is absent when there is neither text nor file", "[access]") {
  CHECK(SecretSource{}.empty());
  CHECK_FALSE(SecretSource{.text = "t", .file = ""}.empty());
  CHECK_FALSE(SecretSource{.text = "", .file = "f"}.empty());
  CHECK(Read({})->empty());
}

}  // namespace
}  // namespace cu::access
