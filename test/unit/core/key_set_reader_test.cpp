#include "core/key_set_reader.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

struct Bench {
  void Want(bool wanted) { reader.Want(wanted, wire.calls); }
  void Serve() { reader.Serve(wire.now, wire.calls); }
  void Answer(int code, const std::string& body) {
    Serve();
    const Wire::Open open = wire.only();
    REQUIRE(reader.Owns(open.id));
    reader.Handle(wire.Answer(open, code, body), wire.now, wire.calls);
  }

  Wire wire;
  KeySetReader reader;
};

TEST_CASE("the accepted keys are asked for while they are wanted, every minute", "[core]") {
  Bench bench;
  bench.Serve();
  CHECK(bench.wire.open().empty());
  bench.Want(true);
  bench.Serve();
  CHECK(bench.wire.only().request == port::Request::Get("/openid/v1/jwks"));
  CHECK(bench.reader.keys() == nullptr);
  bench.Answer(200, R"({"keys":[{"kid":"a"}]})");
  REQUIRE(bench.reader.keys() != nullptr);
  CHECK(bench.reader.keys()->signers == std::vector<std::string>{"a"});
  CHECK(bench.reader.changes() == 1);
  CHECK(bench.reader.wake_at() == bench.wire.now.steady + 60s);
  bench.wire.Pass(60s);
  bench.Answer(200, R"({"keys":[{"kid":"a"}]})");
  CHECK(bench.reader.changes() == 1);
  bench.Want(false);
  CHECK(bench.reader.keys() == nullptr);
  CHECK_FALSE(bench.reader.wake_at());
}

TEST_CASE("no right, no keys and no key set are answers", "[core]") {
  for (const int code : {403, 404, 200}) {
    Bench bench;
    bench.Want(true);
    bench.Answer(code, code == 200 ? "<html>" : R"({"kind":"Status","message":"no"})");
    REQUIRE(bench.reader.keys() != nullptr);
    CHECK(bench.reader.keys()->signers.empty());
    CHECK_FALSE(bench.reader.keys()->unknown.empty());
  }
}

TEST_CASE("after any other answer the keys are asked for soon again", "[core]") {
  Bench bench;
  bench.Want(true);
  bench.Answer(500, "");
  CHECK(bench.reader.keys() == nullptr);
  REQUIRE(bench.reader.wake_at());
  CHECK(*bench.reader.wake_at() <= bench.wire.now.steady + 10s);
}

}  // namespace
}  // namespace cu::core
