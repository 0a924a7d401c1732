#include "core/survey_reader.hpp"

#include <catch2/catch.hpp>

#include "unit/core/small_cluster.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

const std::string kVolumes = "/api/v1/persistentvolumes";
const std::string kPods = "/api/v1/pods";
const std::string kBudget = "/apis/policy/v1/namespaces/team/poddisruptionbudgets/none";

/// Requests of surveys: pods of all nodes are asked for by nobody else.
std::vector<TinyApi::Seen> Pages(const Cluster& cluster, const std::string& path) {
  std::vector<TinyApi::Seen> pages = cluster.Requests(path, port::Method::kGet);
  std::erase_if(pages, [&](const auto& seen) {
    return tiny::PathOf(seen.request.target) != path ||
           seen.request.target.find("Selector") != std::string::npos;
  });
  return pages;
}

/// A budget that never allows an eviction of any pod.
void Block(Cluster& cluster) {
  cluster.api.Put(kBudget,
                  {{"metadata", Json::object()},
                   {"spec", {{"maxUnavailable", 0}, {"selector", Json::object()}}},
                   {"status", Json::object()}});
}

bool Refused(const Cluster& cluster) {
  return cluster.Condition("Stalled") == "True";
}

}  // namespace

TEST_CASE("volumes and pods are read once before the first cordon, and not again", "[core]") {
  Cluster cluster;
  REQUIRE(cluster.Finish());
  REQUIRE(Pages(cluster, kVolumes).size() == 1);
  REQUIRE(Pages(cluster, kPods).size() == 1);
  const auto first_action =
      std::find_if(cluster.api.seen.begin(), cluster.api.seen.end(), IsAction);
  CHECK(Pages(cluster, kVolumes)[0].at < Pages(cluster, kPods)[0].at);
  CHECK(Pages(cluster, kPods)[0].at < first_action->at);
}

TEST_CASE("pages follow one another by their continue token, and none twice", "[core]") {
  Cluster cluster;
  int page = 0;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (tiny::PathOf(request.target) != kPods ||
        request.target.find("Selector") != std::string::npos) {
      return std::nullopt;
    }
    const std::string wanted = page == 0 ? "" : "token" + std::to_string(page);
    CHECK((request.target.find("continue=" + wanted) != std::string::npos) == (page > 0));
    CHECK(request.target.find("limit=100") != std::string::npos);
    ++page;
    const Json list{{"metadata",
                     {{"resourceVersion", "100"},
                      {"continue", page == 5 ? "" : "token" + std::to_string(page)}}},
                    {"items", Json::array()}};
    return port::Response{200, list.dump(), {}};
  };
  REQUIRE(cluster.Finish());
  CHECK(page == 5);
}

TEST_CASE("a page that is too large is asked for at once with fewer pods", "[core]") {
  Cluster cluster;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    const bool all = request.target.find(kPods + "?limit=") == 0 &&
                     request.target.find("Selector") == std::string::npos;
    return all && request.target.find("limit=12") == std::string::npos
               ? std::optional(port::Response{TinyApi::kTooLarge, "", {}})
               : std::nullopt;
  };
  REQUIRE(cluster.Finish());
  std::string sizes;
  for (const auto& page : Pages(cluster, kPods)) {
    sizes += page.request.target.substr(kPods.size() + 1) + " ";
  }
  CHECK(sizes == "limit=100 limit=12 ");
}

TEST_CASE("no right to read volumes is no hindrance", "[core]") {
  Cluster cluster;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    return tiny::PathOf(request.target) == kVolumes ? std::optional(tiny::Refusal(403, "Forbidden"))
                                                    : std::nullopt;
  };
  REQUIRE(cluster.Finish());
  CHECK(Pages(cluster, kVolumes).size() == 1);
}

TEST_CASE("a look that fails backs off, and begins anew when its token has expired", "[core]") {
  Cluster cluster;
  int asked = 0;
  cluster.api.intercept = [&](const port::Request& request) -> std::optional<port::Response> {
    if (tiny::PathOf(request.target) != kPods ||
        request.target.find("Selector") != std::string::npos) {
      return std::nullopt;
    }
    switch (++asked) {
      case 1:
        return port::Response{0, "", {}};
      case 2:
        return tiny::Refusal(500, "InternalError");
      case 3:
        return tiny::Refusal(410, "Expired");
      case 4:
        return port::Response{200, "no JSON", {}};
      default:
        return std::nullopt;
    }
  };
  REQUIRE(cluster.Finish());
  const auto pods = Pages(cluster, kPods);
  REQUIRE(pods.size() == 5);
  CHECK(pods[1].at - pods[0].at >= 1s);
  CHECK(pods[2].at - pods[1].at >= 2s);
  CHECK(pods[3].at - pods[2].at >= 4s);
  CHECK(Pages(cluster, kVolumes).size() == 3);
}

TEST_CASE("while findings block it is looked again every minute, and soon after a change",
          "[core]") {
  Cluster cluster;
  Block(cluster);
  REQUIRE(cluster.RunUntil([&] { return Refused(cluster); }, 10s));
  cluster.RunUntil([] { return false; }, 50s);
  CHECK(Pages(cluster, kPods).size() == 1);
  cluster.RunUntil([] { return false; }, 20s);
  CHECK(Pages(cluster, kPods).size() == 2);
  CHECK(std::none_of(cluster.api.seen.begin(), cluster.api.seen.end(), IsAction));

  const auto before = cluster.api.now();
  cluster.api.Remove(kBudget);
  REQUIRE(cluster.RunUntil([&] { return !cluster.InProgress().empty(); }, 30s));
  CHECK(cluster.api.now() - before <= 6s);
  REQUIRE(cluster.Finish());
}

TEST_CASE("many changes in a row cost a look every five seconds at most", "[core]") {
  Cluster cluster;
  Block(cluster);
  REQUIRE(cluster.RunUntil([&] { return Refused(cluster); }, 10s));
  for (int i = 0; i < 60; ++i) {
    Json budget = cluster.api.Get(kBudget);
    budget["status"]["currentHealthy"] = i;
    cluster.api.Put(kBudget, budget);
    cluster.RunUntil([] { return false; }, 1s);
  }
  const auto pods = Pages(cluster, kPods);
  CHECK(pods.size() >= 8);
  CHECK(pods.size() <= 14);
}

TEST_CASE("each finding is told in an Event", "[core]") {
  Cluster cluster;
  Block(cluster);
  REQUIRE(cluster.RunUntil([&] { return Refused(cluster); }, 10s));
  cluster.RunUntil([] { return false; }, 70s);
  int told = 0;
  for (const auto& seen : cluster.Requests("/events", port::Method::kPost)) {
    told += Json::parse(seen.request.body)["reason"] == "BudgetNeverAllows" ? 1 : 0;
  }
  CHECK(told == 1);
}

}  // namespace cu::core
