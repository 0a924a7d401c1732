#include "codec/json.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

namespace cu::codec {
namespace {

TEST_CASE("a percentage may have any number of leading zeros", "[codec]") {
  const auto least = [](const std::string& text) {
    return DecodePage<api::PodDisruptionBudget>(
               R"({"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"},)"
               R"("spec":{"minAvailable":")" +
               text + "\"}}]}")
        ->items.at(0)
        .min_available;
  };
  CHECK(least("0050%") == api::IntOrPercent{50, true});
  CHECK(least("000000000000000000000100%") == api::IntOrPercent{100, true});
  CHECK(least("0000%") == api::IntOrPercent{0, true});
  for (const char* none : {"%", "", "101%", "00101%", "1000%", "5 %", "-5%", "5%%", "5"}) {
    INFO(none);
    CHECK_FALSE(least(none));
  }
}

TEST_CASE("what has another type is a problem, and reads as its fallback", "[codec]") {
  Problems problems;
  const Json tree = Parse(R"({"text":1,"flag":"yes","number":"5","list":{}})", {}, problems);
  const Reader reader(tree, "spec", problems);
  CHECK(reader["text"].Text("none") == "none");
  CHECK(reader["flag"].Flag(true));
  CHECK(reader["number"].Int(7, 0, 9) == 7);
  CHECK(reader["list"].Items().empty());
  CHECK(problems.texts().size() == 4);
  CHECK(problems.texts()[0] == "spec.text: must be a string, not number");
}

TEST_CASE("a number outside its range is a problem", "[codec]") {
  Problems problems;
  const Json tree = Parse(R"({"port":70000})", {}, problems);
  CHECK(Reader(tree, "", problems)["port"].Int(1, 1, 65535) == 1);
  CHECK(problems.texts() == std::vector<std::string>{"port: must be from 1 to 65535, not 70000"});
}

TEST_CASE("dropped members are left out at any depth, plain values of their name stay", "[codec]") {
  static constexpr std::string_view kDropped[] = {"images"};
  Problems problems;
  const Json tree = Parse(
      R"({"images":[1],"status":{"images":{"a":1},"b":2},"x":{"images":3}})", kDropped, problems);
  CHECK(tree == Json::parse(R"({"status":{"b":2},"x":{"images":3}})"));
}

}  // namespace
}  // namespace cu::codec
