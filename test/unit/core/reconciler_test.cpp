#include "core/reconciler.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "unit/core/small_cluster.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

TEST_CASE("nothing is touched on a node before its intent and the epoch are durable", "[core]") {
  Cluster cluster;
  std::vector<std::string> touched;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (request.target.find(kNodes + "/") == 0 && !IsDryRun(request) && touched.size() < 100) {
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
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), IsAction));
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
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), IsAction));
  CHECK(cluster.Logged("status write rejected") == 1);
}

TEST_CASE("status writes answered with 5xx back off though reads are answered", "[core]") {
  Cluster cluster;
  bool broken = true;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    return broken && request.target == kStatus ? std::optional(port::Response{500, "{}", {}})
                                               : std::nullopt;
  };
  cluster.RunUntil([] { return false; }, 120s);
  CHECK(cluster.StatusWrites().size() >= 4);
  CHECK(cluster.StatusWrites().size() <= 8);
  CHECK(cluster.Requests(kUpgrade, port::Method::kGet).size() <= 10);
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), IsAction));
  CHECK(cluster.Logged("status write failed") == 1);
  broken = false;
  const auto since = cluster.api.now();
  REQUIRE(cluster.RunUntil([&] { return cluster.StatusWrites().back().code == 200; }));
  CHECK(cluster.api.now() - since < 61s);
  CHECK(cluster.Finish());
}

TEST_CASE("status writes that all conflict or get no answer back off as well", "[core]") {
  const int status = GENERATE(0, 409);
  Cluster cluster;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    return request.target == kStatus ? std::optional(port::Response{status, "{}", {}})
                                     : std::nullopt;
  };
  cluster.RunUntil([] { return false; }, 120s);
  CHECK(cluster.StatusWrites().size() >= 5);
  CHECK(cluster.StatusWrites().size() <= 10);
  CHECK(cluster.Logged("status write failed") == 1);
}

TEST_CASE("a read that gets no answer is due again within 2.5 s, a refused one in a minute",
          "[core]") {
  const int status = GENERATE(0, 500);
  Cluster cluster;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    const bool read = request.method == port::Method::kGet && request.target == kUpgrade;
    return request.target == kStatus || read ? std::optional(port::Response{status, "{}", {}})
                                             : std::nullopt;
  };
  cluster.RunUntil([] { return false; }, 10min);
  const auto reads = cluster.Requests(kUpgrade, port::Method::kGet);
  REQUIRE(reads.size() > 10);
  std::chrono::nanoseconds longest{0};
  for (std::size_t i = 1; i < reads.size(); ++i) {
    longest = std::max(longest, reads[i].at - reads[i - 1].at);
  }
  CHECK(longest <= (status == 0 ? 2600ms : 60100ms));
  CHECK(longest > (status == 0 ? 1s : 30s));
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
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), IsAction));
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

TEST_CASE("the longest outage while nodes are in work is in the status", "[core]") {
  Cluster cluster;
  bool away = false;
  cluster.api.intercept = [&](const port::Request&) {
    return away ? std::optional(port::Response{0, "", {}}) : std::nullopt;
  };
  const auto be_away = [&](std::chrono::seconds time) {
    away = true;
    cluster.RunUntil([] { return false; }, time);
    away = false;
  };
  const auto gap = [&] {
    return cluster.api.Get(kUpgrade)["status"].value("controlPlaneGapSeconds", 0);
  };
  REQUIRE(cluster.RunUntil([&] { return cluster.Step() == "Draining"; }));
  be_away(25s);
  REQUIRE(cluster.RunUntil([&] { return cluster.InProgress().empty() || gap() > 0; }));
  CHECK(gap() >= 22);
  CHECK(gap() <= 30);
  const int longest = gap();
  CHECK(cluster.api.Get(kUpgrade)["status"]["history"][0]["apiOutageSeconds"] == longest);
  REQUIRE(cluster.Finish());
  be_away(60s);
  cluster.api.Run(30s);
  CHECK(gap() == longest);
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

TEST_CASE("what was not sent for the evictions in flight is sent once they are answered",
          "[core]") {
  Cluster cluster(Options(), 15);
  cluster.api.hold = [](const port::Request& request) {
    return request.target.ends_with("/eviction");
  };
  REQUIRE(cluster.RunUntil(
      [&] { return cluster.Requests("/eviction", port::Method::kPost).size() >= 12; }));
  const auto began = cluster.Requests("/eviction", port::Method::kPost).front().at;
  Json node = cluster.api.Get(kNodes + "/n2");
  node["metadata"]["annotations"]["clusterupgrade.io/cordoned-by"] = "old/uid-old";
  node["spec"]["unschedulable"] = true;
  cluster.api.Put(kNodes + "/n2", node);
  REQUIRE(cluster.RunUntil(
      [&] { return cluster.api.Get(kNodes + "/n2")["spec"]["unschedulable"] == false; }));
  CHECK(cluster.api.now() < began + kube::kEvictionTimeout + 100ms);
}

}  // namespace
}  // namespace cu::core
