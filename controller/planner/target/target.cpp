#include "planner/target/target.hpp"

#include "base/check.hpp"

namespace cu::planner {

Target Route::TargetOf(bool control_plane) const {
  CU_CHECK(!hops.empty());
  Target target = current();
  target.stage = control_plane ? api::Stage::kControlPlane : api::Stage::kNode;
  return target;
}

Route PlanRoute(const api::ClusterUpgradeSpec& spec) {
  return {{{spec.version, ParseVersion(spec.version), api::Stage::kNode}}};
}

bool NeedsDrain(const api::DrainSpec& drain, const std::string& from, const std::string& to) {
  switch (drain.when) {
    case api::DrainWhen::kAlways:
      return true;
    case api::DrainWhen::kNever:
      return false;
    case api::DrainWhen::kMinorUpgrade: {
      const auto before = ParseVersion(from);
      const auto after = ParseVersion(to);
      return !before || !after || MinorsBetween(*before, *after) != 0;
    }
  }
  return true;
}

}  // namespace cu::planner
