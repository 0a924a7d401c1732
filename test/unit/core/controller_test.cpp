#include "core/controller.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "unit/core/small_cluster.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an upgrade runs to its end, and every node is given back", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.Finish());
  for (const char* name : {"n1", "n2"}) {
    const Json node = cluster.api.Get(kNodes + "/" + name);
    CHECK(node["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.3");
    CHECK(node["spec"]["unschedulable"] == false);
    CHECK(node["metadata"]["annotations"].empty());
  }
  CHECK(cluster.Requests("/eviction", port::Method::kPost).size() == 4);
  cluster.api.Run(1500ms);
  const auto view = cluster.api.controller().view();
  REQUIRE(view->upgrades.size() == 1);
  CHECK(view->leader);
  CHECK(view->synced);
  CHECK(view->upgrades[0].nodes.at({"workers", "upgraded"}) == 2);
  CHECK(view->upgrades[0].conditions.at("Ready") == "True");
  CHECK(view->upgrades[0].progress == 1.0);
  CHECK(view->evictions.at("201") == 4);
  CHECK(view->step_seconds.at("Draining").total == 2);
  CHECK(view->calls.requests.at({"GET", "200"}) > 5);
}

TEST_CASE("a leader with nothing to do sends nothing but lease renewals", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.Finish());
  cluster.api.Run(30s);
  cluster.api.Bookmark();
  cluster.api.Run(1s);
  cluster.api.seen.clear();
  cluster.api.wakes = 0;
  cluster.api.Run(60s);
  for (const auto& seen : cluster.api.seen) {
    CHECK(OfLease(seen));
  }
  CHECK(cluster.api.seen.size() <= 30);
  CHECK(cluster.api.wakes <= 3 * 30 + 10);  // renewal, its answer, its watch line
}

TEST_CASE("on a quiet cluster no watch is opened anew and nothing is listed", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.Finish());
  cluster.api.Run(30s);
  cluster.api.Bookmark();
  cluster.api.Run(1s);
  cluster.api.seen.clear();
  cluster.api.logs.clear();
  cluster.api.aborts = 0;
  const auto opened = cluster.Opened();
  for (int i = 0; i < 8; ++i) {
    // A kube-apiserver sends bookmarks every 60 s, and up to a quarter later.
    cluster.api.Run(75s);
    cluster.api.Bookmark();
  }
  CHECK(cluster.Opened() == opened);
  CHECK(cluster.api.aborts == 0);
  CHECK(cluster.Logged("watch interrupted") == 0);
  for (const auto& seen : cluster.api.seen) {
    // Without nodes of the control plane its version is asked for every five minutes.
    CHECK((OfLease(seen) || seen.request.target == "/version"));
  }
}

TEST_CASE("a budget that cannot be read holds nothing up and is told once", "[core]") {
  Cluster cluster;
  const auto budget = [](const char* least) -> Json {
    return {{"metadata", Json::object()},
            {"spec", {{"minAvailable", least}, {"selector", {{"matchLabels", {{"app", "x"}}}}}}}};
  };
  cluster.api.Put("/apis/policy/v1/namespaces/team/poddisruptionbudgets/odd", budget("half"));
  cluster.RunUntil([&] { return cluster.Step() == "Draining"; });
  cluster.api.Put("/apis/policy/v1/namespaces/team/poddisruptionbudgets/odder", budget("most"));
  REQUIRE(cluster.Finish());
  std::vector<std::string> told;
  for (const auto& record : cluster.api.logs) {
    if (record.message == "object could not be fully decoded") {
      told.push_back(record.fields.at("object"));
      CHECK(record.fields.at("error").starts_with("spec.minAvailable: must be"));
    }
  }
  CHECK(told == std::vector<std::string>{"team/odd", "team/odder"});
  CHECK(cluster.Logged("watch interrupted") == 0);
}

TEST_CASE("after a restore of etcd everything is read anew, and the upgrade goes on", "[core]") {
  const bool lists_alone = GENERATE(false, true);
  Controller::Options options = Options();
  options.leader_elect = !lists_alone;
  Cluster cluster(options);
  REQUIRE(cluster.RunUntil([&] { return cluster.Step() == "Draining"; }));
  const TinyApi::Backup backup = cluster.api.TakeBackup();
  REQUIRE(cluster.RunUntil([&] { return cluster.Step() == "Verifying"; }));
  cluster.api.Run(20s);
  const Json epoch = cluster.api.Get(kUpgrade)["status"]["epoch"];
  cluster.api.Restore(backup);
  cluster.api.seen.clear();
  const auto restored = cluster.api.now();
  const char* const kMessage =
      "the API server has gone back to an older state, as after a restore of etcd from a backup: "
      "everything is read anew";
  REQUIRE(cluster.RunUntil([&] { return cluster.Logged(kMessage) > 0; }));
  CHECK(cluster.api.now() - restored < 15s);
  for (const auto& seen : cluster.api.seen) {
    CHECK_FALSE(IsAction(seen));
  }
  cluster.api.Bookmark();
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }, 2min));
  CHECK(cluster.Logged(kMessage) == 1);
  CHECK(cluster.Logged("no longer leading") == 0);
  CHECK(cluster.api.Get(kUpgrade)["status"]["epoch"] == epoch);
  for (const char* name : {"n1", "n2"}) {
    CHECK(cluster.api.Get(kNodes + "/" + name)["spec"]["unschedulable"] == false);
  }
}

TEST_CASE("a standby watches and changes nothing", "[core]") {
  Cluster cluster;
  const auto renew = [&] {
    cluster.api.Put(kLease,
                    {{"spec",
                      {{"holderIdentity", "other"},
                       {"leaseTransitions", 7},
                       {"leaseDurationSeconds", 15},
                       {"renewTime", std::to_string(cluster.api.now().count())}}}});
  };
  for (int i = 0; i < 20; ++i) {
    renew();
    cluster.api.Run(5s);
  }
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), Mutates));
  CHECK_FALSE(cluster.api.controller().view()->leader);

  // Its epoch is above everything that was seen before.
  REQUIRE(cluster.Finish());
  CHECK(cluster.api.Get(kUpgrade)["status"]["epoch"] == 8);
}

TEST_CASE("a new leader releases no node of an object that its watch has yet to show", "[core]") {
  Cluster cluster;
  cluster.api.Remove(kUpgrade);
  cluster.api.Put(kLease,
                  {{"metadata", Json::object()},
                   {"spec",
                    {{"holderIdentity", "other"},
                     {"leaseTransitions", 4},
                     {"renewTime", "2026-01-01T00:00:00.000000Z"}}}});
  cluster.api.Run(5s);
  cluster.api.lagging = kUpgrades;
  cluster.api.Put(kUpgrade, Upgrade());
  Json node = cluster.api.Get(kNodes + "/n1");
  node["metadata"]["annotations"]["clusterupgrade.io/cordoned-by"] = "production/uid-production";
  node["spec"]["unschedulable"] = true;
  cluster.api.Put(kNodes + "/n1", node);
  int released = 0;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    const bool apply = request.method == port::Method::kApply && request.target.find("/n1?") > 0;
    if (apply && cluster.InProgress().empty()) {
      ++released;
    }
    return std::nullopt;
  };
  cluster.RunUntil([&] { return !cluster.InProgress().empty(); }, 60s);
  CHECK_FALSE(cluster.InProgress().empty());
  CHECK(released == 0);
}

TEST_CASE("a stop waits for calls in flight, gives the lease back and exits", "[core]") {
  Cluster cluster;
  bool hold = true;
  cluster.api.hold = [&](const port::Request& request) {
    return hold && request.target.find("/eviction") != std::string::npos;
  };
  REQUIRE(cluster.RunUntil(
      [&] { return !cluster.Requests("/eviction", port::Method::kPost).empty(); }));
  cluster.api.Stop();
  cluster.api.Run(5s);
  CHECK_FALSE(cluster.api.exit_code);
  cluster.api.Run(10s);
  REQUIRE(cluster.api.exit_code == 0);
  CHECK(cluster.api.Get(kLease)["spec"].value("holderIdentity", "") == "");
  CHECK(cluster.Requests("/eviction", port::Method::kPost).size() == 2);

  Cluster idle;
  REQUIRE(idle.Finish());
  idle.api.Stop();
  idle.api.Run(1s);
  CHECK(idle.api.exit_code == 0);
}

TEST_CASE("a leader that cannot renew aborts what it has in flight and sends no more", "[core]") {
  Cluster cluster;
  bool cut = false;
  cluster.api.hold = [&](const port::Request& request) {
    const bool eviction = request.target.find("/eviction") != std::string::npos;
    cut = cut || eviction;
    return eviction || (cut && request.target.find("/leases") != std::string::npos &&
                        request.method == port::Method::kPut);
  };
  REQUIRE(cluster.RunUntil([&] { return cut; }));
  const auto since = cluster.api.now();
  cluster.RunUntil([] { return false; }, 60s);
  CHECK_FALSE(cluster.api.controller().view()->leader);
  CHECK(cluster.Logged("no longer leading") == 1);
  for (const auto& seen : cluster.api.seen) {
    CHECK((!IsAction(seen) || seen.at <= since + 10s));
  }
}

TEST_CASE("a higher epoch in a status ends the term", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.RunUntil([&] { return cluster.Step() == "Draining"; }));
  Json upgrade = cluster.api.Get(kUpgrade);
  upgrade["status"]["epoch"] = 40;
  cluster.api.Put(kUpgrade, upgrade);
  cluster.api.Run(10ms);
  CHECK(cluster.Logged("no longer leading") == 1);
}

TEST_CASE("without leader election there is no Lease and the epoch is above every status's",
          "[core]") {
  auto options = Options();
  options.leader_elect = false;
  Cluster cluster(options);
  Json upgrade = cluster.api.Get(kUpgrade);
  upgrade["status"]["epoch"] = 4;
  cluster.api.Put(kUpgrade, upgrade);
  REQUIRE(cluster.Finish());
  CHECK(cluster.api.Get(kUpgrade)["status"]["epoch"] == 5);
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), OfLease));
  cluster.api.Stop();
  cluster.api.Run(1s);
  CHECK(cluster.api.exit_code == 0);
}

TEST_CASE("what the server wants waited for outlives a term", "[core]") {
  auto options = Options();
  options.leader_elect = false;
  Cluster cluster(options, 1);
  cluster.api.intercept = [](const port::Request& request) -> std::optional<port::Response> {
    if (request.target.find("/eviction") == std::string::npos) {
      return std::nullopt;
    }
    const Json status{{"kind", "Status"},
                      {"details", {{"causes", {{{"reason", "DisruptionBudget"}}}}}}};
    return port::Response{429, status.dump(), 10s};
  };
  const auto evictions = [&] { return cluster.Requests("/eviction", port::Method::kPost); };
  REQUIRE(cluster.RunUntil([&] { return evictions().size() == 1; }));
  Json upgrade = cluster.api.Get(kUpgrade);
  upgrade["status"]["epoch"] = 40;
  cluster.api.Put(kUpgrade, upgrade);
  REQUIRE(cluster.RunUntil([&] { return evictions().size() == 2; }));
  CHECK(cluster.Logged("no longer leading") == 1);
  CHECK(cluster.Logged("leading") == 2);
  CHECK(evictions()[1].at - evictions()[0].at >= 10s);
}

TEST_CASE("equal options and batches give equal effects", "[core]") {
  Cluster one;
  Cluster two;
  REQUIRE(one.Finish());
  REQUIRE(two.Finish());
  CHECK(one.api.transcript == two.api.transcript);
}

}  // namespace
}  // namespace cu::core
