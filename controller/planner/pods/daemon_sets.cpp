#include "planner/pods/daemon_sets.hpp"

#include <algorithm>
#include <map>

namespace cu::planner {
namespace {

constexpr std::size_t kOfKubeSystemMax = 150;
constexpr std::size_t kOthersMax = 50;

enum class Rank { kKubeSystem, kNodeCritical, kOther };

bool IsOfKubeSystem(const std::string& name) {
  return name.starts_with("kube-system/");
}

Rank RankOf(const std::string& name, bool node_critical) {
  if (IsOfKubeSystem(name)) {
    return Rank::kKubeSystem;
  }
  return node_critical ? Rank::kNodeCritical : Rank::kOther;
}

}  // namespace

ReadyDaemonSets FindReadyDaemonSets(const api::ObjectMap<api::Pod>& pods,
                                    const std::vector<std::string>& before) {
  std::map<Rank, std::vector<std::string>> found;
  const auto add = [&](const std::string& name, Rank rank) {
    auto& names = found[rank];
    if (std::find(before.begin(), before.end(), name) == before.end() &&
        std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  for (const auto& [key, pod] : pods) {
    if (pod.of_daemon_set() && pod.ready && !pod.meta.deleted) {
      const std::string name = pod.meta.ns + "/" + pod.meta.controller->name;
      add(name, RankOf(name, pod.node_critical));
    }
  }
  ReadyDaemonSets ready;
  ready.names = before;
  auto of_kube_system =
      static_cast<std::size_t>(std::count_if(before.begin(), before.end(), IsOfKubeSystem));
  std::size_t others = before.size() - of_kube_system;
  for (auto& [rank, names] : found) {
    std::sort(names.begin(), names.end());
    std::size_t& count = rank == Rank::kKubeSystem ? of_kube_system : others;
    for (std::string& name : names) {
      if (count < (rank == Rank::kKubeSystem ? kOfKubeSystemMax : kOthersMax)) {
        ++count;
        ready.names.push_back(std::move(name));
      } else {
        ++ready.unchecked;
      }
    }
  }
  return ready;
}

}  // namespace cu::planner
