#include <algorithm>
#include <utility>

#include "model/workloads.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

Budgets::Budgets(Timeline& timeline, Database& database, Dice dice)
    : timeline_(timeline), database_(database), dice_(dice) {
  database_.Subscribe([this](const Change& change) {
    if (change.kind == Kind::kPod) {
      for (const auto& [key, budget] : database_.All(Kind::kBudget)) {
        if (NamespaceOf(budget->value()) == NamespaceOf(change.shown->value())) {
          Soon(key, dice_.Between(milliseconds{20}, lag_));
        }
      }
    } else if (change.kind == Kind::kBudget && change.after != nullptr &&
               NumberAt(change.after->value(), {"status", "observedGeneration"}) <
                   NumberAt(change.after->value(), {"metadata", "generation"})) {
      Soon(change.key, dice_.Between(milliseconds{20}, lag_));
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

void Budgets::Soon(const std::string& key, Span delay) {
  if (!std::exchange(due_[key], true)) {
    timeline_.After(delay, [this, key] {
      due_[key] = false;
      Recompute(key);
    });
  }
}

void Budgets::Recompute(const std::string& key) {
  const ObjectPtr live = database_.Find(Kind::kBudget, key);
  if (live == nullptr) {
    return;
  }
  Json budget = live->value();
  Json disrupted = Json::object();
  bool wait = false;
  std::int64_t expected = 0;
  std::int64_t healthy = 0;
  for (const auto& [name, pod] : database_.All(Kind::kPod)) {
    const Json& value = pod->value();
    if (NamespaceOf(value) != NamespaceOf(budget) || IsFinishedPod(value) ||
        !Selects(Child(budget, {"spec", "selector"}), Child(value, {"metadata", "labels"}))) {
      continue;
    }
    ++expected;
    const std::string since = TextAt(budget, {"status", "disruptedPods", NameOf(value).c_str()});
    const bool leaving = !since.empty() && !IsDeleting(value) &&
                         since > TimeText(timeline_.wall() - std::chrono::minutes{2});
    if (leaving) {
      disrupted[NameOf(value)] = since;
      wait = true;
    }
    healthy += IsReadyPod(value) && !IsDeleting(value) && !leaving ? 1 : 0;
  }
  const bool minimum = !Child(budget, {"spec", "minAvailable"}).is_null();
  const Json& given = minimum ? budget["spec"]["minAvailable"] : budget["spec"]["maxUnavailable"];
  const std::int64_t bound = given.is_number_integer()
                                 ? given.get<std::int64_t>()
                                 : (expected * std::stoll(given.get<std::string>()) + 99) / 100;
  const std::int64_t desired = minimum ? bound : std::max<std::int64_t>(0, expected - bound);
  budget["status"] = {{"observedGeneration", NumberAt(budget, {"metadata", "generation"})},
                      {"expectedPods", expected},
                      {"currentHealthy", healthy},
                      {"desiredHealthy", desired},
                      {"disruptionsAllowed", std::max<std::int64_t>(0, healthy - desired)},
                      {"disruptedPods", disrupted}};
  database_.Put(Kind::kBudget, std::move(budget), "disruption-controller");
  if (wait) {
    Soon(key, std::chrono::minutes{2});
  }
}

}  // namespace cu::simulation
