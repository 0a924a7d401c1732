#include "codec/encode/token_refresh_body.hpp"

#include "api/names.hpp"
#include "api/reasons.hpp"
#include "codec/encode/put.hpp"

namespace cu::codec {
namespace {

Json WriteKeys(const api::TokenKeys& keys) {
  Json object = Json::object();
  PutText(object, "signer", keys.signer);
  PutText(object, "issuer", keys.issuer);
  PutList(object, "verifying", keys.verifying, WriteText);
  PutList(object, "authorities", keys.authorities, WriteText);
  PutTime(object, "since", keys.since);
  return object;
}

Json WriteReason(const api::TokenChangeReason& reason) {
  return api::FindName(api::kTokenChangeReasons, reason);
}

Json WriteChange(const api::TokenChange& change) {
  Json object = {{"urgency", api::FindName(api::kTokenUrgencies, change.urgency)},
                 {"seenTime", base::FormatTime(change.seen)}};
  PutList(object, "reasons", change.reasons, WriteReason);
  PutList(object, "oldSigners", change.old_signers, WriteText);
  PutText(object, "settledBy", api::FindName(api::kSettledBy, change.settled_by));
  PutTime(object, "since", change.since);
  PutTime(object, "authoritySince", change.authority_since);
  PutTime(object, "completionTime", change.completed);
  return object;
}

Json WriteWorkload(const api::Workload& workload) {
  return {{"kind", workload.kind}, {"namespace", workload.ns}, {"name", workload.name}};
}

Json WriteWork(const api::WorkloadInWork& entry) {
  Json object = WriteWorkload(entry.workload);
  object["method"] = api::FindName(api::kRefreshMethods, entry.method);
  object["pods"] = entry.pods;
  object["old"] = entry.old;
  object["left"] = entry.left;
  object["startTime"] = base::FormatTime(entry.start);
  object["progressTime"] = base::FormatTime(entry.progress);
  PutText(object, "message", entry.message);
  return object;
}

Json WriteFailure(const api::FailedWorkload& failure) {
  Json object = WriteWorkload(failure.workload);
  object["reason"] = api::NameOf(failure.reason);
  object["time"] = base::FormatTime(failure.time);
  PutText(object, "message", failure.message);
  return object;
}

}  // namespace

Json WriteTokenRefresh(const api::TokenRefreshStatus& status) {
  Json object = Json::object();
  PutText(object, "phase", api::FindName(api::kTokenPhases, status.phase));
  object["keys"] = WriteKeys(status.keys);
  if (status.change) {
    object["change"] = WriteChange(*status.change);
  }
  if (status.look_time) {
    object["pods"] = {{"stale", status.pods.stale},
                      {"current", status.pods.current},
                      {"skipped", status.pods.skipped}};
  }
  PutTime(object, "lookTime", status.look_time);
  PutList(object, "laggards", status.laggards, WriteText);
  PutCount(object, "round", status.round);
  PutCount(object, "workloadsReplaced", status.replaced);
  PutList(object, "inProgress", status.in_progress, WriteWork);
  PutList(object, "failures", status.failures, WriteFailure);
  PutCount(object, "laggardsTotal", status.laggards_total);
  PutList(object, "droppable", status.droppable, WriteText);
  return object;
}

}  // namespace cu::codec
