#include "model/budgets.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

Budgets::Budgets(Timeline& timeline, Database& database, Rng rng)
    : timeline_(timeline), database_(database), rng_(rng) {
  database_.Subscribe([this](const Change& change) {
    if (change.kind == Kind::kPod) {
      for (const auto& [key, budget] : database_.All(Kind::kBudget)) {
        if (NamespaceOf(budget->value()) == NamespaceOf(change.object->value())) {
          ReconcileAfter(key, rng_.Between(milliseconds{20}, lag_));
        }
      }
    } else if (change.kind == Kind::kBudget && change.after != nullptr &&
               NumberAt(change.after->value(), {"status", "observedGeneration"}) <
                   NumberAt(change.after->value(), {"metadata", "generation"})) {
      ReconcileAfter(change.key, rng_.Between(milliseconds{20}, lag_));
    }
  });
}

void Budgets::Add(const std::string& ns,
                  const std::string& name,
                  const std::string& app,
                  const char* field,
                  const Json& value) {
  Json budget{{"apiVersion", "policy/v1"},
              {"kind", "PodDisruptionBudget"},
              {"metadata", {{"name", name}, {"namespace", ns}, {"generation", 1}}},
              {"spec", {{"selector", {{"matchLabels", {{"app", app}}}}}, {field, value}}},
              {"status", {{"observedGeneration", 0}}}};
  database_.Put(Kind::kBudget, std::move(budget), "human");
}

void Budgets::ReconcileAfter(const std::string& key, Duration delay) {
  if (!std::exchange(scheduled_[key], true)) {
    timeline_.After(delay, [this, key] {
      scheduled_[key] = false;
      Reconcile(key);
    });
  }
}

void Budgets::Reconcile(const std::string& key) {
  const ObjectPtr live = database_.Find(Kind::kBudget, key);
  if (live == nullptr) {
    return;
  }
  Json budget = live->value();
  Json disrupted_pods = Json::object();
  bool pending_evictions = false;
  std::int64_t expected = 0;
  std::int64_t healthy = 0;
  for (const auto& [name, pod] : database_.All(Kind::kPod)) {
    const Json& value = pod->value();
    if (IsFinishedPod(value) || !BudgetSelects(budget, value)) {
      continue;
    }
    ++expected;
    const std::string since = TextAt(budget, {"status", "disruptedPods", NameOf(value).c_str()});
    const bool leaving = !since.empty() && !IsDeleting(value) &&
                         since > base::FormatTime(timeline_.wall() - std::chrono::minutes{2});
    if (leaving) {
      disrupted_pods[NameOf(value)] = since;
      pending_evictions = true;
    }
    healthy += IsReadyPod(value) && !IsDeleting(value) && !leaving ? 1 : 0;
  }
  const bool has_minimum = !ValueAt(budget, {"spec", "minAvailable"}).is_null();
  const Json& configured =
      has_minimum ? budget["spec"]["minAvailable"] : budget["spec"]["maxUnavailable"];
  const std::int64_t bound =
      configured.is_number_integer()
          ? configured.get<std::int64_t>()
          : (expected * std::stoll(configured.get<std::string>()) + 99) / 100;
  const std::int64_t desired = has_minimum ? bound : std::max<std::int64_t>(0, expected - bound);
  budget["status"] = {{"observedGeneration", NumberAt(budget, {"metadata", "generation"})},
                      {"expectedPods", expected},
                      {"currentHealthy", healthy},
                      {"desiredHealthy", desired},
                      {"disruptionsAllowed", std::max<std::int64_t>(0, healthy - desired)},
                      {"disruptedPods", disrupted_pods}};
  database_.Put(Kind::kBudget, std::move(budget), "disruption-controller");
  if (pending_evictions) {
    ReconcileAfter(key, std::chrono::minutes{2});
  }
}

}  // namespace cu::simulation
