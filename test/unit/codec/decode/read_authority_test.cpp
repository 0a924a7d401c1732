#include "codec/decode/read_authority.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "codec/decode.hpp"

using namespace cu;

namespace {

std::vector<std::string> FingerprintsOf(const std::string& text) {
  const nlohmann::json object = {
      {"metadata", {{"name", "kube-root-ca.crt"}, {"namespace", "shop"}, {"uid", "1"}}},
      {"data", {{"ca.crt", text}}}};
  const auto bundle = codec::Decode<api::AuthorityBundle>(object.dump());
  REQUIRE(bundle.ok());
  CHECK(bundle->meta.Key() == "shop/kube-root-ca.crt");
  return bundle->fingerprints;
}

std::string Pem(const std::string& base64) {
  return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
}

std::string DigestOf(const std::string& der) {
  return base::Sha256Hex(der).substr(0, 16);
}

}  // namespace

TEST_CASE("a bundle is the set of its certificates", "[codec]") {
  // "abc" and "xyz"
  const std::vector<std::string> both = FingerprintsOf("# ours\n" + Pem("YWJj") + Pem("eHl6"));
  CHECK(both == FingerprintsOf(Pem("eHl6") + Pem("YW\nJj") + Pem("eHl6")));
  CHECK(FingerprintsOf(Pem("YWJj")) == std::vector<std::string>{DigestOf("abc")});
  CHECK(both.size() == 2);
}

TEST_CASE("what is no certificate is passed over", "[codec]") {
  CHECK(FingerprintsOf("").empty());
  CHECK(FingerprintsOf("-----BEGIN CERTIFICATE-----\nYWJj").empty());
  CHECK(FingerprintsOf(Pem("*") + Pem("") + Pem("YWJj")) ==
        std::vector<std::string>{DigestOf("abc")});
}

TEST_CASE("of a bundle twenty certificates are kept", "[codec]") {
  std::string many;
  for (char c = 'A'; c <= 'Z'; ++c) {
    many += Pem(std::string("Y") + c + "Jj");
  }
  CHECK(FingerprintsOf(many).size() == 20);
}
