#include "core/server_version.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

std::string Body(const std::string& version) {
  return Json{{"gitVersion", version}}.dump();
}

struct Bench {
  void Want(bool wanted) { version.Want(wanted, wire.calls); }
  void Serve() { version.Serve(wire.now, wire.calls); }
  bool asked() { return !wire.open().empty(); }
  void Answer(int code, const std::string& body) {
    const Wire::Open open = wire.only();
    REQUIRE(version.Owns(open.id));
    version.Handle(wire.Answer(open, code, body), wire.now, wire.calls);
    CHECK_FALSE(version.Owns(open.id));
  }
  /// When it is asked next, by waiting.
  std::chrono::nanoseconds Wait() {
    const base::SteadyTime since = wire.now.steady;
    REQUIRE(version.wake_at());
    const auto time = *version.wake_at() - since;
    wire.Pass(time - 1ns);
    Serve();
    CHECK_FALSE(asked());
    wire.Pass(1ns);
    Serve();
    CHECK(asked());
    return time;
  }

  Wire wire;
  ServerVersion version;
};

TEST_CASE("the version is asked for while it is wanted, once at a time", "[core]") {
  Bench bench;
  bench.Serve();
  CHECK_FALSE(bench.asked());
  CHECK_FALSE(bench.version.wake_at());
  bench.Want(true);
  bench.Serve();
  bench.Serve();
  CHECK(bench.wire.only().request == port::Request::Get("/version"));
  CHECK_FALSE(bench.version.wake_at());
  bench.Answer(200, Body("v1.36.3"));
  CHECK(bench.version.text() == "v1.36.3");
  CHECK(bench.version.changes() == 1);
}

TEST_CASE("the version is asked for again every five minutes, and changes count alone", "[core]") {
  Bench bench;
  bench.Want(true);
  bench.Serve();
  bench.Answer(200, Body("v1.36.3"));
  CHECK(bench.Wait() == 5min);
  bench.Answer(200, Body("v1.36.3"));
  CHECK(bench.version.changes() == 1);
  CHECK(bench.Wait() == 5min);
  bench.Answer(200, Body("v1.37.0"));
  CHECK(bench.version.text() == "v1.37.0");
  CHECK(bench.version.changes() == 2);
}

TEST_CASE("wanting what is wanted already asks nothing anew", "[core]") {
  Bench bench;
  bench.Want(true);
  bench.Serve();
  bench.Answer(200, Body("v1.36.3"));
  bench.Want(true);
  bench.Serve();
  CHECK_FALSE(bench.asked());
  CHECK(bench.version.text() == "v1.36.3");
}

TEST_CASE("a question without a good answer is asked again within 4 s, what is known stays",
          "[core]") {
  Bench bench;
  bench.Want(true);
  bench.Serve();
  bench.Answer(200, Body("v1.36.3"));
  bench.Wait();
  SECTION("refused") {
    bench.Answer(500, Body("v1.37.0"));
  }
  SECTION("unreadable") {
    bench.Answer(200, "<html>");
  }
  SECTION("no answer") {
    const Wire::Open open = bench.wire.only();
    bench.version.Handle(bench.wire.Fail(open), bench.wire.now, bench.wire.calls);
  }
  CHECK(bench.version.text() == "v1.36.3");
  CHECK(bench.version.changes() == 1);
  const auto time = bench.Wait();
  CHECK(time >= 2s);
  CHECK(time < 4s);
}

TEST_CASE("a question for which there is no room is asked a moment later", "[core]") {
  Bench bench;
  bench.wire.FillUp();
  bench.Want(true);
  bench.Serve();
  CHECK_FALSE(bench.asked());
  bench.wire.MakeRoom();
  const auto time = bench.Wait();
  CHECK(time >= 250ms);
  CHECK(time < 500ms);
}

TEST_CASE("what nobody wants any more is forgotten, but not how often it changed", "[core]") {
  Bench bench;
  bench.Want(true);
  bench.Serve();
  bench.Answer(200, Body("v1.36.3"));
  bench.Wait();
  const port::CallId id = bench.wire.only().id;
  bench.Want(false);
  CHECK_FALSE(bench.asked());
  CHECK(bench.wire.aborted() == 1);
  CHECK_FALSE(bench.version.Owns(id));
  CHECK(bench.version.text().empty());
  CHECK(bench.version.changes() == 1);
  CHECK_FALSE(bench.version.wake_at());
  bench.wire.Pass(1h);
  bench.Serve();
  CHECK_FALSE(bench.asked());

  bench.Want(true);
  bench.Serve();
  bench.Answer(200, Body("v1.36.3"));
  CHECK(bench.version.changes() == 2);
}

}  // namespace
}  // namespace cu::core
