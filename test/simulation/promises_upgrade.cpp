#include <algorithm>
#include <utility>

#include "api/labels.hpp"
#include "promises.hpp"

namespace cu::simulation {
namespace {

const std::string kControlPlane = "control-plane";
/// P17: of the object with its status, as JSON.
constexpr std::size_t kLargestUpgrade = 256U * 1024U;

bool HasLabel(const Json& node, const char* label) {
  return !ValueAt(node, {"metadata", "labels", label}).is_null();
}

}  // namespace

const Json& Promises::EntryOf(const Json& upgrade, const char* list, const std::string& uid) {
  static const Json kNone;
  for (const Json& entry : ValueAt(upgrade, {"status", list})) {
    if (TextAt(entry, {"uid"}) == uid) {
      return entry;
    }
  }
  return kNone;
}

bool Promises::InScope(const Json& upgrade, const Json& node) const {
  const std::string exclude(api::kExclude);
  return TextAt(node, {"metadata", "labels", exclude.c_str()}) != "true" && !IsDeleting(node) &&
         !IsVirtual(node) && !IsOfOtherSystem(upgrade, node) && !PoolOf(upgrade, node).empty();
}

/// A node that does not run linux is taken by an external tool alone, and where a pool names it.
bool Promises::IsOfOtherSystem(const Json& upgrade, const Json& node) {
  if (TextAt(node, {"metadata", "labels", "kubernetes.io/os"}) == "linux") {
    return false;
  }
  const Json& pools = ValueAt(upgrade, {"spec", "pools"});
  return TextAt(upgrade, {"spec", "executor", "type"}) != "External" ||
         std::none_of(pools.begin(), pools.end(), [&](const Json& pool) {
           const Json& selector = ValueAt(pool, {"nodeSelector"});
           return !selector.is_null() && Selects(selector, ValueAt(node, {"metadata", "labels"}));
         });
}

std::string Promises::PoolOf(const Json& upgrade, const Json& node) const {
  if (IsControlPlane(node) || HasLabel(node, "node-role.kubernetes.io/etcd")) {
    return kControlPlane;
  }
  const Json& pools = ValueAt(upgrade, {"spec", "pools"});
  if (pools.empty()) {
    return "workers";
  }
  for (const Json& pool : pools) {
    const Json& selector = ValueAt(pool, {"nodeSelector"});
    if (selector.is_null() || Selects(selector, ValueAt(node, {"metadata", "labels"}))) {
      return TextAt(pool, {"name"});
    }
  }
  return {};
}

std::vector<ObjectPtr> Promises::NodesOf(const Json& upgrade, const std::string& pool) const {
  std::vector<ObjectPtr> nodes;
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    if (PoolOf(upgrade, node->value()) == pool && InScope(upgrade, node->value())) {
      nodes.push_back(node);
    }
  }
  return nodes;
}

std::int64_t Promises::BudgetOf(const Json& upgrade, const std::string& pool) const {
  if (pool == kControlPlane) {
    return 1;
  }
  for (const Json& candidate : ValueAt(upgrade, {"spec", "pools"})) {
    const Json& bound = ValueAt(candidate, {"maxUnavailable"});
    if (TextAt(candidate, {"name"}) != pool || bound.is_null()) {
      continue;
    }
    if (bound.is_number_integer()) {
      return bound.get<std::int64_t>();
    }
    const auto missing = std::count_if(
        missing_.begin(), missing_.end(), [&](const auto& one) { return one.second.pool == pool; });
    const auto nodes = static_cast<std::int64_t>(NodesOf(upgrade, pool).size()) + missing;
    const std::int64_t percent = std::stoll(bound.get<std::string>());
    return std::max<std::int64_t>(1, nodes * percent / 100);
  }
  return 1;
}

bool Promises::IsDone(const Json& upgrade, const Json& node) const {
  return KubeletVersion(node) == TextAt(upgrade, {"spec", "version"});
}

void Promises::OnUpgrade(const Change& change) {
  if (change.after == nullptr) {
    return;
  }
  if (change.after->text().size() > kLargestUpgrade) {
    Report("P17", "the object has " + std::to_string(change.after->text().size()) + " bytes");
  }
  const Json& after = change.after->value();
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  if (TextAt(after, {"spec", "version"}) != TextAt(before, {"spec", "version"})) {
    verified_.clear();  // a version that comes back is a new request
  }
  if (ValueAt(after, {"spec"}) != ValueAt(before, {"spec"}) ||
      ValueAt(after, {"metadata", "annotations"}) != ValueAt(before, {"metadata", "annotations"})) {
    // Whoever asks again may give places up. What comes for them later is taken for another's.
    for (const auto& [uid, missing] : missing_) {
      ++given_up_[missing.pool];
    }
    missing_.clear();
  }
  requested_states_.push_back(
      {change.version, BoolAt(after, {"spec", "paused"}), IsDeleting(after)});
  if (change.actor.find('/') == std::string::npos ||
      ValueAt(after, {"status"}) == ValueAt(before, {"status"})) {
    return;
  }
  if (NumberAt(after, {"status", "epoch"}) < NumberAt(before, {"status", "epoch"})) {
    Report("P10", "a status of an older epoch was accepted from " + change.actor);
  }
  for (const Json& entry : ValueAt(after, {"status", "inProgress"})) {
    if (const std::string job = TextAt(entry, {"job", "uid"}); !job.empty()) {
      recorded_jobs_.insert(TextAt(entry, {"job", "name"}));
    }
    if (EntryOf(before, "inProgress", TextAt(entry, {"uid"})).is_null()) {
      OnStarted(after, entry);
    }
  }
  for (const Json& entry : ValueAt(before, {"status", "inProgress"})) {
    if (EntryOf(after, "inProgress", TextAt(entry, {"uid"})).is_null()) {
      OnFinished(before, after, entry);
    }
  }
  if (ConditionOf(after, "Ready") == "True") {
    CheckReady(after);
  }
}

void Promises::OnStarted(const Json& upgrade, const Json& entry) {
  const std::string name = TextAt(entry, {"name"});
  const std::string version = TextAt(entry, {"version"});
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, name);
  if (node == nullptr || UidOf(node->value()) != TextAt(entry, {"uid"})) {
    return;  // it was deleted a moment ago
  }
  const std::string step = TextAt(entry, {"step"});
  if (step == "Verifying" || step == "Uncordoning") {
    return;  // a repaired node, or a leftover annotation: nothing is disrupted
  }
  if (verified_.contains({TextAt(entry, {"uid"}), version})) {
    Report("P7", "verified node " + name + " was started again");
  }
  CheckNoNewerKubelet(entry);
  CheckFailures(upgrade, entry);
  CheckBudget(upgrade, entry);
  CheckOrder(upgrade, entry);
}

/// P1: the nodes in progress together with those that are not Ready are within the budget.
void Promises::CheckBudget(const Json& upgrade, const Json& entry) {
  const ObjectPtr started = cluster_.database.Find(Kind::kNode, TextAt(entry, {"name"}));
  const std::string pool = PoolOf(upgrade, started->value());
  bool wait = true;
  for (const Json& candidate : ValueAt(upgrade, {"spec", "pools"})) {
    if (TextAt(candidate, {"name"}) == pool) {
      wait = TextAt(candidate, {"unhealthyNodes"}) != "Ignore";
    }
  }
  std::int64_t unavailable = 0;
  bool settled = true;
  for (const ObjectPtr& node : NodesOf(upgrade, pool)) {
    const std::string uid = UidOf(node->value());
    const NodeState& state = nodes_[NameOf(node->value())];
    settled = settled && OlderThanView(state.scope_since);
    const bool in_progress = !EntryOf(upgrade, "inProgress", uid).is_null();
    const bool failed = !EntryOf(upgrade, "failures", uid).is_null();
    const bool unhealthy =
        wait && !failed && state.not_ready_since && OlderThanView(*state.not_ready_since);
    unavailable += in_progress || unhealthy ? 1 : 0;
  }
  unavailable += MissingOf(upgrade, pool);
  const std::int64_t budget = BudgetOf(upgrade, pool);
  if (unavailable > budget && settled) {
    Report("P1",
           "start of " + TextAt(entry, {"name"}) + " makes " + std::to_string(unavailable) +
               " of pool " + pool + " unavailable; its budget is " + std::to_string(budget));
  }
}

/// Nodes of the pool that were deleted in progress and have no successor yet.
std::int64_t Promises::MissingOf(const Json& upgrade, const std::string& pool) const {
  const auto missing = std::count_if(missing_.begin(), missing_.end(), [&](const auto& one) {
    return one.second.pool == pool && OlderThanView(one.second.since) &&
           EntryOf(upgrade, "failures", one.first).is_null();
  });
  const auto given_up = given_up_.find(pool);
  return missing - (given_up == given_up_.end() ? 0 : given_up->second);
}

/// P2: control plane first and one at a time, then the pools in their order.
void Promises::CheckOrder(const Json& upgrade, const Json& entry) {
  const ObjectPtr started = cluster_.database.Find(Kind::kNode, TextAt(entry, {"name"}));
  const std::string pool = PoolOf(upgrade, started->value());
  if (!IsAskedFor(upgrade, started->value(), TextAt(entry, {"version"})) &&
      OlderThanView(nodes_[NameOf(started->value())].version_since)) {
    Report("P2", NameOf(started->value()) + " was started for another version than asked for");
  }
  std::vector<std::string> earlier;
  if (pool != kControlPlane) {
    earlier.push_back(kControlPlane);
    for (const Json& candidate : ValueAt(upgrade, {"spec", "pools"})) {
      if (TextAt(candidate, {"name"}) == pool) {
        break;
      }
      earlier.push_back(TextAt(candidate, {"name"}));
    }
  }
  CheckPostponed(upgrade, started->value(), TextAt(entry, {"version"}));
  if (pool == kControlPlane) {
    CheckControlPlaneReady(upgrade, entry);
  }
  for (const std::string& before : earlier) {
    if (MissingOf(upgrade, before) > 0) {
      Report("P2",
             TextAt(entry, {"name"}) + " was started before a deleted node of pool " + before +
                 " was replaced");
    }
    for (const ObjectPtr& node : NodesOf(upgrade, before)) {
      const NodeState& state = nodes_[NameOf(node->value())];
      if (Ignores(upgrade, before) &&
          (state.not_ready_since || !OlderThanView(state.ready_since))) {
        continue;
      }
      const bool working = !EntryOf(upgrade, "inProgress", state.uid).is_null();
      const bool over = IsDone(upgrade, node->value()) ||
                        !TakesPart(upgrade, node->value(), TextAt(entry, {"version"})) ||
                        !EntryOf(upgrade, "failures", state.uid).is_null() ||
                        !EntryOf(upgrade, "postponed", state.uid).is_null();
      if (working || (!over && OlderThanView(state.since) && OlderThanView(state.scope_since))) {
        Report("P2",
               TextAt(entry, {"name"}) + " of pool " + pool + " was started before " +
                   NameOf(node->value()) + " of pool " + before + " was done");
      }
    }
  }
}

/// spec.version, or a stop of spec.path for the control plane; for workers what the API servers are
/// at, if they could not stay behind when those go on.
bool Promises::IsAskedFor(const Json& upgrade, const Json& node, const std::string& version) {
  if (version == TextAt(upgrade, {"spec", "version"})) {
    return true;
  }
  if (PoolOf(upgrade, node) != kControlPlane) {
    return TakesPart(upgrade, node, version);
  }
  const Json& path = ValueAt(upgrade, {"spec", "path"});
  return std::any_of(path.begin(), path.end(), [&](const Json& stop) { return stop == version; });
}

/// Whether a node goes to `version` before API servers go on; to spec.version all that are older.
bool Promises::TakesPart(const Json& upgrade, const Json& node, const std::string& version) {
  const Release is = ReleaseOf(KubeletVersion(node));
  const Release to = ReleaseOf(version);
  if (version == TextAt(upgrade, {"spec", "version"})) {
    return !(to < is);
  }
  return is < to &&
         (PoolOf(upgrade, node) == kControlPlane || is.minor_number + 3 <= to.minor_number);
}

bool Promises::Ignores(const Json& upgrade, const std::string& pool) {
  const Json& pools = ValueAt(upgrade, {"spec", "pools"});
  return std::any_of(pools.begin(), pools.end(), [&](const Json& candidate) {
    return TextAt(candidate, {"name"}) == pool && TextAt(candidate, {"unhealthyNodes"}) == "Ignore";
  });
}

/// P2: no control-plane node is started while another one is not Ready, excluded or not.
void Promises::CheckControlPlaneReady(const Json& upgrade, const Json& entry) {
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    const NodeState& state = nodes_[name];
    if (PoolOf(upgrade, node->value()) == kControlPlane && name != TextAt(entry, {"name"}) &&
        state.not_ready_since && OlderThanView(*state.not_ready_since)) {
      Report("P2", TextAt(entry, {"name"}) + " was started while " + name + " is down");
    }
  }
}

/// P2: a worker that was postponed by a timeout is started again only when no other one is left.
void Promises::CheckPostponed(const Json& upgrade, const Json& node, const std::string& version) {
  const Json& postponed = EntryOf(upgrade, "postponed", UidOf(node));
  if (TextAt(postponed, {"reason"}) != "DrainTimeout" || PoolOf(upgrade, node) == kControlPlane) {
    return;
  }
  for (const auto& [name, other] : cluster_.database.All(Kind::kNode)) {
    const NodeState& state = nodes_[name];
    const bool waits =
        InScope(upgrade, other->value()) && !IsDone(upgrade, other->value()) &&
        TakesPart(upgrade, other->value(), version) && !PoolOf(upgrade, other->value()).empty() &&
        !state.not_ready_since &&
        ReleaseOf(KubeletVersion(other->value())) < ReleaseOf(TextAt(upgrade, {"spec", "version"}));
    const bool had_its_turn = !EntryOf(upgrade, "inProgress", state.uid).is_null() ||
                              !EntryOf(upgrade, "failures", state.uid).is_null() ||
                              !EntryOf(upgrade, "postponed", state.uid).is_null();
    if (waits && !had_its_turn && OlderThanView(state.since) && OlderThanView(state.scope_since) &&
        OlderThanView(state.version_since) && drain_.Obstacle(upgrade, other->value()).empty()) {
      Report("P2", NameOf(node) + ", postponed, comes back before it is the turn of " + name);
    }
  }
}

/// P9: no node is started after too many failures.
void Promises::CheckFailures(const Json& upgrade, const Json& entry) {
  std::int64_t workers = 0;
  bool control_plane = false;
  for (const Json& failure : ValueAt(upgrade, {"status", "failures"})) {
    const ObjectPtr node = cluster_.database.Find(Kind::kNode, TextAt(failure, {"name"}));
    if (node == nullptr || UidOf(node->value()) != TextAt(failure, {"uid"}) ||
        TextAt(failure, {"version"}) != TextAt(entry, {"version"}) ||
        BoolAt(failure, {"retried"}) || !InScope(upgrade, node->value())) {
      continue;
    }
    if (PoolOf(upgrade, node->value()) == kControlPlane) {
      control_plane = true;
    } else {
      ++workers;
    }
  }
  if (control_plane || workers > NumberAt(upgrade, {"spec", "failurePolicy", "maxFailedNodes"})) {
    Report("P9", TextAt(entry, {"name"}) + " was started after too many nodes had failed");
  }
}

/// P7 holds for nodes that finished at the version without a failure.
void Promises::OnFinished(const Json& before, const Json& after, const Json& entry) {
  const std::string uid = TextAt(entry, {"uid"});
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, TextAt(entry, {"name"}));
  const bool failed =
      ValueAt(after, {"status", "failures"}) != ValueAt(before, {"status", "failures"});
  if (node != nullptr && UidOf(node->value()) == uid && !failed &&
      TextAt(entry, {"step"}) == "Uncordoning" &&
      KubeletVersion(node->value()) == TextAt(entry, {"version"})) {
    verified_.insert({uid, TextAt(entry, {"version"})});
  }
}

/// P11: Ready=True is true.
void Promises::CheckReady(const Json& upgrade) {
  const auto contradict = [&](const std::string& text) {
    Report("P11", "Ready is True, but " + text);
  };
  if (NumberAt(upgrade, {"status", "observedGeneration"}) !=
      NumberAt(upgrade, {"metadata", "generation"})) {
    contradict("it does not cover the newest spec");
  }
  if (!ValueAt(upgrade, {"status", "inProgress"}).empty()) {
    contradict("nodes are in progress");
  }
  const Json& history = ValueAt(upgrade, {"status", "history"});
  if (history.empty() || TextAt(history.front(), {"result"}) != "Completed" ||
      TextAt(history.front(), {"version"}) != TextAt(upgrade, {"spec", "version"})) {
    contradict("the newest entry of the history is another");
  }
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    const NodeState& state = nodes_[name];
    if (!InScope(upgrade, node->value())) {
      continue;
    }
    if (!IsDone(upgrade, node->value()) && OlderThanView(state.since) &&
        OlderThanView(state.scope_since) && OlderThanView(state.version_since) &&
        ReleaseOf(KubeletVersion(node->value())) <=
            ReleaseOf(TextAt(upgrade, {"spec", "version"}))) {
      contradict(name + " is at " + KubeletVersion(node->value()));
    }
    if (state.marked_since && OlderThanView(*state.marked_since)) {
      contradict(name + " carries our annotation");
    }
    if (!EntryOf(upgrade, "postponed", state.uid).is_null()) {
      contradict(name + " is postponed");
    }
    const Json& failure = EntryOf(upgrade, "failures", state.uid);
    if (TextAt(failure, {"version"}) == TextAt(upgrade, {"spec", "version"}) &&
        !BoolAt(failure, {"retried"})) {
      contradict(name + " failed");
    }
  }
}

}  // namespace cu::simulation
