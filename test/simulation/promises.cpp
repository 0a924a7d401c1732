#include "promises.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"

namespace cu::simulation {
namespace {

/// Such an answer is its author's, whatever the code: it binds nothing but the same request.
bool IsOfWebhook(const port::Response& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  return body.is_object() && TextAt(body, {"message"}).starts_with("admission webhook ");
}

/// The same request of the same process; a pod that comes back under its name has another UID.
std::string KeyOfRequest(const Call& call) {
  return call.process + " " + call.request.target + " " + call.request.body;
}

/// Ends the key of a wait for a budget: without one there is nothing to wait for.
constexpr const char* kOfBudget = " budget";

bool UnderBudget(const Cluster& cluster, const std::string& pod_key) {
  const ObjectPtr pod = cluster.database.Find(Kind::kPod, pod_key);
  if (pod == nullptr) {
    return false;
  }
  const auto& budgets = cluster.database.All(Kind::kBudget);
  return std::any_of(budgets.begin(), budgets.end(), [&](const auto& entry) {
    return BudgetSelects(entry.second->value(), pod->value());
  });
}

}  // namespace

using std::chrono::seconds;

Promises::Promises(Cluster& cluster, std::string upgrade, Duration view_lag)
    : cluster_(cluster),
      drain_(
          cluster, upgrade, view_lag, [this](const auto& p, const auto& text) { Report(p, text); }),
      saved_(cluster, view_lag, [this](const auto& p, const auto& text) { Report(p, text); }),
      recovery_(
          cluster, upgrade, view_lag, [this](const auto& p, const auto& text) { Report(p, text); }),
      node_promises_(
          cluster, upgrade, view_lag, [this](const auto& p, const auto& text) { Report(p, text); }),
      taints_(
          cluster, upgrade, view_lag, [this](const auto& p, const auto& text) { Report(p, text); }),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void Promises::Report(const std::string& promise, const std::string& text) {
  if (!violation_) {
    violation_ = Violation{promise, text};
  }
}

bool Promises::OlderThanView(base::SteadyTime since) const {
  return cluster_.timeline.now() - since > view_lag_;
}

void Promises::OnBegin(const Call& call) {
  CheckRetryAfter(call);
  if (!call.mutating || call.lease) {
    return;
  }
  ++writes_;
  last_write_ = cluster_.timeline.now();
  last_write_text_ = call.process + " " + call.request.target;
  CheckTerm(call);
  const Target& target = call.target;
  if (target.Query("dryRun") == "All") {
    CheckModel();
    return;
  }
  drain_.OnBegin(call);
  saved_.OnBegin(call);
  node_promises_.OnBegin(call);
  if (target.resource == "nodes" && call.request.method == port::Method::kApply) {
    CheckCordon(call);
  } else if (target.resource == "jobs" && call.request.method == port::Method::kPost) {
    CheckJob(call);
  } else if (target.resource == "pods" && !target.name.empty()) {
    CheckEviction(call);
  } else if (target.resource == "clusterupgrades" && target.subresource == "status") {
    CheckBeginnings(call);
  }
  CheckModel();
}

void Promises::CheckModel() {
  if (!cluster_.server.unexpected().empty()) {
    Report("model", cluster_.server.unexpected().front());
  }
  if (!cluster_.server.invalid_statuses().empty()) {
    Report("P17", "the CRD forbids a status: " + cluster_.server.invalid_statuses().front());
  }
}

/// P10: no mutating call begins more than 10 s after the begin of the last renewal of the Lease
/// that was applied.
void Promises::CheckTerm(const Call& call) {
  const auto term = terms_.find(call.process);
  if (term == terms_.end() || call.begun > term->second) {
    Report("P10", call.process + " acts outside its term: " + call.request.target);
  }
}

void Promises::OnServed(const Call& call, const port::Response& response) {
  saved_.OnServed(call, response);
  const std::string held = R"("holderIdentity":")" + call.process + "\"";
  if (call.lease && call.mutating && response.status < 300 &&
      response.body.find(held) != std::string::npos) {
    terms_[call.process] = std::max(terms_[call.process], call.begun + seconds{10});
  }
}

/// P14: a call is not repeated before its Retry-After is over, and an overloaded server gets no
/// calls but those to the Lease.
void Promises::CheckRetryAfter(const Call& call) {
  if (call.lease) {
    return;
  }
  const bool budget = UnderBudget(cluster_, call.target.key());
  for (const std::string& key :
       {call.process, KeyOfRequest(call), KeyOfRequest(call) + (budget ? kOfBudget : "")}) {
    const auto until = retry_after_.find(key);
    if (until != retry_after_.end() && call.begun < until->second) {
      Report("P14", call.process + " asks before Retry-After is over: " + call.request.target);
    }
  }
}

void Promises::OnDelivered(const Call& call, const port::Response& response) {
  node_promises_.OnDelivered(call, response);
  // The caller has given up a call after that time, and ignores the response.
  if (!response.retry_after || cluster_.timeline.now() - call.begun >= seconds{10}) {
    return;
  }
  const base::SteadyTime until = cluster_.timeline.now() + *response.retry_after;
  const bool webhook = IsOfWebhook(response);
  const bool budget = !webhook && call.target.subresource == "eviction" && response.status == 429;
  const bool all = !webhook && !budget && !call.lease;
  received_retry_after_[all ? call.process : KeyOfRequest(call) + (budget ? kOfBudget : "")] =
      until;
}

void Promises::OnBatch(const std::string& process, std::size_t /*size*/) {
  for (const auto& [key, until] : received_retry_after_) {
    if (key == process || key.starts_with(process + " ")) {
      retry_after_[key] = std::max(retry_after_[key], until);
    }
  }
  std::erase_if(received_retry_after_, [&](const auto& entry) {
    return entry.first == process || entry.first.starts_with(process + " ");
  });
}

void Promises::OnSeen(const std::string& process, Kind kind, std::uint64_t version) {
  node_promises_.OnSeen(process, kind, version);
  StopRequest& stop = stop_requests_[process];
  if (kind != Kind::kUpgrade || version <= stop.seen) {
    return;
  }
  stop.seen = version;
  const auto requested = std::find_if(
      requested_states_.rbegin(), requested_states_.rend(), [&](const RequestedState& state) {
        return state.version <= version;
      });
  if (requested == requested_states_.rend() || (!requested->paused && !requested->deleting)) {
    stop.since.reset();
  } else if (!stop.since) {
    stop.since = cluster_.timeline.now();
  }
}

void Promises::OnRestore() {
  node_promises_.OnRestore();
  for (RequestedState& state : requested_states_) {
    state.version = 0;
  }
  for (auto& [process, stop] : stop_requests_) {
    stop.seen = 0;
  }
}

/// P12: a second after a pause or a deletion was seen, nothing disruptive begins any more.
void Promises::CheckStopRequest(const Call& call, const std::string& what) {
  const StopRequest& stop = stop_requests_[call.process];
  if (stop.since && call.begun > *stop.since + seconds{1}) {
    Report("P12", call.process + " goes on after pause or deletion: " + what);
  }
}

void Promises::OnChange(const Change& change) {
  if (change.kind == Kind::kPod && change.after == nullptr) {
    pods_.erase(change.key);
  } else if (change.kind == Kind::kPod) {
    pods_.try_emplace(change.key, change.time);
  } else if (change.kind == Kind::kNode) {
    OnNode(change);
  } else if (change.kind == Kind::kUpgrade && change.key == upgrade_) {
    OnUpgrade(change);
  }
}

/// Its place is taken until a node joins its pool.
void Promises::OnNodeGone(const Change& change) {
  const Json upgrade = Upgrade();
  const Json& entry = EntryOf(upgrade, "inProgress", UidOf(change.before->value()));
  if (TextAt(entry, {"executor"}) == "External" && TextAt(entry, {"step"}) != "Uncordoning") {
    missing_[TextAt(entry, {"uid"})] = {TextAt(entry, {"pool"}), change.time};
  }
}

/// A node that has joined takes the place of one that was deleted before.
void Promises::TakePlace(const Json& node, base::SteadyTime joined) {
  const std::string pool = PoolOf(Upgrade(), node);
  if (missing_.empty() || successors_.contains({UidOf(node), pool})) {
    return;
  }
  const auto missing = std::find_if(missing_.begin(), missing_.end(), [&](const auto& one) {
    return one.second.pool == pool && one.second.since <= joined;
  });
  if (missing != missing_.end()) {
    missing_.erase(missing);
    successors_.insert({UidOf(node), pool});
  }
}

void Promises::OnNode(const Change& change) {
  if (change.after == nullptr) {
    OnNodeGone(change);
    nodes_.erase(change.key);
    return;
  }
  const Json& node = change.after->value();
  const bool by_controller = change.actor.find('/') != std::string::npos;
  const base::SteadyTime now = change.time;
  if (change.before == nullptr && by_controller) {
    Report("P7", "a Node object " + change.key + " without a machine was created");
  }
  NodeState& state = nodes_[change.key];
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  if (state.uid != UidOf(node)) {
    state = NodeState{UidOf(node), now, {}, {}, now, now, false, now};
  }
  TakePlace(node, state.since);
  const std::string mark(api::kCordonedBy);
  const bool marked = !ValueAt(node, {"metadata", "annotations", mark.c_str()}).is_null();
  if (!marked) {
    state.marked_since.reset();
  } else if (!state.marked_since) {
    state.marked_since = now;
  }
  if (IsReadyNode(node)) {
    state.ready_since = state.not_ready_since ? now : state.ready_since;
    state.not_ready_since.reset();
  } else if (!state.not_ready_since) {
    state.not_ready_since = now;
  }
  if (ValueAt(node, {"metadata", "labels"}) != ValueAt(before, {"metadata", "labels"})) {
    state.scope_since = now;
  }
  if (KubeletVersion(node) != KubeletVersion(before)) {
    state.version_since = now;
  }
  const bool was = IsCordoned(before);
  const bool is = IsCordoned(node);
  if (was && !is && by_controller && state.human_cordon) {
    Report("P3", "a user's cordon of " + change.key + " was removed by " + change.actor);
  }
  if (was != is && !by_controller) {
    state.human_cordon = is;
  }
}

/// One of the annotations and labels for load balancers and autoscalers.
bool Promises::CarriesOptionalMark(const std::string& uid) const {
  const std::string manager(api::kHintsFieldManager);
  const ManagedFields& fields = cluster_.server.managed_fields();
  return fields.Owns(
             uid, manager, "metadata.labels." + std::string(api::kExcludeFromLoadBalancers)) ||
         fields.Owns(
             uid, manager, "metadata.annotations." + std::string(api::kScaleDownDisabled)) ||
         fields.Owns(uid, manager, "metadata.annotations." + std::string(api::kDoNotDisrupt));
}

/// P3: at the end none of our annotations and labels is left unless it is reported.
void Promises::CheckEnd() {
  saved_.CheckEnd();
  taints_.CheckEnd();
  const Json upgrade = Upgrade();
  for (const auto& [name, state] : nodes_) {
    const ObjectPtr node = cluster_.database.Find(Kind::kNode, name);
    const std::string keep(api::kKeepCordoned);
    const bool kept = TextAt(node->value(), {"metadata", "annotations", keep.c_str()}) == "true";
    const bool left =
        state.marked_since || (IsCordoned(node->value()) && !state.human_cordon && !kept);
    const bool reported = !EntryOf(upgrade, "failures", state.uid).is_null() ||
                          !EntryOf(upgrade, "inProgress", state.uid).is_null();
    if (left && !reported) {
      Report("P3", "the cordon of " + name + " was neither removed nor reported");
    }
    if (CarriesOptionalMark(state.uid) && !reported) {
      Report("P3", "the optional annotations of " + name + " were left behind");
    }
  }
}

}  // namespace cu::simulation
