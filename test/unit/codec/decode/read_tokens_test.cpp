#include "codec/decode/read_tokens.hpp"

#include <catch2/catch.hpp>

using namespace cu;
using codec::DecodeKeySet;
using codec::DecodeTokenClaims;

namespace {

base::WallTime At(int seconds) {
  return base::WallTime(std::chrono::seconds(seconds));
}

constexpr const char* kHeader = R"({"alg":"ES256","kid":"key-1"})";

}  // namespace

TEST_CASE("a token says who signed it, for whom, and when it is renewed", "[codec]") {
  const auto claims = DecodeTokenClaims(
      kHeader, R"({"iss":"https://kubernetes.default.svc","iat":1000,"exp":1900,"sub":"x"})");
  REQUIRE(claims.ok());
  CHECK(*claims ==
        api::TokenClaims{"key-1", "https://kubernetes.default.svc", At(1000), At(1900), At(1720)});
}

TEST_CASE("tokens that live a year for servers are renewed as kubelets see them", "[codec]") {
  const auto injected = DecodeTokenClaims(
      kHeader, R"({"iss":"i","iat":1000,"exp":31537000,"kubernetes.io":{"warnafter":4607}})");
  REQUIRE(injected.ok());
  CHECK(injected->renewed_by - At(1000) < std::chrono::seconds(2'886));
  CHECK(injected->renewed_by - At(1000) > std::chrono::seconds(2'885));
  const auto year = DecodeTokenClaims(kHeader, R"({"iss":"i","iat":1000,"exp":31537000})");
  REQUIRE(year.ok());
  CHECK(year->renewed_by == At(1000 + 24 * 3600));
  const auto over = DecodeTokenClaims(kHeader, R"({"iss":"i","iat":1000,"exp":900})");
  REQUIRE(over.ok());
  CHECK(over->renewed_by == At(1000));
}

TEST_CASE("what is not a service account's token says nothing", "[codec]") {
  const std::string claims = R"({"iss":"i","iat":1,"exp":2})";
  CHECK(DecodeTokenClaims(kHeader, claims).ok());
  for (const char* header : {"", "{", "[]", "{}", R"({"kid":1})", R"({"kid":""})"}) {
    CAPTURE(header);
    CHECK_FALSE(DecodeTokenClaims(header, claims).ok());
  }
  for (const std::string& other :
       std::vector<std::string>{"",
                                "[]",
                                "{}",
                                R"({"iss":"i","iat":1})",
                                R"({"iss":"i","iat":-1,"exp":2})",
                                R"({"iss":"i","iat":"1","exp":2})",
                                R"({"iss":"i","iat":1,"exp":1e99})",
                                R"({"iat":1,"exp":2})",
                                R"({"iat":1,"exp":2,"iss":")" + std::string(2'000, 'i') + "\"}"}) {
    CAPTURE(other);
    CHECK_FALSE(DecodeTokenClaims(kHeader, other).ok());
  }
}

TEST_CASE("a key set names its keys", "[codec]") {
  const auto keys = DecodeKeySet(
      R"({"keys":[{"use":"sig","kty":"RSA","kid":"a","n":"x","e":"AQAB"},{"kid":"b"},{"kty":"EC"}]})");
  REQUIRE(keys.ok());
  CHECK(keys->signers == std::vector<std::string>{"a", "b"});
  CHECK(keys->unknown.empty());
  CHECK(DecodeKeySet(R"({"keys":[]})")->signers.empty());
  for (const char* other : {"", "{}", "[]", R"({"keys":1})"}) {
    CAPTURE(other);
    CHECK_FALSE(DecodeKeySet(other).ok());
  }
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 100; ++i) {
    many += R"({"kid":")" + std::to_string(i) + R"("},)";
  }
  many.back() = ']';
  CHECK(DecodeKeySet(many + "}")->signers.size() == 20);
}
