#include <utility>

#include "model/workloads.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The Job controller, for Jobs of one pod and backoffLimit 0.
void Workloads::OnJob(const Change& change) {
  const std::string uid = UidOf(change.object->value());
  if (change.before == nullptr) {
    timeline_.After(rng_.Between(milliseconds{50}, seconds{2}),
                    [this, key = change.key, uid] { StartJob(key, uid); });
    return;
  }
  if (change.after == nullptr) {
    // Background deletion: the garbage collector deletes the pods.
    timeline_.After(rng_.Between(milliseconds{50}, seconds{3}), [this, uid] {
      std::vector<std::string> keys;
      for (const auto& [key, pod] : database_.All(Kind::kPod)) {
        if (OwnerField(pod->value(), "uid") == uid && !IsDeleting(pod->value())) {
          keys.push_back(key);
        }
      }
      for (const std::string& key : keys) {
        const ObjectPtr pod = database_.Find(Kind::kPod, key);
        if (IsFinishedPod(pod->value())) {
          database_.Remove(Kind::kPod, key, "gc");
          continue;
        }
        database_.Edit(Kind::kPod, key, "gc", [&](Json& value) {
          value["metadata"]["deletionTimestamp"] = base::FormatTime(timeline_.wall() + seconds{5});
          value["metadata"]["deletionGracePeriodSeconds"] = 5;
        });
      }
    });
    return;
  }
  const Json& ttl = ValueAt(change.after->value(), {"spec", "ttlSecondsAfterFinished"});
  const bool finished = ConditionOf(change.after->value(), "Complete") == "True" ||
                        ConditionOf(change.after->value(), "Failed") == "True";
  if (finished && ttl.is_number_integer()) {
    timeline_.After(seconds{ttl.get<std::int64_t>()},
                    [this, key = change.key, uid] { DeleteExpiredJob(key, uid); });
  }
}

void Workloads::StartJob(const std::string& key, const std::string& uid) {
  const ObjectPtr job = database_.Find(Kind::kJob, key);
  if (job == nullptr || UidOf(job->value()) != uid) {
    return;
  }
  if (why_no_pod_ && !why_no_pod_(NamespaceOf(job->value())).empty()) {
    // FailedCreate: an Event that nobody reads, and another try.
    timeline_.After(rng_.Between(seconds{1}, seconds{20}),
                    [this, key, uid] { StartJob(key, uid); });
    return;
  }
  const Json& pod_template = ValueAt(job->value(), {"spec", "template"});
  Json pod{
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata",
       {{"name", NameOf(job->value()) + "-" + std::to_string(++names_)},
        {"namespace", NamespaceOf(job->value())},
        {"labels", ValueAt(pod_template, {"metadata", "labels"})},
        {"annotations", ValueAt(pod_template, {"metadata", "annotations"})},
        {"ownerReferences",
         {{{"kind", "Job"}, {"name", NameOf(job->value())}, {"uid", uid}, {"controller", true}}}}}},
      {"spec", ValueAt(pod_template, {"spec"})},
      {"status", {{"phase", "Pending"}}}};
  if (!pod["metadata"]["labels"].is_object()) {
    pod["metadata"]["labels"] = Json::object();
  }
  pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] = NameOf(job->value());
  database_.Put(Kind::kPod, std::move(pod), "job-controller");
}

void Workloads::OnJobPod(const Change& change) {
  const Json& pod = change.object->value();
  const bool gone = change.after == nullptr;
  if (!gone && !IsFinishedPod(pod)) {
    return;
  }
  const bool complete = TextAt(pod, {"status", "phase"}) == "Succeeded";
  const std::string key = NamespaceOf(pod) + "/" + OwnerField(pod, "name");
  timeline_.After(
      rng_.Between(milliseconds{100}, seconds{2}),
      [this, key, uid = OwnerField(pod, "uid"), complete] { FinishJob(key, uid, complete); });
}

void Workloads::FinishJob(const std::string& key, const std::string& uid, bool complete) {
  const ObjectPtr job = database_.Find(Kind::kJob, key);
  if (job == nullptr || UidOf(job->value()) != uid ||
      !ValueAt(job->value(), {"status", "conditions"}).empty()) {
    return;
  }
  database_.Edit(Kind::kJob, key, "job-controller", [&](Json& value) {
    SetCondition(value,
                 complete ? "Complete" : "Failed",
                 "True",
                 complete ? "CompletionsReached" : "BackoffLimitExceeded",
                 timeline_.wall());
  });
}

void Workloads::DeleteExpiredJob(const std::string& key, const std::string& uid) {
  const ObjectPtr job = database_.Find(Kind::kJob, key);
  if (job != nullptr && UidOf(job->value()) == uid) {
    database_.Remove(Kind::kJob, key, "ttl-controller");
  }
}

}  // namespace cu::simulation
