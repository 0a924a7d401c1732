#include "core/watch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "api/objects.hpp"
#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using base::LogLevel;
using base::LogRecord;
using Records = std::vector<LogRecord>;
using Stamp = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

Json Node(const std::string& name, const std::string& version, const Json& unschedulable = false) {
  return {{"metadata", {{"name", name}, {"uid", "uid-" + name}, {"resourceVersion", version}}},
          {"spec", {{"unschedulable", unschedulable}}}};
}

struct Bench {
  Bench() { Serve(); }
  void Serve() { watch.reflector.Serve(wire.now, wire.calls); }
  /// Until the watch asks for something.
  void Wait() {
    while (wire.open().empty()) {
      REQUIRE(watch.reflector.wake_at());
      wire.Pass(std::max(*watch.reflector.wake_at(), wire.now.steady) - wire.now.steady);
      Serve();
    }
  }
  void Handle(const port::Event& event) { watch.reflector.Handle(event, wire.now, wire.calls); }
  void Page(const std::vector<Json>& items, const std::string& version = "10") {
    Handle(wire.Answer(wire.only(), 200, PageOf(items, version)));
  }
  void Fail(const std::string& message) { Handle(wire.Fail(wire.only(), message)); }
  void Open() { Handle(port::StreamOpened{wire.only().id}); }
  void Line(const std::string& type, const Json& object) {
    Handle(port::StreamLine{wire.only().id, LineOf(type, object)});
  }
  /// Lists anew with these objects.
  void Relist(const std::vector<Json>& items, const std::string& version) {
    watch.reflector.Refresh(wire.calls);
    Serve();
    Page(items, version);
  }
  std::string Name() {
    ++named;
    return "nodes";
  }
  Records Objects() {
    Records news;
    watch.log.ObjectNews(
        watch.reflector, [&] { return Name(); }, news);
    return news;
  }
  Records Problems() {
    Records news;
    watch.log.ProblemNews(
        watch.reflector, [&] { return Name(); }, news);
    return news;
  }
  Stamp Stamped() {
    Stamp stamp;
    watch.Stamp(wire.now, stamp);
    return stamp;
  }

  Wire wire;
  Watch<api::Node> watch{{"/api/v1/nodes", "", ""}};
  int named = 0;
};

LogRecord Interrupted(const std::string& error) {
  return {LogLevel::kWarning, "watch interrupted", {{"resource", "nodes"}, {"error", error}}};
}
const LogRecord kRestored{LogLevel::kInfo, "watch restored", {{"resource", "nodes"}}};

TEST_CASE("a problem of a watch is told once, and again when it is another", "[core]") {
  Bench bench;
  CHECK(bench.Problems().empty());
  bench.Fail("connection refused");
  CHECK(bench.Problems() == Records{Interrupted("connection refused")});
  CHECK(bench.Problems().empty());
  bench.Wait();
  CHECK(bench.Problems().empty());
  bench.Fail("connection refused");
  CHECK(bench.Problems().empty());
  bench.Wait();
  bench.Fail("no route");
  CHECK(bench.Problems() == Records{Interrupted("no route")});
}

TEST_CASE("a watch is restored once it is open again, and may be interrupted anew", "[core]") {
  Bench bench;
  bench.Fail("connection refused");
  bench.Problems();
  bench.Wait();
  bench.Page({});
  CHECK(bench.Problems().empty());
  bench.Open();
  CHECK(bench.Problems() == Records{kRestored});
  CHECK(bench.Problems().empty());
  bench.Handle(port::StreamEnded{bench.wire.only().id,
                                 base::Error{base::ErrorKind::kUnavailable, "connection refused"}});
  CHECK(bench.Problems() == Records{Interrupted("connection refused")});
}

TEST_CASE("a problem that was over before it was told is not told", "[core]") {
  Bench bench;
  bench.Fail("connection refused");
  bench.Wait();
  bench.Page({});
  bench.Open();
  CHECK(bench.Problems().empty());
}

TEST_CASE("an object that is not wholly readable is told once, and again when that changes",
          "[core]") {
  Bench bench;
  bench.Page({Node("n1", "5"), Node("n2", "6", "yes")});
  const Records told = bench.Objects();
  REQUIRE(told.size() == 1);
  CHECK(told[0].level == LogLevel::kWarning);
  CHECK(told[0].message == "object could not be fully decoded");
  CHECK(told[0].fields.at("resource") == "nodes");
  CHECK(told[0].fields.at("object") == "n2");
  CHECK(told[0].fields.at("error").starts_with("spec.unschedulable: "));
  CHECK(bench.Objects().empty());

  Json other = Node("n2", "11");
  other["spec"]["taints"] = "none";
  bench.Open();
  bench.Line("MODIFIED", other);
  const Records again = bench.Objects();
  REQUIRE(again.size() == 1);
  CHECK(again[0].fields.at("error").starts_with("spec.taints: "));
  CHECK(bench.Objects().empty());
}

TEST_CASE("another object that is not readable is told without the first", "[core]") {
  Bench bench;
  bench.Page({Node("n1", "5", "yes")});
  CHECK(bench.Objects().size() == 1);
  bench.Relist({Node("n1", "5", "yes"), Node("n2", "6", "yes")}, "11");
  const Records told = bench.Objects();
  REQUIRE(told.size() == 1);
  CHECK(told[0].fields.at("object") == "n2");
}

TEST_CASE("an object that was mended and breaks again is told again", "[core]") {
  Bench bench;
  bench.Page({Node("n1", "5", "yes")});
  CHECK(bench.Objects().size() == 1);
  bench.Relist({Node("n1", "6")}, "11");
  CHECK(bench.Objects().empty());
  bench.Relist({Node("n1", "7", "yes")}, "12");
  CHECK(bench.Objects().size() == 1);
}

TEST_CASE("the name of a watch is made only for what is told", "[core]") {
  Bench bench;
  bench.Page({Node("n1", "5")});
  bench.Open();
  bench.Objects();
  bench.Problems();
  CHECK(bench.named == 0);
}

TEST_CASE("two numbers stamp what a plan reads of a watch", "[core]") {
  Bench bench;
  const Stamp unlisted = bench.Stamped();
  CHECK(unlisted.size() == 2);
  bench.Page({Node("n1", "5")});
  const Stamp listed = bench.Stamped();
  CHECK(listed != unlisted);
  bench.Open();
  const Stamp current = bench.Stamped();
  CHECK(current != listed);
  CHECK(current[0] == listed[0]);

  bench.Line("MODIFIED", Node("n1", "11"));
  bench.wire.Pass(99s);
  CHECK(bench.Stamped() == current);
  bench.Line("MODIFIED", Node("n1", "12", true));
  const Stamp changed = bench.Stamped();
  CHECK(changed[0] != current[0]);
  CHECK(changed[1] == current[1]);
  bench.wire.Pass(125s);
  CHECK(bench.Stamped()[0] == changed[0]);
  CHECK(bench.Stamped()[1] == listed[1]);
}

TEST_CASE("an empty list is told from none", "[core]") {
  Bench bench;
  const Stamp unlisted = bench.Stamped();
  bench.Page({});
  CHECK(bench.Stamped() != unlisted);
}

}  // namespace
}  // namespace cu::core
