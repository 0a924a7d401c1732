#include "core/controller.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "unit/core/tiny_api.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;
using Json = TinyApi::Json;

const std::string kUpgrades = "/apis/clusterupgrade.io/v1alpha1/clusterupgrades";
const std::string kUpgrade = kUpgrades + "/production";
const std::string kStatus = kUpgrade + "/status";
const std::string kNodes = "/api/v1/nodes";
const std::string kLease =
    "/apis/coordination.k8s.io/v1/namespaces/system/leases/cluster-upgrade-controller";

Controller::Options Options() {
  Controller::Options options;
  options.identity = "me";
  options.namespace_name = "system";
  options.job_namespace = "jobs";
  options.seed = 11;
  return options;
}

Json Node(const std::string& version) {
  return {
      {"metadata", Json::object()},
      {"spec", Json::object()},
      {"status",
       {{"conditions",
         {{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2019-12-01T00:00:00Z"}}}},
        {"nodeInfo", {{"kubeletVersion", version}, {"bootID", "boot-" + version}}}}}};
}

Json Upgrade() {
  return {{"metadata", {{"generation", 1}, {"creationTimestamp", "2019-12-01T00:00:00Z"}}},
          {"spec",
           {{"version", "v1.36.3"},
            {"executor", {{"type", "External"}}},
            {"verify", {{"minReadySeconds", 2}}}}},
          {"status", {{"observedGeneration", -1}}}};
}

/// Two workers under a managed control plane, and whoever changes them once they are drained.
struct Cluster {
  explicit Cluster(const Controller::Options& options = Options(), int pods = 2) : api(options) {
    for (const char* name : {"n1", "n2"}) {
      api.Put(kNodes + "/" + name, Node("v1.35.4"));
      for (int i = 0; i < pods; ++i) {
        api.Put(
            "/api/v1/namespaces/team/pods/" + std::string(name) + "-" + std::to_string(i),
            {{"metadata",
              {{"ownerReferences",
                {{{"kind", "ReplicaSet"}, {"name", "r"}, {"uid", "r"}, {"controller", true}}}}}},
             {"spec", {{"nodeName", name}}},
             {"status", {{"phase", "Running"}}}});
      }
    }
    api.Put(kUpgrade, Upgrade());
  }

  void Agent() {
    for (const char* name : {"n1", "n2"}) {
      Json node = api.Get(kNodes + "/" + name);
      const std::string wanted = node.value(
          Json::json_pointer("/metadata/annotations/clusterupgrade.io~1desired-version"), "");
      if (!wanted.empty() && node["status"]["nodeInfo"]["kubeletVersion"] != wanted) {
        node["status"]["nodeInfo"]["kubeletVersion"] = wanted;
        api.Put(kNodes + "/" + name, node);
      }
    }
  }

  std::string Condition(const std::string& type) const {
    for (const Json& condition : api.Get(kUpgrade)["status"].value("conditions", Json::array())) {
      if (condition["type"] == type) {
        return condition["status"];
      }
    }
    return "";
  }
  bool Ready() const { return Condition("Ready") == "True"; }
  Json InProgress() const { return api.Get(kUpgrade)["status"].value("inProgress", Json::array()); }
  std::string Step() const {
    const Json nodes = InProgress();
    return nodes.empty() ? "" : nodes[0].value("step", "");
  }

  bool RunUntil(const std::function<bool()>& done, std::chrono::milliseconds limit = 10min) {
    const auto end = api.now() + limit;
    while (!done() && api.now() < end && !api.exit_code) {
      api.RunUntil(done, 50ms);
      Agent();
    }
    return done();
  }
  bool Finish() {
    return RunUntil([this] { return Ready(); });
  }

  std::vector<TinyApi::Seen> Requests(const std::string& part, port::Method method) const {
    std::vector<TinyApi::Seen> found;
    std::copy_if(
        api.seen.begin(), api.seen.end(), std::back_inserter(found), [&](const auto& seen) {
          return seen.request.method == method &&
                 seen.request.target.find(part) != std::string::npos;
        });
    return found;
  }
  std::vector<TinyApi::Seen> StatusWrites() const {
    return Requests(kStatus, port::Method::kJsonPatch);
  }
  int Logged(const std::string& message) const {
    return static_cast<int>(
        std::count_if(api.logs.begin(), api.logs.end(), [&](const auto& record) {
          return record.message == message;
        }));
  }

  TinyApi api;
};

bool Mutates(const TinyApi::Seen& seen) {
  return seen.request.method != port::Method::kGet;
}
bool OfLease(const TinyApi::Seen& seen) {
  return seen.request.target.find("/leases") != std::string::npos;
}
bool Acts(const TinyApi::Seen& seen) {
  return Mutates(seen) && !OfLease(seen) && seen.request.target != kStatus &&
         seen.request.target.find("/events") == std::string::npos;
}

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
  CHECK(view->requests.at({"GET", "200"}) > 5);
}

TEST_CASE("nothing is touched on a node before its intent and the epoch are durable", "[core]") {
  Cluster cluster;
  std::vector<std::string> touched;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (request.target.find(kNodes + "/") == 0 && touched.size() < 100) {
      const Json status = cluster.api.Get(kUpgrade)["status"];
      CHECK(status.value("epoch", 0) == 1);
      CHECK(request.target.find(cluster.InProgress().at(0).at("name").get<std::string>()) !=
            std::string::npos);
      touched.push_back(request.target);
    }
    return std::nullopt;
  };
  REQUIRE(cluster.Finish());
  CHECK(touched.size() >= 6);
}

TEST_CASE("a leader with nothing to do sends nothing but lease renewals", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.Finish());
  cluster.api.Run(30s);
  cluster.api.seen.clear();
  cluster.api.wakes = 0;
  cluster.api.Run(60s);
  for (const auto& seen : cluster.api.seen) {
    CHECK(OfLease(seen));
  }
  CHECK(cluster.api.seen.size() <= 30);
  CHECK(cluster.api.wakes <= 3 * 30 + 10);  // renewal, its answer, its watch line
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

TEST_CASE("a status write whose answer is lost is looked for before anything else", "[core]") {
  Cluster cluster;
  int lost = 0;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (request.target == kStatus && ++lost % 2 == 1) {
      return port::Response{0, "", {}};
    }
    return std::nullopt;
  };
  REQUIRE(cluster.Finish());
  CHECK(lost >= 8);
  CHECK(cluster.Requests(kUpgrade, port::Method::kGet).size() >=
        static_cast<std::size_t>(lost / 2));
}

TEST_CASE("a conflict is followed by a live read and a new plan", "[core]") {
  Cluster cluster;
  bool once = true;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (request.target == kStatus && std::exchange(once, false)) {
      Json paused = cluster.api.Get(kUpgrade);
      paused["spec"]["paused"] = true;
      cluster.api.Put(kUpgrade, paused);
    }
    return std::nullopt;
  };
  cluster.RunUntil([] { return false; }, 10s);
  CHECK(cluster.StatusWrites().at(0).code == 409);
  CHECK(cluster.Requests(kUpgrade, port::Method::kGet).size() == 1);
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), Acts));
}

TEST_CASE("refused status writes back off and are told once", "[core]") {
  Cluster cluster;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    return request.target == kStatus ? std::optional(port::Response{403, "{}", {}}) : std::nullopt;
  };
  cluster.RunUntil([] { return false; }, 120s);
  const auto writes = cluster.StatusWrites();
  CHECK(writes.size() >= 4);
  CHECK(writes.size() <= 8);
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), Acts));
  CHECK(cluster.Logged("status write refused") == 1);
}

TEST_CASE("a server that does not keep what was written is not asked at every turn", "[core]") {
  Cluster cluster;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (request.target == kStatus) {
      return port::Response{200, cluster.api.Get(kUpgrade).dump(), {}};
    }
    return std::nullopt;
  };
  cluster.RunUntil([] { return false; }, 60s);
  CHECK(cluster.StatusWrites().size() <= 8);
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), Acts));
}

TEST_CASE("reports are written at most once a second and hold nothing up", "[core]") {
  Cluster cluster(Options(), 12);
  REQUIRE(cluster.Finish());
  const auto writes = cluster.StatusWrites();
  CHECK(writes.size() <= 30);
  CHECK(cluster.Requests("/eviction", port::Method::kPost).size() == 24);
}

TEST_CASE("a leader that was quiet for 10 s checks that it is current before it acts", "[core]") {
  Cluster cluster;
  bool blocked = true;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (blocked && request.target.find("/eviction") != std::string::npos) {
      return port::Response{
          429,
          R"({"kind":"Status","details":{"causes":[{"reason":"DisruptionBudget","message":"no"}]}})",
          {}};
    }
    return std::nullopt;
  };
  cluster.RunUntil([&] { return cluster.Requests("/eviction", port::Method::kPost).size() >= 8; },
                   5min);
  const auto evictions = cluster.Requests("/eviction", port::Method::kPost);
  REQUIRE(evictions.size() >= 8);
  const auto writes = cluster.StatusWrites();
  for (const auto& eviction : evictions) {
    CHECK(std::any_of(writes.begin(), writes.end(), [&](const auto& write) {
      return write.at <= eviction.at && eviction.at - write.at <= 11s;
    }));
  }
  blocked = false;
  CHECK(cluster.Finish());
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
    CHECK((!Acts(seen) || seen.at <= since + 10s));
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

TEST_CASE("events have names made of their occurrence and never hold up the work", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.Finish());
  cluster.api.Run(1s);
  std::set<std::string> names;
  const auto posts = cluster.Requests("/events", port::Method::kPost);
  CHECK(posts.size() >= 2);
  for (const auto& post : posts) {
    const Json event = Json::parse(post.request.body);
    CHECK(post.code == 201);
    CHECK(names.insert(event["metadata"]["name"]).second);
    CHECK(event["metadata"]["namespace"] == "default");
  }
}

TEST_CASE("equal options and batches give equal effects", "[core]") {
  Cluster one;
  Cluster two;
  REQUIRE(one.Finish());
  REQUIRE(two.Finish());
  CHECK(one.api.transcript == two.api.transcript);
}

TEST_CASE("a second ClusterUpgrade is told that it waits, and touches nothing", "[core]") {
  Cluster cluster;
  Json second = Upgrade();
  second["metadata"]["creationTimestamp"] = "2019-12-02T00:00:00Z";
  second["spec"]["version"] = "v1.35.9";
  cluster.api.Put(kUpgrades + "/second", second);
  REQUIRE(cluster.Finish());
  cluster.api.Run(2s);
  const Json conditions = cluster.api.Get(kUpgrades + "/second")["status"]["conditions"];
  CHECK(std::any_of(conditions.begin(), conditions.end(), [](const Json& condition) {
    return condition["reason"] == "AnotherClusterUpgrade";
  }));
}

TEST_CASE("marks of an object that is gone are released by the leader", "[core]") {
  Cluster cluster;
  cluster.api.Remove(kUpgrade);
  Json node = cluster.api.Get(kNodes + "/n1");
  node["metadata"]["annotations"]["clusterupgrade.io/cordoned-by"] = "old/uid-old";
  node["spec"]["unschedulable"] = true;
  cluster.api.Put(kNodes + "/n1", node);
  cluster.api.Run(20s);
  CHECK(cluster.api.Get(kNodes + "/n1")["spec"]["unschedulable"] == false);
}

}  // namespace
}  // namespace cu::core
