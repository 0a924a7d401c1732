#include "planner/target/target.hpp"

#include "planner/target/suffix.hpp"

namespace cu::planner {

bool IsAt(api::VersionMatch match, const std::string& reported, const std::string& version) {
  switch (match) {
    case api::VersionMatch::kExact:
      return reported == version;
    case api::VersionMatch::kRelease:
      return reported == version || IsSameRelease(reported, version);
  }
  return false;
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
      // Where nothing is to change but what a run brings, pods are not to be surprised by it.
      return !before || !after || from == to || MinorsBetween(*before, *after) != 0;
    }
  }
  return true;
}

}  // namespace cu::planner
