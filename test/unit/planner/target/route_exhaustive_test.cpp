/// Every small cluster, carried to every target within reach, one node at a time as the route says.
/// What is allowed is written here anew, by minors alone, and the fewest drains are counted without
/// the planner.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/target/route.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

struct Cluster {
  std::vector<int> control_plane;  ///< minors
  std::vector<int> workers;
};

std::string Release(int minor) {
  return "v1." + std::to_string(minor) + ".0";
}

int MinorOf(const Target& target) {
  REQUIRE(target.version);
  return target.version->minor;
}

Fleet FleetOf(const Cluster& cluster) {
  Fleet fleet;
  for (const int minor : cluster.control_plane) {
    ++fleet[{Release(minor), true, true, false}];
  }
  for (const int minor : cluster.workers) {
    ++fleet[{Release(minor), false, false, false}];
  }
  return fleet;
}

int Oldest(const std::vector<int>& minors) {
  return *std::min_element(minors.begin(), minors.end());
}

int Newest(const std::vector<int>& minors) {
  return *std::max_element(minors.begin(), minors.end());
}

/// https://kubernetes.io/releases/version-skew-policy/#kubelet
bool KubeletFits(int kubelet, const std::vector<int>& api_servers) {
  const int may_lag = kubelet < 25 ? 2 : 3;
  return kubelet <= Oldest(api_servers) && Newest(api_servers) - kubelet <= may_lag;
}

bool IsSupported(const Cluster& cluster) {
  return Newest(cluster.control_plane) - Oldest(cluster.control_plane) <= 1 &&
         std::all_of(cluster.workers.begin(), cluster.workers.end(), [&](int worker) {
           return KubeletFits(worker, cluster.control_plane);
         });
}

/// How often a worker has to be drained at least, by trying at each step of the control plane both
/// to lift it and not to.
int FewestDrains(int worker, int api, int target) {
  if (api == target) {
    return worker == target ? 0 : 1;
  }
  constexpr int kNever = 100;
  const int stays =
      KubeletFits(worker, {api, api + 1}) ? FewestDrains(worker, api + 1, target) : kNever;
  const int lifted = worker < api ? 1 + FewestDrains(api, api + 1, target) : kNever;
  return std::min(stays, lifted);
}

/// The next node that the hop is for, control plane first; null if none is.
int* NextNode(Cluster& cluster, const Route& route, int target) {
  const auto find = [&](std::vector<int>& minors, bool control_plane) -> int* {
    const auto found = std::find_if(minors.begin(), minors.end(), [&](int minor) {
      return minor != target && route.Takes(control_plane, Version{1, minor, 0});
    });
    return found == minors.end() ? nullptr : &*found;
  };
  int* node = find(cluster.control_plane, true);
  return node != nullptr ? node : find(cluster.workers, false);
}

/// Drains of workers on the way, or -1 with a failed CHECK.
int Upgrade(Cluster cluster, int target) {
  api::ClusterUpgradeSpec spec;
  spec.version = Release(target);
  for (int minor = Oldest(cluster.control_plane) + 1; minor < target; ++minor) {
    spec.path.push_back(Release(minor));
  }
  int drains = 0;
  constexpr int kLongEnough = 100;
  for (int step = 0; step < kLongEnough; ++step) {
    const Route route = PlanRoute(spec, FleetOf(cluster));
    REQUIRE_FALSE(route.problem);
    int* node = NextNode(cluster, route, target);
    if (node == nullptr) {
      const bool done = Oldest(cluster.control_plane) == target &&
                        (cluster.workers.empty() || Oldest(cluster.workers) == target);
      CHECK(done);
      return done ? drains : -1;
    }
    const bool worker = node < cluster.control_plane.data() ||
                        node >= cluster.control_plane.data() + cluster.control_plane.size();
    const int to = MinorOf(route.current().target);
    const bool skips = !worker && to - *node > 1;
    CHECK_FALSE(skips);
    CHECK(to > *node);
    *node = to;
    drains += worker ? 1 : 0;
    const bool supported = IsSupported(cluster);
    CHECK(supported);
    if (!supported || skips) {
      return -1;
    }
  }
  FAIL_CHECK("it does not end");
  return -1;
}

}  // namespace

TEST_CASE("every small cluster goes every way in supported states, with the fewest drains",
          "[planner]") {
  constexpr int kFirst = 20;
  constexpr int kLast = 32;
  int ways = 0;
  for (int api = kFirst; api <= kLast; ++api) {
    for (int more = 0; more < 4; ++more) {  // which of two others have been upgraded already
      for (int first = api - 3; first <= api; ++first) {
        for (int second = first; second <= api; ++second) {
          const Cluster cluster{{api, api + more % 2, api + more / 2}, {first, second}};
          if (!IsSupported(cluster)) {
            continue;
          }
          const int newest = Newest(cluster.control_plane);
          for (int target = newest; target <= newest + 6; ++target) {
            INFO("API servers " << api << "-" << newest << ", workers " << first << " and "
                                << second << ", to " << target);
            CHECK(Upgrade(cluster, target) ==
                  FewestDrains(first, api, target) + FewestDrains(second, api, target));
            ++ways;
          }
        }
      }
    }
  }
  CHECK(ways > 1800);
}
