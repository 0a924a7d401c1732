#include "planner/report/bounds.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kConditionMax = std::size_t{16} * 1024;
constexpr std::size_t kMessageMax = 1024;
constexpr std::size_t kWarningMax = 600;
constexpr std::size_t kObjectMax = 320;  ///< "namespace/name" of 63 and 253
/// Of DaemonSets and static pods of one node; those that matter most come first.
constexpr std::size_t kPodOwnersMax = 200;
constexpr std::size_t kBlockersMax = 5;

/// Of an object and of a member of one in JSON: braces, names, times and numbers.
constexpr std::size_t kOfObject = 700;
constexpr std::size_t kOfText = 4;

void Shorten(std::string& text, std::size_t limit) {
  constexpr std::string_view kMark = "\xE2\x80\xA6";
  if (text.size() > limit) {
    text = base::Cut(std::move(text), limit - kMark.size());
    text += kMark;
  }
}

/// What cuts at one level.
class Knife {
 public:
  explicit Knife(int level) : level_(level) {}

  void Cut(api::ClusterUpgradeStatus& status) const {
    for (api::Condition& condition : status.conditions) {
      Shorten(condition.message, kConditionMax >> level_);
    }
    for (api::NodeInWork& entry : status.in_progress) {
      Cut(entry);
    }
    for (api::NodeFailure& failure : status.failures) {
      Shorten(failure.message, kMessageMax >> level_);
      Cut(failure.daemon_sets);
      Cut(failure.static_pods);
    }
    if (status.token_refresh) {
      Cut(*status.token_refresh);
    }
    for (api::Warning& warning : status.warnings) {
      Shorten(warning.object, kObjectMax >> std::max(0, level_ - 4));
      Shorten(warning.message, kWarningMax >> level_);
    }
  }

 private:
  void Cut(api::TokenRefreshStatus& tokens) const {
    for (std::string& line : tokens.laggards) {
      Shorten(line, kWarningMax >> level_);
    }
    for (api::WorkloadInWork& entry : tokens.in_progress) {
      Shorten(entry.message, kWarningMax >> level_);
    }
    for (api::FailedWorkload& failure : tokens.failures) {
      Shorten(failure.message, kWarningMax >> level_);
    }
  }

  void Cut(api::NodeInWork& entry) const {
    Shorten(entry.message, kMessageMax >> level_);
    Shorten(entry.released_for, kMessageMax >> level_);
    Cut(entry.daemon_sets);
    Cut(entry.static_pods);
    const std::size_t blockers = std::max<std::size_t>(1, kBlockersMax >> level_);
    if (entry.blocked_by.size() > blockers) {
      entry.blocked_by_more += static_cast<int>(entry.blocked_by.size() - blockers);
      entry.blocked_by.resize(blockers);
    }
  }

  /// They are what a node is verified with: cut last.
  void Cut(std::vector<std::string>& owners) const {
    const std::size_t most =
        level_ == kTightestLevel ? 0 : kPodOwnersMax >> std::max(0, level_ - 1);
    owners.resize(std::min(owners.size(), most));
  }

  int level_;
};

std::size_t SizeOf(const std::string& text) {
  std::size_t size = text.size() + kOfText;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      ++size;
    } else if (static_cast<unsigned char>(c) < ' ') {
      size += 5;  // \u0001
    } else if (static_cast<unsigned char>(c) >= 0x80U) {
      size += 2;  // U+FFFD, where it is not UTF-8
    }
  }
  return size;
}

std::size_t SizeOf(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) {
    size += SizeOf(text);
  }
  return size;
}

std::size_t SizeOf(const api::NodeInWork& entry) {
  std::size_t size = kOfObject + SizeOf(entry.daemon_sets) + SizeOf(entry.static_pods);
  for (const std::string* text : {&entry.name,
                                  &entry.uid,
                                  &entry.pool,
                                  &entry.version,
                                  &entry.from_version,
                                  &entry.boot_id,
                                  &entry.job_name,
                                  &entry.job_uid,
                                  &entry.run_id,
                                  &entry.released_for,
                                  &entry.message}) {
    size += SizeOf(*text);
  }
  for (const api::BlockedBy& by : entry.blocked_by) {
    size += kOfObject / 4 + SizeOf(by.ns) + SizeOf(by.name);
  }
  return size;
}

std::size_t SizeOf(const api::NodeFailure& failure) {
  return kOfObject / 2 + SizeOf(failure.name) + SizeOf(failure.uid) + SizeOf(failure.version) +
         SizeOf(failure.message) + SizeOf(failure.boot_id) + SizeOf(failure.daemon_sets) +
         SizeOf(failure.static_pods);
}

std::size_t SizeOf(const api::DeletedNode& node) {
  return kOfObject / 2 + SizeOf(node.name) + SizeOf(node.uid) + SizeOf(node.pool) +
         SizeOf(node.version) + SizeOf(node.replacement) + SizeOf(node.replacement_uid);
}

std::size_t SizeOf(const api::PostponedNode& node) {
  return kOfObject / 4 + SizeOf(node.name) + SizeOf(node.uid);
}

std::size_t SizeOf(const api::Condition& condition) {
  return kOfObject / 2 + SizeOf(condition.reason) + SizeOf(condition.message);
}

/// As status.findings and as status.warnings.
std::size_t SizeOf(const api::Warning& warning) {
  return kOfObject / 4 + 2 * (SizeOf(warning.object) + SizeOf(warning.message));
}

std::size_t SizeOf(const api::Hop& hop) {
  return kOfObject / 4 + SizeOf(hop.version);
}

std::size_t SizeOf(const api::SavedDigest& saved) {
  return kOfObject / 20 + SizeOf(saved.uid) + SizeOf(saved.digest);
}

std::size_t SizeOf(const api::HistoryEntry& entry) {
  return kOfObject / 4 + SizeOf(entry.version) + SizeOf(entry.run_id);
}

/// In work, or failed.
template <class Entry>
std::size_t SizeOfWorkload(const Entry& entry) {
  return kOfObject / 4 + SizeOf(entry.workload.ns) + SizeOf(entry.workload.kind) +
         SizeOf(entry.workload.name) + SizeOf(entry.message);
}

std::size_t SizeOf(const std::optional<api::TokenRefreshStatus>& tokens) {
  if (!tokens) {
    return 0;
  }
  std::size_t workloads = 0;
  for (const api::WorkloadInWork& entry : tokens->in_progress) {
    workloads += SizeOfWorkload(entry);
  }
  for (const api::FailedWorkload& failure : tokens->failures) {
    workloads += SizeOfWorkload(failure);
  }
  const std::size_t change = tokens->change ? kOfObject + SizeOf(tokens->change->old_signers) : 0;
  return kOfObject + change + workloads + SizeOf(tokens->keys.signer) +
         SizeOf(tokens->keys.issuer) + SizeOf(tokens->keys.verifying) +
         SizeOf(tokens->keys.authorities) + SizeOf(tokens->laggards) + SizeOf(tokens->droppable);
}

template <class Entries>
std::size_t SizeOfAll(const Entries& entries) {
  std::size_t size = 0;
  for (const auto& entry : entries) {
    size += SizeOf(entry);
  }
  return size;
}

}  // namespace

std::size_t LargestSize(const api::ClusterUpgradeStatus& status) {
  return 2 * kOfObject + SizeOfAll(status.conditions) + SizeOfAll(status.hops) +
         SizeOfAll(status.in_progress) + SizeOfAll(status.postponed) + SizeOfAll(status.failures) +
         SizeOfAll(status.deleted_nodes) + SizeOfAll(status.warnings) +
         SizeOfAll(status.saved_digests) + SizeOfAll(status.history) +
         (status.run ? SizeOf(status.run->id) : 0) + SizeOf(status.run_id) +
         SizeOf(status.progress) + SizeOf(status.current_hop) + SizeOf(status.last_handled_retry) +
         SizeOf(status.spec_hash) + SizeOf(status.token_refresh);
}

api::ClusterUpgradeStatus WithinBounds(api::ClusterUpgradeStatus status, int level) {
  CU_CHECK(level >= 0 && level <= kTightestLevel);
  Knife(level).Cut(status);
  while (LargestSize(status) > kStatusMax && level < kTightestLevel) {
    Knife(++level).Cut(status);
  }
  return status;
}

}  // namespace cu::planner
