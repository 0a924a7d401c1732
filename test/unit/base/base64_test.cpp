#include "base/base64.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace cu::base {
namespace {

TEST_CASE("base64 is decoded whole or not at all", "[base]") {
  CHECK(DecodeBase64("") == "");
  CHECK(DecodeBase64("YQ==") == "a");
  CHECK(DecodeBase64("YWI=") == "ab");
  CHECK(DecodeBase64("YW\nJj\n") == "abc");
  CHECK(DecodeBase64("/+7/") == "\xFF\xEE\xFF");
  CHECK(DecodeBase64(" YW \r\nI\n=\n") == "ab");
  for (const char* bad : {"Y",
                          "YQ=",
                          "YQ",
                          "YQ==YQ==",
                          "Y===",
                          "=",
                          "====",
                          "Y*==",
                          "Y=Q=",
                          "YQ==-",
                          "-",
                          "YW\tJj"}) {
    INFO(bad);
    CHECK_FALSE(DecodeBase64(bad));
  }
}

TEST_CASE("base64 of JWTs has other letters and no padding", "[base]") {
  CHECK(DecodeBase64Url("") == "");
  CHECK(DecodeBase64Url("YQ") == "a");
  CHECK(DecodeBase64Url("YWI") == "ab");
  CHECK(DecodeBase64Url("_-7_") == "\xFF\xEE\xFF");
  for (const char* bad : {"Y", "YQ==", "/+7/", "YW\nJj", " YQ", "Y*"}) {
    INFO(bad);
    CHECK_FALSE(DecodeBase64Url(bad));
  }
}

TEST_CASE("a long text comes back byte for byte, on one line or on many", "[base]") {
  std::string line;
  std::string lines;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    line += "AP8Q";
    lines += i % 16 == 15 ? "AP8Q\n" : "AP8Q";
    expected += std::string("\x00\xFF\x10", 3);
  }
  CHECK(DecodeBase64(line + "YQ==") == expected + "a");
  CHECK(DecodeBase64(lines + "YQ==\n") == expected + "a");
  CHECK_FALSE(DecodeBase64(line + "YQ==" + line));
  CHECK_FALSE(DecodeBase64(line + "YQ"));
}

}  // namespace
}  // namespace cu::base
