#include "base/sha256.hpp"

#include <catch2/catch.hpp>

using cu::base::Sha256Hex;

TEST_CASE("digests are those of FIPS 180-4's examples", "[base]") {
  CHECK(Sha256Hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("a digest covers bytes after a NUL", "[base]") {
  using std::string_view_literals::operator""sv;
  CHECK(Sha256Hex("a\0b"sv) != Sha256Hex("a\0c"sv));
}
