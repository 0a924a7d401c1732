#include "core/own_token_log.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

port::TokenRead Token(const std::string& kid, int issued) {
  return {R"({"alg":"RS256","kid":")" + kid + R"("})",
          R"({"iss":"i","iat":)" + std::to_string(issued) + R"(,"exp":)" +
              std::to_string(issued + 900) + "}"};
}

std::vector<std::string> SignersOf(const OwnTokenLog& log) {
  std::vector<std::string> signers;
  for (const api::TokenClaims& token : log.tokens().seen) {
    signers.push_back(token.signer);
  }
  return signers;
}

/// One call that is answered, and once more if it is repeated.
void Ask(Wire& wire, int code) {
  wire.calls.Send(port::Request::Get("/x"), wire.now);
  for (const port::Effect& first : wire.calls.Take()) {
    const auto* sent = std::get_if<port::SendRequest>(&first);
    REQUIRE(sent != nullptr);
    wire.calls.Accept(port::ResponseReceived{sent->id, {code, "", std::nullopt}}, wire.now);
  }
  for (const port::Effect& repeated : wire.calls.Take()) {
    if (const auto* sent = std::get_if<port::SendRequest>(&repeated)) {
      wire.calls.Accept(port::ResponseReceived{sent->id, {code, "", std::nullopt}}, wire.now);
    }
  }
}

TEST_CASE("the newest token of each signer is known, the newest of all at the end", "[core]") {
  OwnTokenLog log;
  CHECK(log.tokens().newest() == nullptr);
  log.Handle(Token("a", 100));
  log.Handle(Token("b", 200));
  log.Handle(Token("a", 150));
  CHECK(SignersOf(log) == std::vector<std::string>{"a", "b"});
  CHECK(log.changes() == 3);
  log.Handle(Token("a", 120));
  CHECK(log.changes() == 3);
  CHECK(log.tokens().seen.front().issued == base::WallTime(std::chrono::seconds(150)));
  for (int i = 0; i < 20; ++i) {
    log.Handle(Token("k" + std::to_string(i), 1'000 + i));
  }
  CHECK(log.tokens().seen.size() == 10);
  CHECK(log.tokens().newest()->signer == "k19");
}

TEST_CASE("a token that says nothing is passed over", "[core]") {
  OwnTokenLog log;
  log.Handle({"{}", "{}"});
  log.Handle({"", "\xff"});
  CHECK(log.tokens() == api::OwnTokens{});
  CHECK(log.changes() == 0);
}

TEST_CASE("a refusal is in the log once, and its end", "[core]") {
  Wire wire;
  OwnTokenLog log;
  log.Handle(Token("a", 100));
  Ask(wire, 200);
  log.Serve(wire.calls, wire.now);
  CHECK(log.TakeLogs().empty());
  Ask(wire, 401);
  log.Serve(wire.calls, wire.now);
  const auto lines = log.TakeLogs();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == base::LogLevel::kWarning);
  CHECK(lines[0].fields.at("renewedBy") == "1970-01-01T00:13:40Z");
  CHECK(log.tokens().refused->signer == "a");
  CHECK(log.refused_since() == wire.now.wall);
  Ask(wire, 401);
  log.Serve(wire.calls, wire.now);
  CHECK(log.TakeLogs().empty());
  wire.Pass(std::chrono::seconds(7));
  log.Handle(Token("b", 200));
  Ask(wire, 200);
  log.Serve(wire.calls, wire.now);
  const auto over = log.TakeLogs();
  REQUIRE(over.size() == 1);
  CHECK(over[0].fields.at("seconds") == "7");
  CHECK_FALSE(log.refused_since());
  CHECK(log.tokens().refused->signer == "a");
  Ask(wire, 401);  // by another API server, perhaps
  log.Serve(wire.calls, wire.now);
  CHECK(log.refused_since());
  Ask(wire, 200);
  log.Serve(wire.calls, wire.now);
  CHECK(log.TakeLogs().empty());
  wire.Pass(std::chrono::minutes(1));
  Ask(wire, 401);
  log.Serve(wire.calls, wire.now);
  CHECK(log.TakeLogs().size() == 1);
}

}  // namespace
}  // namespace cu::core
