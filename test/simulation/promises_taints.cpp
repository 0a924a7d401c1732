#include "promises_taints.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"

namespace cu::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLongPause = seconds{60};
/// For outages, changes of the leader and an overloaded server.
constexpr Duration kPatience = minutes{4};

bool ByController(const std::string& actor) {
  return actor.find('/') != std::string::npos;
}

}  // namespace

TaintPromises::TaintPromises(Cluster& cluster,
                             std::string upgrade,
                             Duration view_lag,
                             ViolationReporter report)
    : cluster_(cluster),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag),
      report_(std::move(report)) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

bool TaintPromises::IsOurs(const Json& taint) const {
  return TextAt(taint, {"key"}) == api::kOutdated &&
         TextAt(taint, {"effect"}) == api::kPreferNoSchedule &&
         uids_.contains(TextAt(taint, {"value"}));
}

bool TaintPromises::IsTainted(const Json& node) const {
  const Json& taints = ValueAt(node, {"spec", "taints"});
  return std::any_of(
      taints.begin(), taints.end(), [&](const Json& taint) { return IsOurs(taint); });
}

void TaintPromises::OnChange(const Change& change) {
  if (change.kind == Kind::kUpgrade && change.after != nullptr) {
    const Json& after = change.after->value();
    uids_.insert(UidOf(after));
    const bool paused = BoolAt(after, {"spec", "paused"});
    paused_since_ = paused ? std::optional(paused_since_.value_or(change.time)) : std::nullopt;
  }
  if (change.kind == Kind::kUpgrade && !ByController(change.actor)) {
    edited_ = change.time;
  }
  if (change.kind == Kind::kNode) {
    OnNode(change);
  }
  CheckLeftTaints();
}

void TaintPromises::OnNode(const Change& change) {
  if (change.after == nullptr) {
    wrong_since_.erase(change.key);
    changed_.erase(change.key);
    return;
  }
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  const Json& after = change.after->value();
  if (ValueAt(before, {"metadata", "labels"}) != ValueAt(after, {"metadata", "labels"}) ||
      KubeletVersion(before) != KubeletVersion(after)) {
    changed_[change.key] = change.time;
  }
  if (!ByController(change.actor)) {
    return;
  }
  CheckOthersTaints(change);
  if (!IsTainted(before) && IsTainted(after)) {
    CheckNewTaint(change);
  }
}

/// Every taint of others is there as before, in the same order.
void TaintPromises::CheckOthersTaints(const Change& change) {
  const auto others = [&](const ObjectPtr& node) {
    Json taints = Json::array();
    if (node != nullptr) {
      for (const Json& taint : ValueAt(node->value(), {"spec", "taints"})) {
        if (!IsOurs(taint)) {
          taints.push_back(taint);
        }
      }
    }
    return taints;
  };
  if (others(change.before) != others(change.after)) {
    report_("P23", change.actor + " changes taints of others on " + change.key);
  }
}

void TaintPromises::CheckNewTaint(const Change& change) {
  const Json upgrade = Upgrade();
  const Duration known = cluster_.timeline.now() - std::max(edited_, changed_[change.key]);
  if (const std::string why = WhyNot(change.after->value()); !why.empty() && known > view_lag_) {
    report_("P23", change.key + " is tainted although " + why);
  }
  if (!upgrade.is_null() && !BoolAt(upgrade, {"status", "outdatedNodesTainted"})) {
    report_("P23", change.key + " is tainted before the status says so");
  }
}

std::string TaintPromises::WhyNot(const Json& node) const {
  const Json upgrade = Upgrade();
  if (upgrade.is_null() || IsDeleting(upgrade)) {
    return "the object is deleted";
  }
  if (!BoolAt(upgrade, {"spec", "drain", "preferUpgradedNodes"})) {
    return "nobody asks for it";
  }
  if (paused_since_ && cluster_.timeline.now() > *paused_since_ + kLongPause) {
    return "the upgrade is paused";
  }
  if (KubeletVersion(node) == TextAt(upgrade, {"spec", "version"})) {
    return "it is upgraded";
  }
  const std::string exclude(api::kExclude);
  if (TextAt(node, {"metadata", "labels", exclude.c_str()}) == "true") {
    return "it is excluded";
  }
  for (const Json& entry : ValueAt(upgrade, {"status", "inProgress"})) {
    if (TextAt(entry, {"uid"}) == UidOf(node)) {
      return "it is in progress";
    }
  }
  return {};
}

void TaintPromises::CheckLeftTaints() {
  const base::SteadyTime now = cluster_.timeline.now();
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    const std::string why = IsTainted(node->value()) ? WhyNot(node->value()) : "";
    if (why.empty()) {
      wrong_since_.erase(name);
    } else if (now > wrong_since_.try_emplace(name, now).first->second + kPatience) {
      report_("P23", name + " keeps its taint although " + why);
    }
  }
}

void TaintPromises::CheckEnd() {
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    if (IsTainted(node->value())) {
      report_("P23", "the taint of " + name + " was left behind");
    }
  }
}

}  // namespace cu::simulation
