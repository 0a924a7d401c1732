#include "core/actions/pod_actions.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

using planner::Outcome;
using planner::WatchKind;
using port::Method;
using namespace std::chrono_literals;

const std::string kStaleCause =
    R"({"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web is still being processed by the server."}],"retryAfterSeconds":10})";

TEST_CASE("whatever makes a pod go away names its UID", "[core]") {
  const auto evict = Of(kEvict);
  CHECK(evict.method == Method::kPost);
  CHECK(evict.target == "/api/v1/namespaces/team/pods/web-0/eviction");
  CHECK(Json::parse(evict.body)["deleteOptions"] ==
        Json{{"preconditions", {{"uid", "uid-p"}}}, {"gracePeriodSeconds", 5}});

  const auto pod = Of(kDeletePod);
  CHECK(pod.method == Method::kDelete);
  CHECK(pod.target == "/api/v1/namespaces/team/pods/web-0");
  CHECK(Json::parse(pod.body)["preconditions"]["uid"] == "uid-p");

  const auto saved = Of(kDeletePodTemplate);
  CHECK(saved.method == Method::kDelete);
  CHECK(saved.target == "/api/v1/namespaces/team/podtemplates/saved-1");
  CHECK(Json::parse(saved.body)["preconditions"]["uid"] == "uid-t");
}

TEST_CASE("a pod is kept, and created again, in its own namespace", "[core]") {
  const auto save = Of(kSavePod);
  CHECK(save.method == Method::kPost);
  CHECK(save.target == "/api/v1/namespaces/team/podtemplates");
  CHECK(Json::parse(save.body)["metadata"]["name"] == "saved-1");
  CHECK(Json::parse(save.body)["metadata"]["annotations"]["clusterupgrade.io/pod-uid"] == "uid-p");

  const auto again = Of(kRecreatePod);
  CHECK(again.method == Method::kPost);
  CHECK(again.target == "/api/v1/namespaces/team/pods");
  CHECK(Json::parse(again.body)["metadata"]["name"] == "web-0");
  CHECK(Json::parse(again.body)["metadata"]["annotations"]["clusterupgrade.io/pod-uid"] == "uid-p");
}

TEST_CASE("an eviction that the budget has no room for is told from one that it is not ready for",
          "[core]") {
  const auto none = Judged(kEvict, Reply(429, Status("TooManyRequests", "no", kBudgetCause)));
  CHECK(none.outcome == Outcome::kNoBudget);
  CHECK(none.message == "no The disruption budget web needs 2 healthy pods and has 2 currently");
  CHECK_FALSE(none.retry_after);

  const auto stale = Judged(kEvict, Reply(429, Status("TooManyRequests", "no", kStaleCause)));
  CHECK(stale.outcome == Outcome::kBudgetStale);
  CHECK(stale.retry_after == 10s);

  auto header = Reply(429, Status("TooManyRequests", "no", kBudgetCause));
  header.retry_after = 3s;
  CHECK(Judged(kEvict, header).outcome == Outcome::kBudgetStale);
}

TEST_CASE("a pod under two budgets is known by the message of its 500", "[core]") {
  const std::string body =
      Status("InternalError",
             "This pod has more than one PodDisruptionBudget, which the eviction subresource does "
             "not support.");
  CHECK(OutcomeOf(kEvict, 500, body) == Outcome::kTwoBudgets);
  CHECK(OutcomeOf(kCordon, 500, body) == Outcome::kUnknown);
  CHECK(OutcomeOf(kDeletePod, 500, body) == Outcome::kUnknown);
  CHECK(OutcomeOf(kEvict, 503, body) == Outcome::kOverload);
  CHECK(OutcomeOf(kEvict, 500, "oops") == Outcome::kUnknown);
}

TEST_CASE("an eviction has longer than other calls, and rests longer after it missed its pod",
          "[core]") {
  CHECK(HandlingOf(kEvict).timeout == 15s);
  CHECK(HandlingOf(kEvict).after_miss == 10s);
  CHECK_FALSE(HandlingOf(kDeletePod).timeout);
  CHECK(HandlingOf(kDeletePod).after_miss == 1s);
}

TEST_CASE("a pod cannot be kept or created again where its namespace is missing", "[core]") {
  const std::string absent = Status("NotFound", "namespaces \\\"team\\\" not found");
  CHECK(OutcomeOf(kSavePod, 404, absent) == Outcome::kForbidden);
  CHECK(OutcomeOf(kRecreatePod, 404, absent) == Outcome::kForbidden);
  CHECK(OutcomeOf(kDeletePodTemplate, 404, absent) == Outcome::kGone);
  const std::string there = Status("AlreadyExists", "there");
  CHECK(OutcomeOf(kSavePod, 409, there) == Outcome::kExists);
  CHECK(OutcomeOf(kRecreatePod, 409, there) == Outcome::kExists);
}

TEST_CASE("a pod that was kept or created again is seen at once where it is watched", "[core]") {
  kube::Calls calls(1);
  Watches watches{{{"system", "jobs"}, {}}};
  const std::string body =
      R"({"metadata":{"name":"web-0","namespace":"team","resourceVersion":"9"}})";
  HandlingOf(kSavePod).adopt(body, watches);
  HandlingOf(kRecreatePod).adopt(body, watches);
  watches.Match({{WatchKind::kSavedPods, ""}, {WatchKind::kRecreatedPods, ""}}, calls);
  const auto seen = [&] {
    planner::World world;
    watches.Fill(world);
    return std::pair(world.saved_pods.items->contains("team/web-0"),
                     world.recreated_pods.items->contains("team/web-0"));
  };
  CHECK(seen() == std::pair(false, false));
  HandlingOf(kSavePod).adopt("no JSON", watches);
  HandlingOf(kRecreatePod).adopt("no JSON", watches);
  CHECK(seen() == std::pair(false, false));
  HandlingOf(kSavePod).adopt(body, watches);
  CHECK(seen() == std::pair(true, false));
  HandlingOf(kRecreatePod).adopt(body, watches);
  CHECK(seen() == std::pair(true, true));
}

TEST_CASE("the answer to what makes a pod go away shows no object", "[core]") {
  CHECK(HandlingOf(kEvict).adopt == nullptr);
  CHECK(HandlingOf(kDeletePod).adopt == nullptr);
  CHECK(HandlingOf(kDeletePodTemplate).adopt == nullptr);
}

}  // namespace
}  // namespace cu::core
