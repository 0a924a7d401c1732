#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "model/database.hpp"
#include "model/managed_fields.hpp"
#include "model/target.hpp"
#include "model/watches.hpp"
#include "port/port.hpp"

namespace cu::simulation {

/// A ValidatingWebhookConfiguration that denies the evictions of some pods, with the answer that
/// its author chose.
struct EvictionWebhook {
  std::string app;  ///< label of the pods
  int code = 403;
  std::optional<std::chrono::seconds> retry_after;
  std::string words;
  std::string cause;  ///< reason of a cause, or ""
};

/// kube-apiserver, for the requests that the controller sends and no others. Answers are what
/// kube-apiserver 1.36.3 gives.
class ApiServer {
 public:
  ApiServer(Timeline& timeline, Database& database)
      : timeline_(timeline), database_(database), watches_(timeline, database) {}

  /// Every request but watches. `actor` goes into the write log.
  port::Response Serve(const port::Request& request, const std::string& actor);
  /// A watch: its id, or why not. Pre: the target is a watch.
  std::variant<std::uint64_t, port::Response> Watch(const port::Request& request, WatchSink sink);

  Watches& watches() { return watches_; }
  ManagedFields& managed_fields() { return managed_fields_; }
  /// Of GET /version.
  void set_version(std::string version) { version_ = std::move(version); }
  /// Evictions from this namespace are answered with 403 and cause NamespaceTerminating.
  void SetTerminating(const std::string& ns) { terminating_.insert(ns); }
  void ClearTerminating() { terminating_.clear(); }
  /// Revokes or grants a right: "create pods", "create pods/eviction", "delete pods", …
  void SetPermission(const std::string& right, bool granted);
  bool HasPermission(const std::string& right) const { return !denied_.contains(right); }
  /// It was revoked at some time, perhaps for a moment.
  bool WasRevoked(const std::string& right) const { return revoked_.contains(right); }
  /// Grants every right again, frees the quota, and admits evictions, Jobs, their pods and cordons.
  void RestoreAccess();
  /// Whether the quota of every namespace is used up, so that no pod can be created.
  void set_quota_full(bool full) { quota_full_ = full; }
  /// What admission refuses: every Job, every pod in the namespace of Jobs (but not the Job that
  /// asks for it), every cordon by apply.
  enum class Refused { kJobs, kJobPods, kCordons };
  /// Refuses with this message; "": no longer.
  void Refuse(Refused what, const std::string& message);
  /// Since when it has refused without interruption.
  std::optional<base::SteadyTime> refused_since(Refused what) const;
  /// Why no pod can be created in the namespace now, or "".
  std::string WhyNoPod(const std::string& ns) const;
  void set_eviction_webhook(std::optional<EvictionWebhook> webhook) {
    webhook_ = std::move(webhook);
  }
  /// Says whether a webhook for the creation of pods in a namespace cannot be reached.
  void set_unreachable_webhook(std::function<bool(const std::string& ns)> unreachable) {
    unreachable_webhook_ = std::move(unreachable);
  }
  /// Of GET /openid/v1/jwks; null: there is none.
  void set_key_set(std::function<Json()> key_set) { key_set_ = std::move(key_set); }
  /// All continue tokens expire: 410.
  void ExpirePages() { pages_.clear(); }
  std::uint64_t events_recorded() const { return events_.size(); }
  /// Requests that the model does not understand: a bug of the controller or of the model.
  const std::vector<std::string>& unexpected() const { return unexpected_; }

  /// What was wrong with statuses that the CRD's schema forbids.
  const std::vector<std::string>& invalid_statuses() const { return invalid_statuses_; }
  /// Of GET /version.
  const std::string& version() const { return version_; }

  static port::Response Failure(int code, const std::string& reason, const std::string& message);

 private:
  struct Snapshot {
    std::vector<ObjectPtr> objects;
    std::size_t next = 0;
    std::uint64_t version = 0;
  };
  std::optional<port::Response> Forbidden(const port::Request& request, const Target&) const;
  port::Response Unexpected(const port::Request& request, const std::string& why);
  port::Response Get(const Target& target, Kind kind) const;
  port::Response List(const Target& target, Kind kind);
  port::Response Post(const port::Request& request, const Target& target, const std::string& actor);
  port::Response CreateJob(const Target& target, Json job, const std::string& actor);
  port::Response CreatePod(const Target& target, Json pod, const std::string& actor);
  port::Response CreatePodTemplate(const Target& target, Json saved, const std::string& actor);
  port::Response Review(Json review) const;
  port::Response CreateEvent(const port::Request& request, const Target& target, const Json& event);
  port::Response CreateLease(const Target& target, Json lease, const std::string& actor);
  port::Response PutLease(const Target& target, Json lease, const std::string& actor);
  port::Response Delete(const Target& target, Kind kind, const Json& options, const std::string&);
  port::Response PatchUpgrade(const Target& target, const Json& patch, const std::string& actor);
  port::Response MergeJob(const Target& target, const Json& patch, const std::string& actor);
  port::Response MergeDeployment(const Target& target, const Json& patch, const std::string& actor);
  /// As kubectl does. The controller must not: a merge patch takes ownership of fields from others.
  port::Response MergeNode(const Target& target, const Json& patch, const std::string& actor);
  port::Response PatchNode(const Target& target, const Json& patch, const std::string& actor);
  port::Response ApplyNode(const Target& target, const Json& wanted, const std::string& actor);
  port::Response Evict(const Target& target, const Json& eviction, const std::string& actor);
  std::optional<port::Response> DeniedByWebhook(const Json& pod) const;
  std::optional<port::Response> SpendBudget(const Json& pod);
  port::Response DeletePod(const ObjectPtr& pod, const Json& options, const std::string& actor);

  Timeline& timeline_;
  Database& database_;
  Watches watches_;
  ManagedFields managed_fields_;
  std::string version_ = "v1.35.4";
  std::set<std::string> terminating_;
  std::set<std::string> denied_;
  std::set<std::string> revoked_;
  bool quota_full_ = false;
  std::function<bool(const std::string& ns)> unreachable_webhook_;
  std::optional<EvictionWebhook> webhook_;
  std::function<Json()> key_set_;
  struct Refusal {
    std::string message;
    base::SteadyTime since;
  };
  std::map<Refused, Refusal> refusals_;
  std::set<std::string> events_;
  std::map<std::string, Snapshot> pages_;
  std::uint64_t tokens_ = 0;
  std::vector<std::string> unexpected_;
  std::vector<std::string> invalid_statuses_;
};

}  // namespace cu::simulation
