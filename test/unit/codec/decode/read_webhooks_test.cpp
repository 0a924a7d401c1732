#include "codec/decode/read_webhooks.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

using namespace cu;

namespace {

/// A configuration with one webhook.
std::string With(const std::string& webhook) {
  return R"({"metadata":{"name":"policy"},"webhooks":[)" + webhook + "]}";
}

api::Webhook ReadOne(const std::string& webhook) {
  const auto read = codec::Decode<api::ValidatingWebhooks>(With(webhook));
  REQUIRE(read.ok());
  REQUIRE(read->webhooks.size() == 1);
  return read->webhooks.front();
}

}  // namespace

TEST_CASE("a webhook says what it is asked about, who answers, and what follows if nobody does",
          "[codec]") {
  const api::Webhook webhook = ReadOne(R"({"name":"pods.policy.example","failurePolicy":"Fail",
      "clientConfig":{"caBundle":"eHl6","service":{"namespace":"policy","name":"hooks","port":443}},
      "rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],
                "resources":["pods","pods/eviction"],"scope":"Namespaced"}],
      "namespaceSelector":{"matchExpressions":[
        {"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["policy"]}]},
      "objectSelector":{},"sideEffects":"None","admissionReviewVersions":["v1"]})");
  CHECK(webhook.name == "pods.policy.example");
  CHECK(webhook.fails_closed);
  CHECK(webhook.service == "policy/hooks");
  REQUIRE(webhook.rules.size() == 1);
  CHECK(webhook.rules.front() ==
        api::WebhookRule{{"CREATE"}, {""}, {"v1"}, {"pods", "pods/eviction"}, "Namespaced"});
  REQUIRE(webhook.namespaces.match_expressions.size() == 1);
  CHECK(webhook.namespaces.match_expressions.front().values.front() == "policy");
  CHECK_FALSE(webhook.narrowed);
}

TEST_CASE("what a webhook leaves out has the API's default", "[codec]") {
  const api::Webhook webhook =
      ReadOne(R"({"name":"w","clientConfig":{"url":"https://policy.example"},"rules":[{}]})");
  CHECK(webhook.fails_closed);
  CHECK(webhook.service.empty());
  CHECK(webhook.rules.front().scope == "*");
  CHECK(webhook.namespaces.empty());
  CHECK_FALSE(ReadOne(R"({"name":"w","failurePolicy":"Ignore"})").fails_closed);
}

TEST_CASE("a webhook for some objects, or on a condition, is narrowed", "[codec]") {
  CHECK(ReadOne(R"({"objectSelector":{"matchLabels":{"app":"x"}}})").narrowed);
  CHECK(ReadOne(R"({"matchConditions":[{"name":"a","expression":"true"}]})").narrowed);
  CHECK_FALSE(ReadOne(R"({"matchConditions":[]})").narrowed);
}

TEST_CASE("mutating webhooks are read in the same way", "[codec]") {
  const auto read = codec::Decode<api::MutatingWebhooks>(
      With(R"({"name":"w","reinvocationPolicy":"Never"},{"name":"x"})"));
  REQUIRE(read.ok());
  CHECK(read->meta.name == "policy");
  CHECK(read->webhooks.size() == 2);
}
