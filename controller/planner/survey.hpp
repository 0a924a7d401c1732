#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/objects.hpp"

namespace cu::planner {

struct World;

/// Something about the drains to come that a person ought to know. `type` is the name that
/// spec.preflight.ignore takes, `object` what it may be narrowed to.
struct Finding {
  std::string type;
  std::string object;  ///< "namespace/name", or the name of a cluster-scoped object
  std::string text;    ///< what it means and what to do
  bool blocks = false;
  auto operator<=>(const Finding&) const = default;
};

/// What a look at all pods has found. Bounded: it does not grow with the cluster.
struct Survey {
  std::string made_for;           ///< SurveyKey of the object that it was made for
  std::vector<Finding> findings;  ///< as FindingBook::Take sorts; at most 100 of each type
  int more = 0;                   ///< findings beyond that
  int pods = 0;                   ///< looked at
  bool volumes_unread = false;    ///< no right to read PersistentVolumes: their affinity is unknown
  bool blocks() const;
  bool operator==(const Survey&) const = default;
};

/// Whether spec.preflight.ignore, "Type" or "Type=object", names the finding.
bool Ignores(const std::vector<std::string>& ignore,
             const std::string& type,
             const std::string& object);

/// The object and its spec: a survey for another one says nothing.
std::string SurveyKey(const api::Metadata& upgrade, const std::string& spec_fingerprint);

/// A set of texts of which only 8-byte hashes are kept, up to a bound.
class HashSet {
 public:
  explicit HashSet(std::size_t most) : most_(most) {}
  /// False if it was there. Beyond the bound nothing is kept.
  bool Insert(std::uint64_t hash);
  bool Contains(std::uint64_t hash) const;

 private:
  std::size_t most_;
  std::vector<std::uint64_t> sorted_;
};
/// FNV-1a.
std::uint64_t HashOf(const std::string& text);

/// Findings without repetitions, at most 100 of a type; what spec.preflight.ignore names no longer
/// blocks, and is left out if it only warned.
class FindingBook {
 public:
  explicit FindingBook(std::vector<std::string> ignore) : ignore_(std::move(ignore)) {}
  void Add(Finding finding);
  /// Counts findings that could not be named.
  void AddUnnamed(int count) { more_ += count; }
  /// Losses first, UnmanagedPods and then EmptyDirData; else sorted by type and object.
  std::vector<Finding> Take();
  int more() const { return more_; }

 private:
  std::vector<std::string> ignore_;
  std::map<std::string, std::map<std::string, Finding>> by_type_;  ///< then by object
  HashSet unnamed_{50'000};                                        ///< beyond 100 of a type
  int more_ = 0;
};

/// A look at every pod of the cluster, page by page: those on nodes that are still to be drained
/// and would leave are judged. Keeps findings only: it does not grow with the number of pods. Pods
/// are counted for the first 50,000 owners, and the volumes of 50,000 claims are known; beyond that
/// SingleReplica and PinnedPod are not found.
class SurveyFold {
 public:
  /// Fixes the nodes that are looked at.
  explicit SurveyFold(const World& world);
  const std::string& made_for() const { return result_.made_for; }

  /// All volumes go first; SkipVolumes where they may not be read.
  void AddVolumes(const World& world, const std::vector<api::PersistentVolume>& volumes);
  void SkipVolumes() { result_.volumes_unread = true; }
  void AddPods(const World& world, const std::vector<api::Pod>& pods);
  Survey Finish();

 private:
  struct Owner {
    std::uint64_t hash = 0;
    bool several = false;
    bool leaves = false;
  };
  void CountForOwner(const api::Pod& pod, bool leaves);
  bool PinnedByVolume(const api::Pod& pod) const;

  Survey result_;
  std::set<std::string> nodes_;
  FindingBook book_;
  HashSet pinned_claims_;
  std::vector<Owner> owners_;                 ///< by hash
  std::map<std::uint64_t, Finding> singles_;  ///< of owners with one pod so far
};

}  // namespace cu::planner
