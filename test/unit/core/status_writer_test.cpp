#include "core/status_writer.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/apart.hpp"
#include "unit/core/status_bench.hpp"

namespace cu::core {
namespace {

using Begun = StatusWriter::Begun;
using namespace std::chrono_literals;

TEST_CASE("a status is written against the version planned on, within the term", "[core]") {
  StatusBench bench;
  CHECK(bench.writer.idle());
  CHECK(bench.Write(StatusOf(3), 4s) == Begun::kSent);
  CHECK_FALSE(bench.writer.idle());
  const Wire::Open open = bench.wire.only();
  CHECK(bench.writer.Owns(open.id));
  CHECK(open.request.method == port::Method::kJsonPatch);
  CHECK(open.request.target == "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/up/status");
  CHECK(open.not_after == bench.wire.now.steady + 4s);
  const Json patch = Json::parse(open.request.body);
  CHECK(patch[0]["path"] == "/metadata/resourceVersion");
  CHECK(patch[0]["value"] == "7");
  CHECK(patch[1]["path"] == "/status");
  CHECK(patch[1]["value"]["epoch"] == 3);
}

TEST_CASE("what the server answers is durable, is held, and is planned on", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  const auto result = bench.Keep();
  CHECK(result.name == "up");
  CHECK(result.plan);
  CHECK_FALSE(result.forget);
  CHECK_FALSE(result.rests);
  CHECK_FALSE(result.log);
  CHECK(result.before == api::ClusterUpgradeStatus{});
  CHECK(bench.writer.idle());
  CHECK(bench.writer.durable("up") == StatusOf(3));
  CHECK(bench.held().status == StatusOf(3));
  CHECK(bench.held().meta.resource_version == "8");
  CHECK(bench.wire.open().empty());
}

TEST_CASE("a write that changes nothing tells nothing", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Keep();
  bench.Write(StatusOf(3));
  const auto result = bench.Keep();
  CHECK(result.plan);
  CHECK_FALSE(result.before);
}

TEST_CASE("a write or a read confirms for 10 s that nobody else acts on the object", "[core]") {
  StatusBench bench;
  CHECK_FALSE(bench.Confirmed());
  bench.Write(StatusOf(3));
  CHECK_FALSE(bench.Confirmed());
  bench.Keep();
  CHECK(bench.Confirmed());
  bench.wire.Pass(10s - 1ns);
  CHECK(bench.Confirmed());
  bench.wire.Pass(1ns);
  CHECK_FALSE(bench.Confirmed());

  bench.Write(StatusOf(4));
  bench.Answer(409);
  CHECK_FALSE(bench.Confirmed());
  bench.Answer(200, bench.Body(StatusOf(3)));
  CHECK(bench.Confirmed());
}

TEST_CASE("another write than of the status confirms an object that is known", "[core]") {
  StatusBench bench;
  bench.writer.Confirm("up", bench.wire.now);
  CHECK_FALSE(bench.Confirmed());
  bench.writer.Know(bench.held());
  CHECK_FALSE(bench.Confirmed());
  bench.writer.Confirm("up", bench.wire.now);
  CHECK(bench.Confirmed());
  bench.wire.Pass(10s);
  CHECK_FALSE(bench.Confirmed());
}

TEST_CASE("what was known of an object ends with its UID", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Keep();
  api::ClusterUpgrade other = bench.held();
  bench.writer.Know(other);
  CHECK(bench.Confirmed());
  other.meta.uid = "another";
  other.status = StatusOf(5);
  bench.writer.Know(other);
  CHECK_FALSE(bench.writer.Confirmed(other, bench.wire.now));
  CHECK(bench.writer.durable("up") == StatusOf(5));
}

TEST_CASE("what the watch shows first is durable, later only what was written or read", "[core]") {
  StatusBench bench;
  api::ClusterUpgrade upgrade = bench.held();
  upgrade.status = StatusOf(1);
  bench.writer.Know(upgrade);
  upgrade.status = StatusOf(2);
  bench.writer.Know(upgrade);
  CHECK(bench.writer.durable("up") == StatusOf(1));
  bench.Write(StatusOf(3));
  CHECK(bench.writer.durable("up") == StatusOf(1));
  CHECK(bench.Keep().before == StatusOf(1));
}

TEST_CASE("reports are written once a second", "[core]") {
  StatusBench bench;
  CHECK(bench.writer.ReportAfter(bench.held()) == base::SteadyTime{});
  bench.Write(StatusOf(3, "1/2"));
  CHECK(bench.ReportsIn() == 1s);
  bench.wire.Pass(200ms);
  bench.Keep();
  CHECK(bench.ReportsIn() == 800ms);
}

TEST_CASE("reports of which the server drops a part are written ever more rarely", "[core]") {
  StatusBench bench;
  std::chrono::seconds pause = 2s;
  for (int i = 0; i < 7; ++i) {
    bench.Write(StatusOf(3, "1/2"));
    const auto result = bench.Answer(200, bench.Body(StatusOf(3)));
    CHECK(result.plan);
    CHECK_FALSE(result.log);
    CHECK_FALSE(result.rests);
    CHECK(bench.ReportsIn() == pause);
    pause = std::min<std::chrono::seconds>(2 * pause, 30s);
  }
  bench.Write(StatusOf(3, "1/2"));
  bench.Keep();
  CHECK(bench.ReportsIn() == 1s);
}

TEST_CASE("a server that keeps another intent has refused the status", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  const auto result = bench.Answer(200, bench.Body(StatusOf(0)));
  CHECK(bench.writer.idle());
  CHECK(result.plan);
  CHECK(result.rests);
  REQUIRE(result.log);
  CHECK(result.log->level == base::LogLevel::kError);
  CHECK(result.log->message == "status write rejected");
  CHECK(result.log->fields.at("error").starts_with("the server did not keep the status"));
  CHECK(bench.writer.durable("up") == StatusOf(0));
}

TEST_CASE("an object that is gone is forgotten, and left alone while the watch shows it",
          "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Keep();
  bench.Write(StatusOf(4));
  SECTION("written") {}
  SECTION("read") {
    bench.Answer(409);
  }
  const auto result = bench.Answer(404);
  CHECK(result.forget);
  CHECK(result.rests);
  CHECK_FALSE(result.plan);
  CHECK_FALSE(result.log);
  CHECK(bench.writer.idle());
  CHECK_FALSE(bench.Confirmed());
  CHECK(bench.Rest() >= 5s);
  CHECK(bench.Rest() < 10s);
  CHECK(bench.Write(StatusOf(4)) == Begun::kResting);
}

TEST_CASE("an object that is gone from the watch as well leaves nothing behind", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Gone();
  const auto result = bench.Answer(404);
  CHECK(result.forget);
  CHECK_FALSE(result.rests);
  CHECK(bench.RestsUntil() == base::SteadyTime{});
}

TEST_CASE("tidying forgets what is gone or was replaced, and nothing else", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Keep();
  const api::ClusterUpgrade known = bench.held();
  bench.writer.Tidy();
  CHECK(bench.Confirmed());
  SECTION("gone") {
    bench.Gone();
  }
  SECTION("replaced") {
    api::ClusterUpgrade other = known;
    other.meta.uid = "another";
    other.meta.resource_version = "99";
    bench.watches.upgrades().Adopt(other);
  }
  bench.writer.Tidy();
  CHECK_FALSE(bench.writer.Confirmed(known, bench.wire.now));
}

TEST_CASE("the end of a term drops the call and forgets everything", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  bench.Keep();
  bench.Write(StatusOf(4));
  bench.Answer(403);
  CHECK(bench.Rest() > 0s);
  bench.wire.Pass(2s);
  CHECK(bench.Write(StatusOf(4)) == Begun::kSent);
  SECTION("writing") {}
  SECTION("reading") {
    bench.Answer(409);
  }
  const port::CallId id = bench.wire.only().id;
  bench.writer.Clear(bench.wire.calls);
  CHECK(bench.wire.aborted() == 1);
  CHECK_FALSE(bench.writer.Owns(id));
  CHECK(bench.writer.idle());
  CHECK_FALSE(bench.Confirmed());
  CHECK(bench.RestsUntil() == base::SteadyTime{});
  CHECK(bench.writer.ReportAfter(bench.held()) == base::SteadyTime{});
  CHECK_FALSE(bench.writer.wake_at());
  CHECK(bench.Write(StatusOf(5)) == Begun::kSent);
}

TEST_CASE("a write for which there is no room leaves everything as it was", "[core]") {
  StatusBench bench;
  bench.wire.FillUp();
  CHECK(bench.Write(StatusOf(3)) == Begun::kNoRoom);
  CHECK(bench.writer.idle());
  CHECK(bench.writer.ReportAfter(bench.held()) == base::SteadyTime{});
  CHECK(bench.wire.open().empty());
  bench.wire.MakeRoom();
  CHECK(bench.Write(StatusOf(3)) == Begun::kSent);
}

TEST_CASE("one status is written at a time, and only what is known is durable", "[core]") {
  StatusBench bench;
  bench.Write(StatusOf(3));
  CHECK(test::RunApart([&] { bench.Write(StatusOf(3)); }).Broke("idle()"));
  CHECK(test::RunApart([&] { bench.writer.durable("other"); }).Broke("found != objects_.end()"));
}

}  // namespace
}  // namespace cu::core
