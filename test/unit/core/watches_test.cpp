#include "core/watches.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using planner::WatchKind;
using Texts = std::vector<std::string>;
using namespace std::chrono_literals;

const std::string kUpgradesPath = "/apis/clusterupgrade.io/v1alpha1/clusterupgrades";
const std::string kNodesPath = "/api/v1/nodes";
const std::string kBudgetsPath = "/apis/policy/v1/poddisruptionbudgets";
const std::string kJobsPath = "/apis/batch/v1/namespaces/jobs/jobs";
const std::string kLeasePath = "/apis/coordination.k8s.io/v1/namespaces/system/leases";
const Texts kStanding = {kUpgradesPath, kNodesPath, kBudgetsPath, kJobsPath};

struct Bench {
  explicit Bench(const kube::Collection& lease = {}) : watches({{"system", "jobs"}, lease}) {
    Serve();
  }
  void Serve() { watches.Serve(wire.now, wire.calls); }
  bool Handle(port::CallId id, const port::Event& event) {
    return watches.Handle(id, event, wire.now, wire.calls);
  }
  void List(const std::string& path,
            const std::vector<Json>& items = {},
            const std::string& version = "10") {
    const Wire::Open list = wire.Find(path + "?limit=");
    REQUIRE(Handle(list.id, wire.Answer(list, 200, PageOf(items, version))));
  }
  void Open(const std::string& path) {
    const port::CallId id = Stream(path);
    REQUIRE(Handle(id, port::StreamOpened{id}));
  }
  port::CallId Stream(const std::string& path) { return wire.Find(path + "?watch=").id; }
  /// The watch is current.
  void Show(const std::string& path, const std::vector<Json>& items = {}) {
    List(path, items);
    Open(path);
  }
  void ShowAll() {
    for (const std::string& path : kStanding) {
      Show(path);
    }
  }
  std::vector<std::uint64_t> Stamp() const { return watches.ChangeStamp(wire.now); }

  Wire wire;
  Watches watches;
};

Json Named(const std::string& name, const std::string& version = "5") {
  return {{"metadata", {{"name", name}, {"resourceVersion", version}}}};
}

TEST_CASE("the standing collections are watched whole, of Jobs ours alone", "[core]") {
  Bench bench;
  CHECK(bench.wire.targets() ==
        Texts{kUpgradesPath + "?limit=100",
              kNodesPath + "?limit=100",
              kBudgetsPath + "?limit=100",
              kJobsPath + "?limit=100&labelSelector=clusterupgrade.io%2Fupgrade"});
  CHECK_FALSE(bench.watches.lease_listed());
}

TEST_CASE("the Lease of the leader is watched where there is one", "[core]") {
  Bench bench({kLeasePath, "metadata.name=me", ""});
  CHECK(bench.wire.targets().back() == kLeasePath + "?limit=100&fieldSelector=metadata.name%3Dme");
  CHECK_FALSE(bench.watches.lease_listed());
  bench.List(kLeasePath, {Named("me")});
  CHECK(bench.watches.lease_listed());
  CHECK(bench.watches.lease().Find("me") != nullptr);
  CHECK_FALSE(bench.watches.listed());
}

TEST_CASE("everything is listed once each standing collection is", "[core]") {
  for (const std::string& missing : kStanding) {
    Bench bench;
    for (const std::string& path : kStanding) {
      if (path != missing) {
        bench.List(path);
      }
    }
    CHECK_FALSE(bench.watches.listed());
    CHECK(bench.watches.upgrades_listed() == (missing != kUpgradesPath));
    bench.List(missing);
    CHECK(bench.watches.listed());
    CHECK(bench.watches.upgrades_listed());
    CHECK_FALSE(bench.watches.current(bench.wire.now));
  }
}

TEST_CASE("everything is current while each watch is, for owners budgets aside", "[core]") {
  for (const std::string& missing : kStanding) {
    Bench bench;
    for (const std::string& path : kStanding) {
      bench.List(path);
      if (path != missing) {
        bench.Open(path);
      }
    }
    CHECK_FALSE(bench.watches.current(bench.wire.now));
    CHECK(bench.watches.owners_current(bench.wire.now) == (missing == kBudgetsPath));
    bench.Open(missing);
    CHECK(bench.watches.current(bench.wire.now));
    CHECK(bench.watches.owners_current(bench.wire.now));
    bench.wire.Pass(125s);
    CHECK_FALSE(bench.watches.current(bench.wire.now));
    CHECK_FALSE(bench.watches.owners_current(bench.wire.now));
  }
}

TEST_CASE("a refresh lists each standing collection anew, the Lease not", "[core]") {
  Bench bench({kLeasePath, "", ""});
  bench.ShowAll();
  bench.Show(kLeasePath);
  CHECK(bench.watches.fresh());
  const port::CallId lease = bench.Stream(kLeasePath);
  bench.watches.Refresh(bench.wire.calls);
  bench.Serve();
  CHECK(bench.wire.aborted() == 4);
  CHECK(bench.Stream(kLeasePath) == lease);
  CHECK(bench.watches.listed());
  for (const std::string& missing : kStanding) {
    bench.watches.Refresh(bench.wire.calls);
    bench.Serve();
    for (const std::string& path : kStanding) {
      if (path != missing) {
        bench.List(path);
      }
    }
    CHECK_FALSE(bench.watches.fresh());
    bench.List(missing);
    CHECK(bench.watches.fresh());
  }
}

TEST_CASE("an event goes to the watch that asked for it, and to nobody else", "[core]") {
  Bench bench({kLeasePath, "", ""});
  bench.watches.Match({{WatchKind::kPodsOnNode, "n1"}}, bench.wire.calls);
  bench.Serve();
  bench.List(kNodesPath, {Named("n1")});
  bench.List(kUpgradesPath, {Named("production")});
  bench.List(kBudgetsPath, {Named("web")});
  bench.List(kJobsPath, {Named("cu-n1")});
  bench.List("/api/v1/pods", {Named("web-0")});
  CHECK(bench.watches.nodes().Find("n1") != nullptr);
  CHECK(bench.watches.upgrades().Find("production") != nullptr);
  CHECK(bench.watches.budgets().Find("web") != nullptr);
  CHECK(bench.watches.jobs().Find("cu-n1") != nullptr);
  planner::World world;
  bench.watches.Fill(world);
  CHECK(world.pods.at("n1").items->contains("web-0"));

  const port::CallId foreign{9'999};
  CHECK_FALSE(bench.Handle(foreign, port::CallFailed{foreign, {}}));
}

TEST_CASE("the server's version is asked for while a plan wants it", "[core]") {
  Bench bench;
  bench.watches.Match({{WatchKind::kServerVersion, ""}}, bench.wire.calls);
  bench.Serve();
  const Wire::Open version = bench.wire.Find("/version");
  const auto before = bench.Stamp();
  CHECK(bench.Handle(version.id, bench.wire.Answer(version, 200, R"({"gitVersion":"v1.36.3"})")));
  CHECK(bench.Stamp() != before);
  planner::World world;
  bench.watches.Fill(world);
  CHECK(world.server_version == "v1.36.3");
  bench.watches.Match({}, bench.wire.calls);
  bench.watches.Fill(world);
  CHECK(world.server_version.empty());
}

TEST_CASE("a world sees what is held, and whether that is current", "[core]") {
  Bench bench;
  planner::World world;
  world.now = bench.wire.now;
  bench.watches.Fill(world);
  CHECK(world.upgrades == &bench.watches.upgrades().items());
  CHECK(world.nodes == &bench.watches.nodes().items());
  CHECK(world.budgets == &bench.watches.budgets().items());
  CHECK(world.jobs == &bench.watches.jobs().items());
  CHECK_FALSE(world.current);
  bench.ShowAll();
  bench.watches.Fill(world);
  CHECK(world.current);
}

TEST_CASE("equal stamps mean that nothing has changed which a plan reads", "[core]") {
  Bench bench({kLeasePath, "", ""});
  bench.ShowAll();
  const auto quiet = bench.Stamp();
  bench.Show(kLeasePath, {Named("me")});
  CHECK(bench.Stamp() == quiet);
  for (const std::string& path : kStanding) {
    const auto before = bench.Stamp();
    const port::CallId id = bench.Stream(path);
    bench.Handle(id, port::StreamLine{id, LineOf("ADDED", Named("one", "20"))});
    CHECK(bench.Stamp() != before);
  }
  const auto before = bench.Stamp();
  bench.watches.Match({{WatchKind::kSavedPods, ""}}, bench.wire.calls);
  const auto opened = bench.Stamp();
  CHECK(opened != before);
  bench.Serve();
  bench.List("/api/v1/podtemplates");
  CHECK(bench.Stamp() != opened);
  bench.watches.Match({}, bench.wire.calls);
  CHECK(bench.Stamp() == before);
  bench.wire.Pass(125s);
  CHECK(bench.Stamp() != before);
}

TEST_CASE("staleness is told of each standing collection that was ever heard from", "[core]") {
  Bench bench({kLeasePath, "", ""});
  CHECK(bench.watches.Staleness(bench.wire.now.steady).empty());
  bench.List(kNodesPath);
  bench.wire.Pass(2s);
  bench.List(kUpgradesPath);
  bench.List(kLeasePath);
  bench.wire.Pass(3s);
  CHECK(bench.watches.Staleness(bench.wire.now.steady) ==
        std::map<std::string, double>{{"clusterupgrades", 3}, {"leases", 3}, {"nodes", 5}});
  bench.List(kBudgetsPath);
  bench.List(kJobsPath);
  CHECK(bench.watches.Staleness(bench.wire.now.steady).at("poddisruptionbudgets") == 0);
  CHECK(bench.watches.Staleness(bench.wire.now.steady).at("jobs") == 0);
}

TEST_CASE("news name their watch, those of objects first, and are told once", "[core]") {
  Bench bench({kLeasePath, "", ""});
  bench.watches.Match({{WatchKind::kPodsOnNode, "n1"}}, bench.wire.calls);
  bench.Serve();
  CHECK(bench.watches.News().empty());
  for (const std::string& path : {kUpgradesPath, kLeasePath, std::string("/api/v1/pods")}) {
    const Wire::Open open = bench.wire.Find(path);
    bench.Handle(open.id, bench.wire.Fail(open));
  }
  Json broken = Named("n1");
  broken["spec"]["unschedulable"] = "yes";
  bench.List(kNodesPath, {broken});
  Texts told;
  for (const base::LogRecord& record : bench.watches.News()) {
    told.push_back(record.message + ": " + record.fields.at("resource"));
  }
  CHECK(told == Texts{"object could not be fully decoded: nodes",
                      "watch interrupted: clusterupgrades",
                      "watch interrupted: leases",
                      "watch interrupted: pods of n1"});
  CHECK(bench.watches.News().empty());
}

TEST_CASE("the next wake is the earliest of all watches", "[core]") {
  Bench bench;
  CHECK_FALSE(bench.watches.wake_at());
  bench.ShowAll();
  REQUIRE(bench.watches.wake_at());
  const base::SteadyTime silent = *bench.watches.wake_at();
  CHECK(silent >= bench.wire.now.steady + 100s);
  CHECK(silent < bench.wire.now.steady + 125s);
  bench.wire.Pass(10s);
  bench.watches.Match({{WatchKind::kServerVersion, ""}}, bench.wire.calls);
  bench.Serve();
  CHECK(bench.watches.wake_at() == silent);
  const Wire::Open version = bench.wire.Find("/version");
  bench.Handle(version.id, bench.wire.Fail(version));
  REQUIRE(bench.watches.wake_at());
  CHECK(*bench.watches.wake_at() < bench.wire.now.steady + 4s);
}

}  // namespace
}  // namespace cu::core
