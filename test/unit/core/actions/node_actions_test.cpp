#include "core/actions/node_actions.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

using planner::ActionKind;
using planner::Outcome;
using port::Method;

std::vector<ActionKind> Undoes(const Handling& handling) {
  return {handling.undoes.begin(), handling.undoes.end()};
}

TEST_CASE("every apply on a node names its UID and is never forced", "[core]") {
  for (const auto& request : {Of(kCordon), Of(kRelease), Of(kSetHints)}) {
    CHECK(request.method == Method::kApply);
    CHECK(request.target.starts_with("/api/v1/nodes/n1?fieldManager="));
    CHECK(request.target.find("force") == std::string::npos);
    CHECK(Json::parse(request.body)["metadata"]["uid"] == "uid-1");
  }
}

TEST_CASE("a cordon carries its owner, a release nothing but the version it is meant for",
          "[core]") {
  const Json cordon = Json::parse(Of(kAnnounce).body);
  CHECK(cordon["spec"]["unschedulable"] == true);
  CHECK(cordon["metadata"]["annotations"] ==
        Json{{"clusterupgrade.io/cordoned-by", "up/uid-up"},
             {"clusterupgrade.io/desired-version", "v1.36.3"}});

  const Json unannounced = Json::parse(Of(kCordon).body);
  CHECK(unannounced["metadata"]["annotations"] ==
        Json{{"clusterupgrade.io/cordoned-by", "up/uid-up"}});

  const Json kept = Json::parse(Of(kKeepCordon).body);
  CHECK(kept["spec"]["unschedulable"] == true);
  CHECK_FALSE(kept["metadata"].contains("annotations"));

  const Json release = Json::parse(Of(kRelease).body);
  CHECK(release["metadata"]["resourceVersion"] == "5");
  CHECK_FALSE(release.contains("spec"));
  CHECK_FALSE(release["metadata"].contains("annotations"));
}

TEST_CASE("the node hints have their own field manager", "[core]") {
  const auto set = Of(kSetHints);
  CHECK(set.target.ends_with("=cluster-upgrade-controller-marks"));
  CHECK(Of(kCordon).target.ends_with("=cluster-upgrade-controller"));
  CHECK(Of(kRelease).target.ends_with("=cluster-upgrade-controller"));
  const Json labels = Json::parse(set.body)["metadata"]["labels"];
  CHECK(labels.contains("node.kubernetes.io/exclude-from-external-load-balancers"));
  const Json less =
      Json::parse(Of(planner::SetNodeHints{"n1", "uid-1", false, true, true}).body)["metadata"];
  CHECK_FALSE(less.contains("labels"));
  CHECK(less["annotations"].size() == 2);
  const Json none = Json::parse(Of(kClearHints).body)["metadata"];
  CHECK_FALSE(none.contains("labels"));
  CHECK_FALSE(none.contains("annotations"));
}

TEST_CASE("a taint is patched for the version that was planned on, by a manager of its own",
          "[core]") {
  for (const auto& request : {Of(kTaint), Of(kUntaint)}) {
    CHECK(request.method == Method::kJsonPatch);
    CHECK(request.target == "/api/v1/nodes/n1?fieldManager=cluster-upgrade-controller-taints");
    CHECK(Json::parse(request.body)[0] ==
          Json{{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", "5"}});
  }
  CHECK(Json::parse(Of(kTaint).body)[1]["value"] == Json{{"key", "clusterupgrade.io/outdated"},
                                                         {"value", "uid-up"},
                                                         {"effect", "PreferNoSchedule"}});
  CHECK(Json::parse(Of(kUntaint).body)[2]["path"] == "/spec/taints/3");
}

TEST_CASE("each hint is set by itself", "[core]") {
  const auto one = [](bool labels, bool scale_down, bool disrupt) {
    return Json::parse(
        Of(planner::SetNodeHints{"n1", "uid-1", labels, scale_down, disrupt}).body)["metadata"];
  };
  CHECK(one(true, false, false)["labels"] ==
        Json{{"node.kubernetes.io/exclude-from-external-load-balancers", ""}});
  CHECK(one(false, true, false)["annotations"] ==
        Json{{"cluster-autoscaler.kubernetes.io/scale-down-disabled", "true"}});
  CHECK(one(false, false, true)["annotations"] == Json{{"karpenter.sh/do-not-disrupt", "true"}});
}

TEST_CASE("an apply on a node that is absent or replaced means gone", "[core]") {
  const std::string absent =
      Status("Conflict",
             "uid mismatch: the provided object specified uid a, and no existing object was found");
  const std::string replaced = Status(
      "Invalid",
      "bad",
      R"({"causes":[{"reason":"FieldValueInvalid","message":"immutable","field":"metadata.uid"}]})");
  const std::string taken = Status(
      "Conflict",
      "Apply failed with 1 conflict",
      R"({"causes":[{"reason":"FieldManagerConflict","message":"x","field":".spec.unschedulable"}]})");
  for (const Handling& handling : {HandlingOf(kCordon),
                                   HandlingOf(kRelease),
                                   HandlingOf(kSetHints),
                                   HandlingOf(kClearHints)}) {
    CHECK(Judge(handling, Reply(409, absent)).outcome == Outcome::kConflict);
    CHECK(Judge(handling, Reply(422, replaced)).outcome == Outcome::kGone);
    CHECK(Judge(handling, Reply(409, taken)).outcome == Outcome::kConflict);
    CHECK(Judge(handling, Reply(422, Status("Invalid", "bad"))).outcome == Outcome::kInvalid);
  }
}

TEST_CASE("a conflict lasts where no version is named: with another field manager", "[core]") {
  CHECK(HandlingOf(kCordon).after_conflict.most == kAfterLastingConflict.most);
  CHECK(HandlingOf(kAnnounce).after_conflict.most == kAfterLastingConflict.most);
  CHECK(HandlingOf(kKeepCordon).after_conflict.most == kAfterLastingConflict.most);
  CHECK(HandlingOf(kSetHints).after_conflict.most == kAfterLastingConflict.most);
  CHECK(HandlingOf(kClearHints).after_conflict.most == kAfterLastingConflict.most);
  CHECK(HandlingOf(kRelease).after_conflict.most < kAfterLastingConflict.most);
}

TEST_CASE("each action on a node undoes what it takes back, and nothing else", "[core]") {
  using Kinds = std::vector<ActionKind>;
  CHECK(Undoes(HandlingOf(kCordon)) == Kinds{ActionKind::kRelease, ActionKind::kKeepCordon});
  CHECK(Undoes(HandlingOf(kAnnounce)).empty());
  CHECK(Undoes(HandlingOf(kKeepCordon)) == Kinds{ActionKind::kCordon, ActionKind::kAnnounce});
  CHECK(Undoes(HandlingOf(kRelease)) == Kinds{ActionKind::kCordon, ActionKind::kAnnounce});
  CHECK(Undoes(HandlingOf(kSetHints)) == Kinds{ActionKind::kClearHints});
  CHECK(Undoes(HandlingOf(kClearHints)) == Kinds{ActionKind::kSetHints});
  CHECK(Undoes(HandlingOf(kTaint)) == Kinds{ActionKind::kUntaint});
  CHECK(Undoes(HandlingOf(kUntaint)) == Kinds{ActionKind::kTaint});
}

TEST_CASE("the node of an accepted answer goes into its store, one that cannot be read does not",
          "[core]") {
  for (const Handling& handling :
       {HandlingOf(kCordon), HandlingOf(kRelease), HandlingOf(kSetHints)}) {
    Watches watches{{{"system", "jobs"}, {}}};
    REQUIRE(handling.adopt != nullptr);
    handling.adopt("no JSON", watches);
    CHECK(watches.nodes().items().empty());
    handling.adopt(
        R"({"metadata":{"name":"n1","resourceVersion":"9"},"spec":{"unschedulable":true}})",
        watches);
    REQUIRE(watches.nodes().Find("n1") != nullptr);
    CHECK(watches.nodes().Find("n1")->unschedulable);
  }
}

TEST_CASE("the dry run of a cordon asks for the very same and changes nothing", "[core]") {
  const auto request = Of(kDryRunCordon);
  CHECK(request.method == Of(kCordon).method);
  CHECK(request.target == Of(kCordon).target + "&dryRun=All");
  CHECK(request.body == Of(kCordon).body);
  CHECK(HandlingOf(kDryRunCordon).adopt == nullptr);
  CHECK(HandlingOf(kDryRunCordon).undoes.empty());
  CHECK(OutcomeOf(kDryRunCordon, 422, Status("Invalid", "denied")) == Outcome::kInvalid);
  // Another manager keeps its field for good.
  CHECK(OutcomeOf(kDryRunCordon,
                  409,
                  Status("Conflict",
                         "conflict with kubectl",
                         R"({"causes":[{"reason":"FieldManagerConflict"}]})")) ==
        Outcome::kForbidden);
  CHECK(OutcomeOf(kDryRunCordon,
                  400,
                  Status("BadRequest", "admission webhook \\\"w\\\" does not support dry run")) ==
        Outcome::kUnjudged);
}

}  // namespace
}  // namespace cu::core
