#include "promises.hpp"

#include <algorithm>
#include <utility>

#include "api/marks.hpp"

namespace cu::simulation {

using std::chrono::seconds;

Promises::Promises(Cluster& cluster, std::string upgrade, Duration view_lag)
    : cluster_(cluster),
      drain_(
          cluster, upgrade, view_lag, [this](const auto& p, const auto& text) { Break(p, text); }),
      saved_(cluster, view_lag, [this](const auto& p, const auto& text) { Break(p, text); }),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void Promises::Break(const std::string& promise, const std::string& text) {
  if (!violation_) {
    violation_ = Violation{promise, text};
  }
}

bool Promises::Old(base::SteadyTime since) const {
  return cluster_.timeline.now() - since > view_lag_;
}

Json Promises::Upgrade() const {
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, upgrade_);
  return upgrade == nullptr ? Json() : upgrade->value();
}

void Promises::OnBegin(const Call& call) {
  CheckPatience(call);
  if (!call.mutating || call.lease) {
    return;
  }
  ++writes_;
  last_write_ = cluster_.timeline.now();
  last_write_text_ = call.process + " " + call.request.target;
  CheckTerm(call);
  drain_.OnBegin(call);
  saved_.OnBegin(call);
  const Target& target = call.target;
  const bool dry_run = target.Query("dryRun") == "All";
  if (target.resource == "nodes" && call.request.method == port::Method::kApply) {
    CheckCordon(call);
  } else if (target.resource == "jobs" && call.request.method == port::Method::kPost && !dry_run) {
    CheckJob(call);
  } else if (target.resource == "pods" && !target.name.empty()) {
    CheckEviction(call);
  }
  if (!cluster_.server.unexpected().empty()) {
    Break("model", cluster_.server.unexpected().front());
  }
}

/// P10: nothing that changes anything begins more than 10 s after the beginning of the last
/// renewal that was applied.
void Promises::CheckTerm(const Call& call) {
  const auto term = terms_.find(call.process);
  if (term == terms_.end() || call.begun > term->second) {
    Break("P10", call.process + " acts outside its term: " + call.request.target);
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

/// P14: a call that was told to wait is not repeated sooner, and an overloaded server hears
/// nothing but Lease calls.
void Promises::CheckPatience(const Call& call) {
  if (call.lease) {
    return;
  }
  for (const std::string& key : {call.process, call.process + " " + call.request.target}) {
    const auto until = patience_.find(key);
    if (until != patience_.end() && call.begun < until->second) {
      Break("P14", call.process + " asks before Retry-After is over: " + call.request.target);
    }
  }
}

void Promises::OnDelivered(const Call& call, const port::Response& response) {
  // So late the caller has given it up, and may not look at the answer any more.
  if (!response.retry_after || cluster_.timeline.now() - call.begun >= seconds{10}) {
    return;
  }
  const base::SteadyTime until = cluster_.timeline.now() + *response.retry_after;
  const bool eviction = call.target.subresource == "eviction" && response.status == 429;
  const bool all = !eviction && !call.lease;
  news_[all ? call.process : call.process + " " + call.request.target] = until;
}

void Promises::OnBatch(const std::string& process, std::size_t /*size*/) {
  for (const auto& [key, until] : news_) {
    if (key == process || key.starts_with(process + " ")) {
      patience_[key] = std::max(patience_[key], until);
    }
  }
  std::erase_if(news_, [&](const auto& entry) {
    return entry.first == process || entry.first.starts_with(process + " ");
  });
}

void Promises::OnSeen(const std::string& process, Kind kind, std::uint64_t version) {
  Halt& halt = halts_[process];
  if (kind != Kind::kUpgrade || version <= halt.seen) {
    return;
  }
  halt.seen = version;
  const auto wish = std::find_if(
      wishes_.rbegin(), wishes_.rend(), [&](const Wish& w) { return w.version <= version; });
  if (wish == wishes_.rend() || (!wish->paused && !wish->deleting)) {
    halt.since.reset();
  } else if (!halt.since) {
    halt.since = cluster_.timeline.now();
  }
}

/// P12: a second after the wish was seen nothing disruptive begins any more.
void Promises::CheckHalt(const Call& call, const std::string& what) {
  const Halt& halt = halts_[call.process];
  if (halt.since && call.begun > *halt.since + seconds{1}) {
    Break("P12", call.process + " goes on after pause or deletion: " + what);
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

void Promises::OnNode(const Change& change) {
  if (change.after == nullptr) {
    machines_.erase(change.key);
    return;
  }
  const Json& node = change.after->value();
  const bool ours = change.actor.find('/') != std::string::npos;
  const base::SteadyTime now = change.time;
  if (change.before == nullptr && ours) {
    Break("P7", "a ghost of node " + change.key + " was created");
  }
  Machine& machine = machines_[change.key];
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  if (machine.uid != UidOf(node)) {
    machine = Machine{UidOf(node), now, {}, {}, now, now, false};
  }
  const std::string mark(api::kCordonedBy);
  const bool marked = !ValueAt(node, {"metadata", "annotations", mark.c_str()}).is_null();
  if (!marked) {
    machine.marked_since.reset();
  } else if (!machine.marked_since) {
    machine.marked_since = now;
  }
  if (IsReadyNode(node)) {
    machine.not_ready_since.reset();
  } else if (!machine.not_ready_since) {
    machine.not_ready_since = now;
  }
  if (ValueAt(node, {"metadata", "labels"}) != ValueAt(before, {"metadata", "labels"})) {
    machine.scope_since = now;
  }
  if (KubeletVersion(node) != KubeletVersion(before)) {
    machine.version_since = now;
  }
  const bool was = IsCordoned(before);
  const bool is = IsCordoned(node);
  if (was && !is && ours && machine.human_cordon) {
    Break("P3", "a human's cordon of " + change.key + " was lifted by " + change.actor);
  }
  if (was != is && !ours) {
    machine.human_cordon = is;
  }
}

/// One of the marks for load balancers and autoscalers.
bool Promises::CarriesOptionalMark(const std::string& uid) const {
  const std::string manager(api::kMarksFieldManager);
  const ManagedFields& fields = cluster_.server.managed_fields();
  return fields.Owns(
             uid, manager, "metadata.labels." + std::string(api::kExcludeFromLoadBalancers)) ||
         fields.Owns(
             uid, manager, "metadata.annotations." + std::string(api::kScaleDownDisabled)) ||
         fields.Owns(uid, manager, "metadata.annotations." + std::string(api::kDoNotDisrupt));
}

/// P3: at the end no mark of ours is left unless it is reported.
void Promises::CheckEnd() {
  saved_.CheckEnd();
  const Json upgrade = Upgrade();
  for (const auto& [name, machine] : machines_) {
    const ObjectPtr node = cluster_.database.Find(Kind::kNode, name);
    const std::string keep(api::kKeepCordoned);
    const bool kept = TextAt(node->value(), {"metadata", "annotations", keep.c_str()}) == "true";
    const bool left =
        machine.marked_since || (IsCordoned(node->value()) && !machine.human_cordon && !kept);
    const bool reported = !EntryOf(upgrade, "failures", machine.uid).is_null() ||
                          !EntryOf(upgrade, "inProgress", machine.uid).is_null();
    if (left && !reported) {
      Break("P3", "the cordon of " + name + " was neither lifted nor reported");
    }
    if (CarriesOptionalMark(machine.uid) && !reported) {
      Break("P3", "the optional marks of " + name + " were left behind");
    }
  }
}

}  // namespace cu::simulation
