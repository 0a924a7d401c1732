#include <string>

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

// Objects of a collection that are not wholly readable.
namespace cu::codec {
namespace {

const char* const kOddBudget =
    R"({"metadata":{"name":"web","namespace":"team","uid":"u","resourceVersion":"6"},
        "spec":{"minAvailable":"half","selector":{"matchLabels":{"app":"web"},
                "matchExpressions":[{"key":"tier","operator":"Like","values":["x"]},
                                    {"key":"zone","operator":"Exists"}]}},
        "status":{"disruptionsAllowed":2}})";

TEST_CASE("an object of a page that is not wholly readable hides no other", "[codec]") {
  const auto page = DecodePage<api::PodDisruptionBudget>(
      R"({"metadata":{"resourceVersion":"9"},"items":[)" + std::string(kOddBudget) +
      R"(,{"metadata":{"name":"db","namespace":"team"},"spec":{"minAvailable":"0050%"}}]})");
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 2);
  const api::PodDisruptionBudget& odd = page->items[0];
  CHECK_FALSE(odd.min_available);
  CHECK(odd.disruptions_allowed == 2);
  REQUIRE(odd.selector);
  CHECK(odd.selector->match_labels.at("app") == "web");
  REQUIRE(odd.selector->match_expressions.size() == 1);
  CHECK(odd.selector->match_expressions[0].key == "zone");
  CHECK(page->items[1].min_available == api::IntOrPercent{50, true});
  REQUIRE(page->unreadable.size() == 1);
  CHECK_THAT(page->unreadable.at("team/web"),
             Catch::StartsWith("spec.selector.matchExpressions[0].operator: must be In, NotIn"));
}

TEST_CASE("a line with an object that is not wholly readable is an event all the same", "[codec]") {
  const auto event = DecodeWatchEvent<api::Pod>(
      R"({"type":"ADDED","object":{"metadata":{"name":"p","namespace":"n","uid":"u"},
          "spec":{"nodeName":"a","terminationGracePeriodSeconds":"long"}}})");
  REQUIRE(event.ok());
  CHECK(event->object.node_name == "a");
  CHECK_FALSE(event->object.grace_seconds);
  CHECK(event->unreadable ==
        R"(spec.terminationGracePeriodSeconds: must be a whole number, not "long")");
}

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

}  // namespace
}  // namespace cu::codec
