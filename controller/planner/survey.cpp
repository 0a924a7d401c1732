#include "planner/survey.hpp"

#include <algorithm>

#include "planner/draft.hpp"
#include "planner/findings.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kNamedPerType = 100;
constexpr std::size_t kOwnersMost = 50'000;
constexpr std::size_t kClaimsMost = 50'000;
constexpr std::size_t kSinglesMost = 1'000;

/// The workload whose pods are counted together. A ReplicaSet of a Deployment is named after it and
/// the hash of its template, which is also a label of its pods.
api::Owner WorkloadOf(const api::Pod& pod) {
  api::Owner owner = *pod.meta.controller;
  const auto hash = pod.meta.labels.find("pod-template-hash");
  if (owner.kind == "ReplicaSet" && hash != pod.meta.labels.end() &&
      owner.name.ends_with("-" + hash->second)) {
    owner.kind = "Deployment";
    owner.name.resize(owner.name.size() - hash->second.size() - 1);
  }
  return owner;
}

bool HasReplicas(const api::Owner& owner) {
  return owner.kind == "ReplicaSet" || owner.kind == "StatefulSet" ||
         owner.kind == "ReplicationController";
}

/// What is lost for good comes first: it must not be crowded out by what only waits.
int RankOf(const std::string& type) {
  return type == "UnmanagedPods" ? 0 : type == "EmptyDirData" ? 1 : 2;
}

/// The only node that the volume fits, or "" if it fits several or none.
std::string OnlyNode(const World& world, const api::PersistentVolume& volume) {
  std::string only;
  for (const auto& [name, node] : *world.nodes) {
    if (volume.placement.Fits(name, node.meta.labels)) {
      if (!only.empty()) {
        return "";
      }
      only = name;
    }
  }
  return only;
}

}  // namespace

bool Survey::blocks() const {
  return std::any_of(
      findings.begin(), findings.end(), [](const Finding& finding) { return finding.blocks; });
}

bool Ignores(const std::vector<std::string>& ignore,
             const std::string& type,
             const std::string& object) {
  const std::string narrowed = type + "=" + object;
  return std::any_of(ignore.begin(), ignore.end(), [&](const std::string& entry) {
    return entry == type || entry == narrowed;
  });
}

std::string SurveyKey(const api::Metadata& upgrade, const std::string& spec_fingerprint) {
  return upgrade.uid + " " + spec_fingerprint;
}

std::uint64_t HashOf(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

bool HashSet::Insert(std::uint64_t hash) {
  const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), hash);
  if (at != sorted_.end() && *at == hash) {
    return false;
  }
  if (sorted_.size() < most_) {
    sorted_.insert(at, hash);
  }
  return true;
}

bool HashSet::Contains(std::uint64_t hash) const {
  return std::binary_search(sorted_.begin(), sorted_.end(), hash);
}

void FindingBook::Add(Finding finding) {
  if (Ignores(ignore_, finding.type, finding.object)) {
    if (!finding.blocks) {
      return;
    }
    finding.blocks = false;
    finding.text += " (ignored by spec.preflight.ignore)";
  }
  auto& named = by_type_[finding.type];
  if (named.contains(finding.object)) {
    return;
  }
  if (named.size() < kNamedPerType) {
    named.emplace(finding.object, std::move(finding));
  } else if (unnamed_.Insert(HashOf(finding.type + " " + finding.object))) {
    ++more_;
  }
}

std::vector<Finding> FindingBook::Take() {
  std::vector<Finding> findings;
  for (auto& [type, named] : by_type_) {
    for (auto& [object, finding] : named) {
      findings.push_back(std::move(finding));
    }
  }
  by_type_.clear();
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return RankOf(a.type) < RankOf(b.type);
  });
  return findings;
}

SurveyFold::SurveyFold(const World& world)
    : book_(world.upgrade->spec.preflight_ignore), pinned_claims_(kClaimsMost) {
  result_.made_for = SurveyKey(world.upgrade->meta, world.upgrade->spec.fingerprint);
  const Draft draft(world);
  for (const ScopedNode& scoped : draft.scope().nodes) {
    if (draft.IsToBeDrained(scoped)) {
      nodes_.insert(scoped.node->meta.name);
    }
  }
}

void SurveyFold::AddVolumes(const World& world, const std::vector<api::PersistentVolume>& volumes) {
  for (const api::PersistentVolume& volume : volumes) {
    if (!volume.claim.empty() && !volume.placement.anywhere() && !OnlyNode(world, volume).empty()) {
      pinned_claims_.Insert(HashOf(volume.claim));
    }
  }
}

void SurveyFold::AddPods(const World& world, const std::vector<api::Pod>& pods) {
  const BudgetIndex budgets(world);
  for (const api::Pod& pod : pods) {
    ++result_.pods;
    const bool leaves = nodes_.contains(pod.node_name) && IsToLeave(world, pod);
    CountForOwner(pod, leaves);
    if (!leaves) {
      continue;
    }
    FindInPod(world, budgets, pod, book_);
    if (PinnedByVolume(pod)) {
      book_.Add(PinnedPod(pod, "the volume of a claim"));
    }
  }
}

bool SurveyFold::PinnedByVolume(const api::Pod& pod) const {
  return std::any_of(pod.claims.begin(), pod.claims.end(), [&](const std::string& claim) {
    return pinned_claims_.Contains(HashOf(pod.meta.ns + "/" + claim));
  });
}

void SurveyFold::CountForOwner(const api::Pod& pod, bool leaves) {
  if (!pod.meta.controller || !HasReplicas(*pod.meta.controller) || pod.finished() ||
      pod.meta.deleted) {
    return;
  }
  const api::Owner workload = WorkloadOf(pod);
  const std::string key = pod.meta.ns + "/" + workload.name;
  const std::uint64_t hash = HashOf(workload.kind + " " + key);
  const auto at =
      std::lower_bound(owners_.begin(), owners_.end(), hash, [](const Owner& a, std::uint64_t b) {
        return a.hash < b;
      });
  if (at != owners_.end() && at->hash == hash) {
    at->several = true;
    singles_.erase(hash);
    return;
  }
  if (owners_.size() >= kOwnersMost) {
    return;
  }
  owners_.insert(at, {hash, false, leaves});
  if (leaves && singles_.size() < kSinglesMost) {
    singles_[hash] = {"SingleReplica",
                      key,
                      workload.kind + " runs one pod, " + pod.meta.name + " on " + pod.node_name +
                          ": it is away while that pod moves; scale it up to avoid that",
                      false};
  }
}

Survey SurveyFold::Finish() {
  const auto single = std::count_if(owners_.begin(), owners_.end(), [](const Owner& owner) {
    return owner.leaves && !owner.several;
  });
  book_.AddUnnamed(static_cast<int>(single) - static_cast<int>(singles_.size()));
  for (auto& [hash, finding] : singles_) {
    book_.Add(std::move(finding));
  }
  result_.findings = book_.Take();
  result_.more = book_.more();
  return std::move(result_);
}

}  // namespace cu::planner
