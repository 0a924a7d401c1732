#pragma once
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/actions/access_actions.hpp"
#include "core/actions/job_actions.hpp"
#include "core/actions/judgement.hpp"
#include "core/actions/node_actions.hpp"
#include "core/actions/pod_actions.hpp"
#include "core/actions/upgrade_actions.hpp"

/// Actions, and the answers that a server gives to them.
namespace cu::core {

using Json = nlohmann::json;

template <class A>
port::Request Of(const A& action) {
  const auto request = RequestFor(action, {"jobs", "up", "77"});
  REQUIRE(request.ok());
  return *request;
}

inline port::Response Reply(int code, const std::string& body) {
  return {code, body, std::nullopt};
}

inline std::string Status(const std::string& reason,
                          const std::string& message,
                          const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" +
         message + R"(","reason":")" + reason + R"(","details":)" + details + R"(,"code":0})";
}

template <class A>
Judgement Judged(const A& action, const port::Response& response) {
  return Judge(HandlingOf(action), response);
}
template <class A>
planner::Outcome OutcomeOf(const A& action, int code, const std::string& body) {
  return Judged(action, Reply(code, body)).outcome;
}

/// What kube-apiserver makes of a webhook's denial: code, reason and details are the webhook's.
inline std::string Denial(const std::string& words,
                          const std::string& reason = "",
                          const std::string& details = "{}") {
  return Status(
      reason, R"(admission webhook \"evict.example.com\" denied the request: )" + words, details);
}

inline const std::string kBudgetCause =
    R"({"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web needs 2 healthy pods and has 2 currently"}]})";

inline const planner::CordonNode kCordon{"n1", "uid-1", "up/uid-up", ""};
inline const planner::CordonNode kDryRunCordon{"n1", "uid-1", "up/uid-up", "", true};
inline const planner::CordonNode kAnnounce{"n1", "uid-1", "up/uid-up", "v1.36.3"};
inline const planner::CordonNode kKeepCordon{"n1", "uid-1", "", ""};
inline const planner::ReleaseNode kRelease{"n1", "uid-1", "5"};
inline const planner::SetNodeHints kSetHints{"n1", "uid-1", true, true, true};
inline const planner::SetNodeHints kClearHints{"n1", "uid-1"};
inline const planner::SetOutdatedTaint kTaint{"n1", "uid-1", "5", "uid-up", {}, false};
inline const planner::SetOutdatedTaint kUntaint{"n1", "uid-1", "5", "uid-up", 3, false};
inline const planner::EvictPod kEvict{"team", "web-0", "uid-p", 5, {}};
inline const planner::DeletePod kDeletePod{"team", "web-0", "uid-p"};
inline const planner::DeleteJob kDeleteJob{"cu-n1", "uid-j"};
inline const planner::ExpireJob kExpireJob{"cu-n1", "uid-j", 3600};
inline const planner::SetFinalizer kSetFinalizer{"up", "uid-up", {"clusterupgrade.io/release"}};
inline const planner::CheckAccess kCheckAccess{"create", "pods"};

inline planner::CreateJob JobToCreate(bool dry_run = false) {
  planner::CreateJob action;
  action.job.name = "cu-n1";
  action.job.node = "n1";
  action.job.upgrade = "up";
  action.job.version = "v1.36.3";
  action.job.pod_template = R"({"spec":{"containers":[{"name":"c","image":"i"}]}})";
  action.dry_run = dry_run;
  return action;
}
inline const planner::CreateJob kCreateJob = JobToCreate();
inline const planner::CreateJob kDryRunJob = JobToCreate(true);

inline const planner::RehearsePod kDryRunPod{kCreateJob.job, ""};

inline planner::SavePodTemplate PodToSave() {
  return {{"team", "saved-1", "web-0", "uid-p", "n1", "up", "uid-up", R"({"spec":{}})"}};
}
inline const planner::SavePodTemplate kSavePod = PodToSave();
inline const planner::RecreatePod kRecreatePod{"team", "web-0", "uid-p", R"({"spec":{}})", "d"};
inline const planner::DeletePodTemplate kDeletePodTemplate{"team", "saved-1", "uid-t"};

}  // namespace cu::core
