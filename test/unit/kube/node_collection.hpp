#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "unit/kube/peer.hpp"

namespace cu::kube::test {

/// One collection of nodes with versions, pages of three, a watch history and compaction. Keeps
/// everything that ever was, so that a test can ask for the truth at any version.
class NodeCollection {
 public:
  struct Change {
    std::uint64_t version;
    std::string name;
    std::string type;  ///< of the watch line
    std::string json;  ///< of the object, at `version`
  };

  const std::vector<Change>& history() const { return history_; }
  std::uint64_t version() const { return version_; }

  /// Adds, changes, touches or deletes one of a few nodes; some versions pass unseen, as in etcd.
  void Mutate(base::Random& random) {
    version_ += 1 + random.Below(3);
    const std::string name = "n" + std::to_string(random.Below(12));
    const bool there = live_.contains(name);
    const bool remove = there && random.Below(3) == 0;
    const std::string kubelet = "v" + std::to_string(random.Below(3));
    const std::string json = NodeJson(name, std::to_string(version_), kubelet);
    if (remove) {
      live_.erase(name);
    } else {
      live_[name] = json;
    }
    history_.push_back({version_, name, remove ? "DELETED" : there ? "MODIFIED" : "ADDED", json});
  }
  /// Older versions can neither be watched from nor be listed further.
  void Compact() { compacted_ = version_; }

  port::Response List(const std::string& target) {
    const auto at = target.find("continue=");
    std::uint64_t of = version_;
    std::size_t from = 0;
    if (at == std::string::npos) {
      snapshots_[of] = live_;
    } else {
      const std::string token = target.substr(at + 9);
      of = std::stoull(token);
      from = std::stoull(token.substr(token.find('-') + 1));
    }
    if (of < compacted_) {
      return Answer(410, StatusJson(410, "Expired"));
    }
    std::vector<std::string> items;
    std::size_t index = 0;
    for (const auto& [name, json] : snapshots_.at(of)) {
      if (index >= from && index < from + 3) {
        items.push_back(json);
      }
      ++index;
    }
    const bool more = index > from + 3;
    const std::string next = more ? std::to_string(of) + "-" + std::to_string(from + 3) : "";
    return Answer(200, ListJson(std::to_string(of), items, next));
  }
  /// The version that a watch's target resumes from; none: 410.
  std::optional<std::uint64_t> WatchFrom(const std::string& target) const {
    const std::uint64_t from = std::stoull(target.substr(target.find("resourceVersion=") + 16));
    return from < compacted_ ? std::nullopt : std::optional(from);
  }
  /// Names and versions of what existed at `version`.
  std::map<std::string, std::uint64_t> TruthAt(std::uint64_t version) const {
    std::map<std::string, std::uint64_t> truth;
    for (const Change& change : history_) {
      if (change.version > version) {
        break;
      }
      truth[change.name] = change.version;
      if (change.type == "DELETED") {
        truth.erase(change.name);
      }
    }
    return truth;
  }

 private:
  std::uint64_t version_ = 95;
  std::uint64_t compacted_ = 0;
  std::map<std::string, std::string> live_;
  std::vector<Change> history_;
  std::map<std::uint64_t, std::map<std::string, std::string>> snapshots_;
};

}  // namespace cu::kube::test
