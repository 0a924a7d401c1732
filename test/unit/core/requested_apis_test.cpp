#include "core/requested_apis.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

const std::string kLine =
    R"(apiserver_requested_deprecated_apis{group="g",removed_release="1.37",resource="r",version="v1beta1"} 1)";

struct Bench {
  Bench() { apis.Want(true, wire.calls); }
  void Serve() { apis.Serve(wire.now, wire.calls); }
  void Tell(const port::Event& event) {
    wire.calls.Accept(event, wire.now);
    apis.Handle(event, wire.now, wire.calls);
  }
  /// Begins to read, and gives its call.
  port::CallId Begin() {
    Serve();
    const port::CallId id = wire.only().id;
    REQUIRE(wire.only().stream);
    REQUIRE(apis.Owns(id));
    Tell(port::StreamOpened{id});
    return id;
  }
  void Wait() {
    REQUIRE(apis.wake_at());
    wire.Pass(*apis.wake_at() - wire.now.steady);
  }

  Wire wire;
  RequestedApis apis;
};

TEST_CASE("the metrics are read to their end, then again after 5 minutes", "[core]") {
  Bench bench;
  const port::CallId id = bench.Begin();
  CHECK(bench.wire.only().request == port::Request::Get("/metrics"));
  bench.Tell(port::StreamLine{id, "# HELP something"});
  bench.Tell(port::StreamLine{id, kLine});
  CHECK_FALSE(bench.apis.found().known);
  bench.Tell(port::StreamEnded{id, std::nullopt});
  CHECK(bench.apis.found() == api::DeprecatedApis{true, {{"g", "v1beta1", "r", "1.37"}}, ""});
  CHECK(bench.apis.changes() == 1);
  bench.Serve();
  CHECK_FALSE(bench.apis.Owns(id));
  const auto before = bench.wire.now.steady;
  bench.Wait();
  CHECK(bench.wire.now.steady - before == 5min);
}

TEST_CASE("what cannot be read is said, and tried again", "[core]") {
  Bench bench;
  bench.Serve();
  const Wire::Open open = bench.wire.only();
  SECTION("refused") {
    bench.apis.Handle(bench.wire.Answer(open, 403), bench.wire.now, bench.wire.calls);
  }
  SECTION("no answer") {
    bench.apis.Handle(bench.wire.Fail(open), bench.wire.now, bench.wire.calls);
  }
  SECTION("broken off") {
    bench.Tell(port::StreamOpened{open.id});
    bench.Tell(port::StreamLine{open.id, kLine});
    bench.Tell(port::StreamEnded{open.id, base::Error{base::ErrorKind::kUnavailable, "reset"}});
  }
  SECTION("without an end") {
    bench.Wait();
    bench.Serve();
    CHECK(bench.wire.aborted() == 1);
  }
  CHECK_FALSE(bench.apis.found().known);
  CHECK_FALSE(bench.apis.found().problem.empty());
  CHECK(bench.apis.found().apis.empty());
  bench.Wait();
  bench.Serve();
  CHECK_FALSE(bench.wire.open().empty());
}

TEST_CASE("what is not wanted any more is not asked, and forgotten", "[core]") {
  Bench bench;
  bench.Begin();
  bench.apis.Want(false, bench.wire.calls);
  CHECK(bench.wire.aborted() == 1);
  CHECK_FALSE(bench.apis.wake_at());
  bench.Serve();
  CHECK(bench.wire.open().empty());
}

}  // namespace
}  // namespace cu::core
