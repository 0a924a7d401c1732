#include "planner/target/route.hpp"

#include <algorithm>
#include <utility>

namespace cu::planner {
namespace {

struct Release {
  std::string text;
  Version version;
};

bool IsOlder(const Release& a, const Release& b) {
  return a.version < b.version;
}

Route Straight(const Target& end) {
  return {{{end, true, true}}, std::nullopt};
}

const std::string& KubeletOf(const Kubelet& kubelet) {
  return kubelet.version;
}

const std::string& ApiServerOf(const Kubelet& kubelet) {
  return kubelet.components.empty() ? kubelet.version : kubelet.components;
}

/// text(kubelet) of the nodes that are to be upgraded, oldest first.
template <class Wanted>
std::vector<Release> ReleasesOf(const Fleet& fleet,
                                const std::string& (*text)(const Kubelet&),
                                Wanted wanted) {
  std::vector<Release> releases;
  for (const auto& [kubelet, count] : fleet) {
    const auto version = ParseVersion(text(kubelet));
    if (count > 0 && version && !kubelet.skipped && wanted(kubelet)) {
      releases.push_back({text(kubelet), *version});
    }
  }
  std::stable_sort(releases.begin(), releases.end(), IsOlder);
  return releases;
}

/// The stops of the control plane after `from`, spec.version at the end. Entries at or below `from`
/// are ignored.
std::vector<Release> StopsAfter(const api::ClusterUpgradeSpec& spec,
                                const Version& from,
                                const Release& end) {
  std::vector<Release> stops;
  for (const std::string& entry : spec.path) {
    const auto version = ParseVersion(entry);
    if (version && *version > from && *version < end.version) {
      stops.push_back({entry, *version});
    }
  }
  std::stable_sort(stops.begin(), stops.end(), IsOlder);
  stops.push_back(end);
  return stops;
}

/// What spec.path lacks, or nothing.
std::optional<std::string> FindGap(Release from, const std::vector<Release>& stops) {
  for (const Release& stop : stops) {
    if (MinorsBetween(from.version, stop.version) > 1) {
      return "the control plane may not skip a minor version from " + from.text + " to " +
             stop.text + ": add a release of v" + std::to_string(from.version.major) + "." +
             std::to_string(from.version.minor + 1) + " to spec.path";
    }
    from = stop;
  }
  return std::nullopt;
}

/// Plans the lifts of workers between the steps of the control plane.
class Way {
 public:
  Way(std::vector<Release> workers, Release api_servers)
      : workers_(std::move(workers)), api_servers_(std::move(api_servers)) {}

  void StepTo(const Release& stop) {
    LiftBefore(stop);
    hops_.push_back({{stop.text, stop.version}, true, false});
    api_servers_ = std::max(api_servers_, stop, IsOlder);
  }

  std::vector<Hop> Take() && { return std::move(hops_); }

 private:
  /// Those that would be too far behind API servers at `stop` are brought to where those are now.
  void LiftBefore(const Release& stop) {
    const Version oldest{stop.version.major, OldestKubeletMinor(stop.version.minor), 0};
    const auto behind = [&](const Release& worker) {
      return worker.version < oldest && worker.version < api_servers_.version;
    };
    if (std::none_of(workers_.begin(), workers_.end(), behind)) {
      return;
    }
    if (hops_.empty()) {
      hops_.push_back({{api_servers_.text, api_servers_.version}, false, false});
    }
    hops_.back().workers = true;
    hops_.back().lifts_below = oldest;
    std::erase_if(workers_, behind);
    workers_.push_back(api_servers_);
  }

  std::vector<Release> workers_;
  Release api_servers_;  ///< the oldest of them
  std::vector<Hop> hops_;
};

}  // namespace

int OldestKubeletMinor(int minor) {
  constexpr int kMayLag = 3;
  constexpr int kOldMayLag = 2;
  constexpr int kFirstOfThree = 25;
  return std::max(minor - kMayLag, std::min(minor - kOldMayLag, kFirstOfThree));
}

bool Route::Takes(bool control_plane, const std::optional<Version>& version) const {
  const Hop& hop = current();
  if (OnItsEnd()) {
    return true;
  }
  if (!version || !hop.target.version || *version >= *hop.target.version) {
    return false;
  }
  if (control_plane) {
    return hop.control_plane;
  }
  return hop.workers && (!hop.lifts_below || *version < *hop.lifts_below);
}

Route PlanRoute(const api::ClusterUpgradeSpec& spec, const Fleet& fleet) {
  const Target end{spec.version, ParseVersion(spec.version)};
  const auto of_control_plane = [](const Kubelet& kubelet) { return kubelet.control_plane; };
  const auto control_plane = ReleasesOf(fleet, KubeletOf, of_control_plane);
  const auto api_servers =
      ReleasesOf(fleet, ApiServerOf, [](const Kubelet& kubelet) { return kubelet.api_server; });
  Route straight = Straight(end);
  // A control plane that is managed, or newer than all that is asked for, has no way to go.
  if (!end.version || api_servers.empty() || api_servers.front().version >= *end.version) {
    return straight;
  }
  // A kubelet beside an API server goes through every stop, too.
  const Version from = std::min(control_plane.front().version, api_servers.front().version);
  const std::vector<Release> stops = StopsAfter(spec, from, {end.text, *end.version});
  if (auto gap = FindGap(api_servers.front(), stops)) {
    straight.problem = std::move(gap);
    return straight;
  }
  const auto worker = [](const Kubelet& kubelet) { return !kubelet.control_plane; };
  Way way(ReleasesOf(fleet, KubeletOf, worker), api_servers.front());
  for (const Release& stop : stops) {
    way.StepTo(stop);
  }
  Route route{std::move(way).Take(), std::nullopt};
  route.hops.back() = {end, true, true};
  return route;
}

}  // namespace cu::planner
