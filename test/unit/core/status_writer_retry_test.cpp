#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "core/status_writer.hpp"
#include "planner/report/bounds.hpp"
#include "unit/core/status_bench.hpp"

namespace cu::core {
namespace {

using base::LogLevel;
using Begun = StatusWriter::Begun;
using namespace std::chrono_literals;

/// Writes, is answered like this, and waits until it may write again.
StatusWriter::Result Refused(StatusBench& bench, int code) {
  REQUIRE(bench.Write(StatusOf(3)) == Begun::kSent);
  const auto result = bench.Answer(code);
  CHECK(bench.writer.idle());
  return result;
}

TEST_CASE("a refused write rests for a second, its object is planned on", "[core]") {
  StatusBench bench;
  const int code = GENERATE(400, 403, 413, 422, 429);
  const auto result = Refused(bench, code);
  CHECK(result.plan);
  CHECK(result.rests);
  CHECK_FALSE(result.forget);
  CHECK_FALSE(result.before);
  REQUIRE(result.log);
  CHECK(result.log->level == (code == 429 ? LogLevel::kWarning : LogLevel::kError));
  CHECK(result.log->message == "status write rejected");
  CHECK(result.log->fields.at("upgrade") == "up");
  CHECK(result.log->fields.at("error").starts_with(std::to_string(code)));
  CHECK(bench.Rest() >= 1s);
  CHECK(bench.Rest() < 2s);
  CHECK_FALSE(bench.Confirmed());

  bench.wire.Pass(bench.Rest() - 1ns);
  CHECK(bench.Write(StatusOf(3)) == Begun::kResting);
  CHECK(bench.wire.open().empty());
  CHECK(bench.writer.idle());
  bench.wire.Pass(1ns);
  CHECK(bench.Write(StatusOf(3)) == Begun::kSent);
}

TEST_CASE("a write that is not let in is refused as well", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  const port::CallId id = bench.wire.only().id;
  const auto result = bench.writer.Handle(
      port::ResponseReceived{id, {401, "{}", std::nullopt}}, bench.wire.now, bench.wire.calls);
  CHECK(bench.writer.idle());
  CHECK(result.rests);
}

TEST_CASE("refused writes rest ever longer and are told once", "[core]") {
  StatusBench bench;
  std::chrono::seconds least = 1s;
  for (int i = 0; i < 8; ++i) {
    CHECK(Refused(bench, 403).log.has_value() == (i == 0));
    CHECK(bench.Rest() >= least);
    CHECK(bench.Rest() < 2 * least);
    bench.wire.Pass(bench.Rest());
    least = std::min<std::chrono::seconds>(2 * least, 30s);
  }
  bench.Write(StatusOf(3));
  CHECK(bench.Keep().plan);
  CHECK(Refused(bench, 403).log);
  CHECK(bench.Rest() < 2s);
}

TEST_CASE("a status that the server cannot take is made smaller, and each try is told", "[core]") {
  const int code = GENERATE(400, 413, 422);
  StatusBench bench;
  bench.writer.Know(bench.held());
  const auto level = [&] { return bench.writer.LevelOf(bench.held(), bench.wire.now); };
  CHECK(level() == 0);
  for (int i = 1; i <= planner::kTightestLevel + 1; ++i) {
    const auto refused = Refused(bench, code);
    CHECK(refused.refused == std::to_string(code));
    CHECK(refused.log.has_value() == (i <= planner::kTightestLevel));
    CHECK(level() == std::min(i, planner::kTightestLevel));
    bench.wire.Pass(bench.Rest());
  }
  bench.Write(StatusOf(3));
  CHECK(bench.Keep().refused.empty());
  CHECK(level() == planner::kTightestLevel);
  bench.wire.Pass(1h);
  CHECK(level() == 0);
}

TEST_CASE("a status that may not be written, or that a webhook denies, is not too large",
          "[core]") {
  StatusBench bench;
  CHECK(Refused(bench, 403).refused == "403");
  bench.wire.Pass(bench.Rest());
  bench.Write(StatusOf(3));
  const std::string denial =
      R"({"kind":"Status","message":"admission webhook \"w\" denied the request: no"})";
  CHECK(bench.Answer(422, denial).refused == "422");
  CHECK(bench.writer.LevelOf(bench.held(), bench.wire.now) == 0);
}

TEST_CASE("a conflict is followed by a read, and then by a plan", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  const auto conflict = bench.Answer(409);
  CHECK_FALSE(conflict.plan);
  CHECK_FALSE(conflict.rests);
  CHECK_FALSE(conflict.log);
  CHECK_FALSE(bench.writer.idle());
  REQUIRE(bench.Reads());
  const auto read = bench.Answer(200, bench.Body(StatusOf(2)));
  CHECK(read.plan);
  CHECK(read.before == api::ClusterUpgradeStatus{});
  CHECK(bench.writer.idle());
  CHECK(bench.writer.durable("up") == StatusOf(2));
  CHECK(bench.held().status == StatusOf(2));
  CHECK(bench.Write(StatusOf(3)) == Begun::kSent);
}

TEST_CASE("a read that finds another object of the name tells no change", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Answer(409);
  const auto read = bench.Answer(200, bench.Body(StatusOf(2), "another"));
  CHECK(read.plan);
  CHECK_FALSE(read.before);
  CHECK(bench.held().meta.uid == "another");
  CHECK(bench.writer.durable("up") == StatusOf(2));
}

TEST_CASE("a write whose answer is lost is looked for, and may have been done", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  const auto lost = bench.Fail();
  CHECK_FALSE(lost.plan);
  CHECK_FALSE(lost.log);
  CHECK_FALSE(lost.rests);
  REQUIRE(bench.Reads());
  const auto read = bench.Answer(200, bench.Body(StatusOf(3)));
  CHECK(read.plan);
  CHECK(read.before == api::ClusterUpgradeStatus{});
  CHECK(bench.writer.durable("up") == StatusOf(3));
  CHECK(bench.Confirmed());
}

TEST_CASE("an answer that fits nothing is looked up, and its write rests", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  StatusWriter::Result result;
  SECTION("5xx") {
    result = bench.Answer(500);
  }
  SECTION("no object") {
    result = bench.Answer(200, "<html>");
  }
  SECTION("another object") {
    result = bench.Answer(
        200, R"({"metadata":{"name":"other","resourceVersion":"9"},"spec":{"version":"v1.36.3"}})");
  }
  CHECK(result.rests);
  CHECK_FALSE(result.plan);
  REQUIRE(result.log);
  CHECK(result.log->level == LogLevel::kWarning);
  CHECK(result.log->message == "status write failed");
  CHECK(bench.Rest() >= 1s);
  CHECK(bench.Reads());
  CHECK(bench.watches.upgrades().items().size() == 1);
  bench.Answer(200, bench.Body(StatusOf(2)));
  CHECK(bench.Write(StatusOf(3)) == Begun::kResting);
}

TEST_CASE("the third write in a row that has to be looked up rests", "[core]") {
  StatusBench bench;
  const bool conflict = GENERATE(true, false);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(bench.Write(StatusOf(3)) == Begun::kSent);
    const auto result = conflict ? bench.Answer(409) : bench.Fail();
    CHECK(result.rests == (i >= 2));
    CHECK(result.log.has_value() == (i == 2));
    if (result.log) {
      CHECK(result.log->level == LogLevel::kWarning);
      CHECK(result.log->message == "status write failed");
    }
    bench.Answer(200, bench.Body(StatusOf(2)));
    bench.wire.Pass(std::max<std::chrono::nanoseconds>(bench.Rest(), 0s));
  }
}

TEST_CASE("a write that is found done ends the row", "[core]") {
  StatusBench bench;
  for (int i = 0; i < 6; ++i) {
    REQUIRE(bench.Write(StatusOf(i)) == Begun::kSent);
    CHECK_FALSE(bench.Fail().rests);
    CHECK(bench.Answer(200, bench.Body(StatusOf(i))).plan);
  }
}

TEST_CASE("a write that is kept ends the row", "[core]") {
  StatusBench bench;
  for (int i = 0; i < 6; ++i) {
    bench.Write(StatusOf(3));
    CHECK_FALSE(bench.Answer(409).rests);
    bench.Answer(200, bench.Body(StatusOf(2)));
    bench.Write(StatusOf(3));
    bench.Keep();
  }
}

/// The read that failed is due again after this time.
std::chrono::nanoseconds WaitForRead(StatusBench& bench) {
  REQUIRE(bench.wire.open().empty());
  REQUIRE(bench.writer.wake_at());
  const auto time = *bench.writer.wake_at() - bench.wire.now.steady;
  bench.wire.Pass(time - 1ns);
  bench.writer.Serve(bench.wire.now, bench.wire.calls);
  CHECK(bench.wire.open().empty());
  bench.wire.Pass(1ns);
  bench.writer.Serve(bench.wire.now, bench.wire.calls);
  CHECK(bench.Reads());
  CHECK_FALSE(bench.writer.wake_at());
  return time;
}

TEST_CASE("a read without an answer is due again within 2.5 s", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Answer(409);
  for (int i = 0; i < 10; ++i) {
    const auto result = bench.Fail();
    CHECK_FALSE(result.plan);
    CHECK_FALSE(bench.writer.idle());
    const auto time = WaitForRead(bench);
    CHECK(time >= (i == 0 ? 1000ms : 1250ms));
    CHECK(time < (i == 0 ? 2000ms : 2500ms));
  }
  CHECK(bench.Answer(200, bench.Body(StatusOf(2))).plan);
}

TEST_CASE("a read that is refused is due again ever later", "[core]") {
  StatusBench bench;
  const int code = GENERATE(403, 409, 500);
  bench.Write(StatusOf(3));
  bench.Answer(409);
  std::chrono::seconds least = 1s;
  for (int i = 0; i < 8; ++i) {
    const auto result = bench.Answer(code);
    CHECK_FALSE(result.plan);
    CHECK_FALSE(result.rests);
    CHECK_FALSE(result.log);
    const auto time = WaitForRead(bench);
    CHECK(time >= least);
    CHECK(time < 2 * least);
    least = std::min<std::chrono::seconds>(2 * least, 30s);
  }
  bench.Answer(200, bench.Body(StatusOf(2)));
  bench.Write(StatusOf(3));
  bench.Answer(409);
  bench.Answer(code);
  CHECK(WaitForRead(bench) < 2s);
}

TEST_CASE("a read for which there is no room is sent later", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  const port::Event event = bench.wire.Answer(bench.wire.only(), 409);
  bench.wire.FillUp();
  bench.writer.Handle(event, bench.wire.now, bench.wire.calls);
  bench.wire.MakeRoom();
  CHECK(WaitForRead(bench) < 2s);
}

TEST_CASE("nothing is read while a write is on its way, nor when all is quiet", "[core]") {
  StatusBench bench;
  bench.writer.Serve(bench.wire.now, bench.wire.calls);
  CHECK(bench.wire.open().empty());
  CHECK_FALSE(bench.writer.wake_at());
  bench.Write(StatusOf(3));
  bench.writer.Serve(bench.wire.now, bench.wire.calls);
  CHECK(bench.wire.open().size() == 1);
  CHECK_FALSE(bench.writer.wake_at());
}

}  // namespace
}  // namespace cu::core
