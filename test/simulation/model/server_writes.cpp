#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "model/schema.hpp"
#include "model/server.hpp"

namespace cu::simulation {
namespace {

port::Response Missing(const Target& target) {
  return ApiServer::Failure(
      404, "NotFound", target.resource + " \"" + target.name + "\" not found");
}

port::Response Conflict(const std::string& message) {
  return ApiServer::Failure(409, "Conflict", message);
}

bool BreaksUidCondition(const Json& options, const Json& live) {
  const std::string uid = TextAt(options, {"preconditions", "uid"});
  return !uid.empty() && uid != UidOf(live);
}

/// Of one key and effect.
bool HasTaintTwice(const Json& node) {
  std::set<std::string> seen;
  const Json& taints = ValueAt(node, {"spec", "taints"});
  return std::any_of(taints.begin(), taints.end(), [&](const Json& taint) {
    return !seen.insert(TextAt(taint, {"key"}) + ":" + TextAt(taint, {"effect"})).second;
  });
}

}  // namespace

void ApiServer::Refuse(Refused what, const std::string& message) {
  if (message.empty()) {
    refusals_.erase(what);
  } else {
    refusals_.try_emplace(what, Refusal{message, timeline_.now()}).first->second.message = message;
  }
}

std::optional<base::SteadyTime> ApiServer::refused_since(Refused what) const {
  const auto found = refusals_.find(what);
  return found == refusals_.end() ? std::nullopt : std::optional(found->second.since);
}

port::Response ApiServer::CreateJob(const Target& target, Json job, const std::string& actor) {
  if (NameOf(job).empty() || !ValueAt(job, {"spec", "template", "spec", "containers"}).is_array()) {
    return Failure(422, "Invalid", "a Job needs a name and containers");
  }
  job["metadata"]["namespace"] = target.ns;
  if (const auto refusal = refusals_.find(Refused::kJobs); refusal != refusals_.end()) {
    return Failure(403,
                   "Forbidden",
                   "jobs.batch \"" + NameOf(job) + "\" is forbidden: " + refusal->second.message);
  }
  if (database_.Find(Kind::kJob, KeyOf(job)) != nullptr) {
    return Failure(409, "AlreadyExists", "jobs.batch \"" + NameOf(job) + "\" already exists");
  }
  job["metadata"]["generation"] = 1;
  if (target.Query("dryRun") == "All") {
    job["metadata"]["uid"] = "00000000-0000-4000-8000-000000000000";
    return {201, job.dump(), std::nullopt};
  }
  return {201, database_.Put(Kind::kJob, std::move(job), actor)->text(), std::nullopt};
}

port::Response ApiServer::Delete(const Target& target,
                                 Kind kind,
                                 const Json& options,
                                 const std::string& actor) {
  const ObjectPtr live = database_.Find(kind, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  if (BreaksUidCondition(options, live->value())) {
    return Conflict(
        "Precondition failed: UID in precondition: " + TextAt(options, {"preconditions", "uid"}) +
        ", UID in object meta: " + UidOf(live->value()));
  }
  if (kind == Kind::kPod) {
    return DeletePod(live, options, actor);
  }
  database_.Remove(kind, target.key(), actor);
  return {200, Json{{"kind", "Status"}, {"status", "Success"}}.dump(), std::nullopt};
}

port::Response ApiServer::PatchUpgrade(const Target& target,
                                       const Json& patch,
                                       const std::string& actor) {
  const ObjectPtr live = database_.Find(Kind::kUpgrade, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  Json patched;
  try {
    patched = live->value().patch(patch);
  } catch (const Json::exception& error) {
    return Failure(422, "Invalid", error.what());
  }
  if (TextAt(patched, {"metadata", "resourceVersion"}) !=
      TextAt(live->value(), {"metadata", "resourceVersion"})) {
    return Conflict("Operation cannot be fulfilled: the object has been modified");
  }
  Json result = live->value();
  if (target.subresource == "status") {
    result["status"] = patched["status"];
    const std::string problem = Schema::OfUpgrade().StatusProblem(result["status"]);
    if (!problem.empty()) {
      invalid_statuses_.push_back(problem);
      return Failure(422, "Invalid", "ClusterUpgrade is invalid: " + problem);
    }
  } else {
    if (patched["spec"] != result["spec"]) {
      return Failure(403, "Forbidden", "the controller may not write a spec");
    }
    const Json& wanted = ValueAt(patched, {"metadata", "finalizers"});
    if (IsDeleting(result) && wanted.size() > ValueAt(result, {"metadata", "finalizers"}).size()) {
      return Failure(422, "Invalid", "no new finalizers can be added while being deleted");
    }
    result["metadata"]["finalizers"] = wanted.is_null() ? Json::array() : wanted;
    if (IsDeleting(result) && wanted.empty()) {
      database_.Remove(Kind::kUpgrade, target.key(), actor);
      return {200, result.dump(), std::nullopt};
    }
  }
  return {200, database_.Put(Kind::kUpgrade, std::move(result), actor)->text(), std::nullopt};
}

port::Response ApiServer::MergeJob(const Target& target,
                                   const Json& patch,
                                   const std::string& actor) {
  const ObjectPtr live = database_.Find(Kind::kJob, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  const std::string uid = TextAt(patch, {"metadata", "uid"});
  if (!uid.empty() && uid != UidOf(live->value())) {
    return Conflict("Precondition failed: UID");
  }
  Json result = live->value();
  result.merge_patch(patch);
  return {200, database_.Put(Kind::kJob, std::move(result), actor)->text(), std::nullopt};
}

/// Another UID cannot be written: 422. Another resourceVersion: 409.
port::Response ApiServer::MergeDeployment(const Target& target,
                                          const Json& patch,
                                          const std::string& actor) {
  const ObjectPtr live = database_.Find(Kind::kDeployment, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  if (TextAt(patch, {"metadata", "uid"}) != UidOf(live->value())) {
    return Failure(422, "Invalid", "metadata.uid: field is immutable");
  }
  if (TextAt(patch, {"metadata", "resourceVersion"}) !=
      TextAt(live->value(), {"metadata", "resourceVersion"})) {
    return Conflict("the object has been modified");
  }
  Json result = live->value();
  result.merge_patch(patch);
  return {200, database_.Put(Kind::kDeployment, std::move(result), actor)->text(), std::nullopt};
}

port::Response ApiServer::MergeNode(const Target& target,
                                    const Json& patch,
                                    const std::string& actor) {
  const ObjectPtr live = database_.Find(Kind::kNode, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  Json result = live->value();
  result.merge_patch(patch);
  managed_fields_.RecordUpdate(UidOf(result), live->value(), result, actor);
  return {200, database_.Put(Kind::kNode, std::move(result), actor)->text(), std::nullopt};
}

port::Response ApiServer::PatchNode(const Target& target,
                                    const Json& patch,
                                    const std::string& actor) {
  const ObjectPtr live = database_.Find(Kind::kNode, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  Json result;
  try {
    result = live->value().patch(patch);
  } catch (const Json::exception& error) {
    return Failure(422, "Invalid", error.what());
  }
  if (TextAt(result, {"metadata", "resourceVersion"}) !=
      TextAt(live->value(), {"metadata", "resourceVersion"})) {
    return Conflict("Operation cannot be fulfilled: the object has been modified");
  }
  if (HasTaintTwice(result)) {
    return Failure(422, "Invalid", "spec.taints: Duplicate value");
  }
  if (ValueAt(result, {"spec", "taints"}).empty()) {
    result["spec"].erase("taints");
  }
  managed_fields_.RecordUpdate(UidOf(result), live->value(), result, actor);
  return {200, database_.Put(Kind::kNode, std::move(result), actor)->text(), std::nullopt};
}

port::Response ApiServer::ApplyNode(const Target& target,
                                    const Json& wanted,
                                    const std::string& actor) {
  const std::string manager = target.Query("fieldManager");
  if (manager.empty() || NameOf(wanted) != target.name) {
    return Failure(400, "BadRequest", "apply needs a fieldManager and the object's name");
  }
  const std::string uid = UidOf(wanted);
  const ObjectPtr live = database_.Find(Kind::kNode, target.key());
  if (live == nullptr) {
    if (!uid.empty()) {
      return Conflict("Precondition failed: UID in precondition: " + uid +
                      ", UID in object meta: ");
    }
    Json created = wanted;
    created["status"] = Json::object();
    return {201, database_.Put(Kind::kNode, std::move(created), actor)->text(), std::nullopt};
  }
  if (!uid.empty() && uid != UidOf(live->value())) {
    return Failure(422, "Invalid", "metadata.uid: Invalid value: field is immutable");
  }
  const std::string planned = TextAt(wanted, {"metadata", "resourceVersion"});
  if (!planned.empty() && planned != TextAt(live->value(), {"metadata", "resourceVersion"})) {
    return Conflict("Operation cannot be fulfilled: the object has been modified");
  }
  if (const auto refusal = refusals_.find(Refused::kCordons);
      refusal != refusals_.end() && IsCordoned(wanted)) {
    return Failure(
        422, "Invalid", "nodes \"" + target.name + "\" is forbidden: " + refusal->second.message);
  }
  const bool dry_run = target.Query("dryRun") == "All";
  Json result = live->value();
  ManagedFields tried = managed_fields_;
  ManagedFields& fields = dry_run ? tried : managed_fields_;
  const std::vector<std::string> conflicts = fields.Apply(result, wanted, manager);
  if (!conflicts.empty()) {
    port::Response refused = Conflict("Apply failed with 1 conflict: " + conflicts.front());
    Json body = Json::parse(refused.body);
    for (const std::string& field : conflicts) {
      body["details"]["causes"].push_back(
          {{"reason", "FieldManagerConflict"}, {"message", "conflict"}, {"field", "." + field}});
    }
    refused.body = body.dump();
    return refused;
  }
  if (dry_run) {
    return {200, result.dump(), std::nullopt};
  }
  if (managed_fields_.ownership_changed()) {
    // managedFields are part of the object: a change of ownership alone is a write too.
    const std::int64_t seen = NumberAt(result, {"metadata", "managedFieldsChanges"});
    result["metadata"]["managedFieldsChanges"] = seen + 1;
  }
  return {200, database_.Put(Kind::kNode, std::move(result), actor)->text(), std::nullopt};
}

}  // namespace cu::simulation
