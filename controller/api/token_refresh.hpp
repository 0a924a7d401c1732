#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/workload.hpp"
#include "base/time.hpp"

/// spec.tokenRefresh and status.tokenRefresh: meanings in docs/TOKENS.md and crds/.
namespace cu::api {

enum class TokenRefreshMode { kDisabled, kReport, kAuto };

/// What is done with the pods of a workload that hold old credentials.
enum class RefreshMethod { kEvict, kRestart, kWait, kSkip };

/// By the kind of what asks for the pods.
struct RefreshMethods {
  RefreshMethod deployments = RefreshMethod::kEvict;
  RefreshMethod stateful_sets = RefreshMethod::kEvict;
  RefreshMethod daemon_sets = RefreshMethod::kEvict;
  RefreshMethod replica_sets = RefreshMethod::kEvict;
  RefreshMethod replication_controllers = RefreshMethod::kEvict;
  RefreshMethod jobs = RefreshMethod::kWait;
  RefreshMethod pods = RefreshMethod::kSkip;  ///< without a controller: evicted ones are lost
  RefreshMethod others = RefreshMethod::kEvict;
  bool operator==(const RefreshMethods&) const = default;
};

struct TokenRefreshSpec {
  TokenRefreshMode mode = TokenRefreshMode::kReport;
  std::optional<base::WallTime> started_before;
  std::vector<std::string> namespaces;  ///< none: all
  std::vector<std::string> exclude_namespaces;
  RefreshMethods methods;
  int max_concurrent = 5;      ///< workloads
  int min_ready_seconds = 10;  ///< of a replacement, before the next pod of its workload goes
  int timeout_seconds = 600;   ///< of a workload, since its last progress
  int max_failed = 0;          ///< workloads; once more have failed, no other one is begun
  bool operator==(const TokenRefreshSpec&) const = default;
};

enum class TokenPhase {
  kUnknown,
  kCurrent,
  kSettling,
  kNodesFirst,
  kProving,
  kRefreshing,
  kStale,
  kBlocked,
  kFailed
};
enum class TokenChangeReason { kSigningKey, kIssuer, kCertificateAuthority, kRequested };
/// Soft: old tokens are still accepted. Hard: they are refused.
enum class TokenUrgency { kSoft, kHard };
/// By which rule no API server signs in the old way any more.
enum class SettledBy { kNone, kOneServer, kAllServersStarted, kQuiet, kRequested };

/// What new tokens are made of, and who vouches for the API servers.
struct TokenKeys {
  std::string signer;  ///< the key that signs: its kid, or the SHA-256 of a long one
  std::string issuer;
  std::vector<std::string> verifying;    ///< kids that are accepted; at most 20
  std::vector<std::string> authorities;  ///< ShortFingerprint of each certificate; at most 20
  /// When the oldest token that is known to be made like this was issued.
  std::optional<base::WallTime> since;
  bool operator==(const TokenKeys&) const = default;
};

struct TokenChange {
  std::vector<TokenChangeReason> reasons;  ///< in the order of the enumeration
  TokenUrgency urgency = TokenUrgency::kSoft;
  std::vector<std::string> old_signers;  ///< at most 5, the newest last
  base::WallTime seen;                   ///< by the controller's clock
  SettledBy settled_by = SettledBy::kNone;
  /// Pods created up to then hold tokens of the old kind: by the API server's clock.
  std::optional<base::WallTime> since;
  /// Pods created up to then hold the old certificate authorities.
  std::optional<base::WallTime> authority_since;
  std::optional<base::WallTime> completed;  ///< a look has found nobody with old credentials
  bool operator==(const TokenChange&) const = default;
};

/// Pods that hold credentials, by the last look.
struct TokenPods {
  int stale = 0;
  int current = 0;
  int skipped = 0;  ///< of namespaces that are out of scope
  bool operator==(const TokenPods&) const = default;
};

/// Why a workload was given up after it had lost a pod: status.tokenRefresh.failures[].reason.
enum class RefreshFailure { kReplacementNotReady, kNotReplaced };

/// A workload whose pods are being replaced.
struct WorkloadInWork {
  Workload workload;
  RefreshMethod method = RefreshMethod::kEvict;
  // When it was taken up:
  int pods = 0;  ///< that it asked for, or had
  int old = 0;   ///< of them, with old credentials
  int left = 0;  ///< with old credentials now
  base::WallTime start;
  base::WallTime progress;  ///< when `left` became less, or work on it began
  std::string message;
  bool operator==(const WorkloadInWork&) const = default;
};

struct FailedWorkload {
  Workload workload;
  RefreshFailure reason = RefreshFailure::kNotReplaced;
  std::string message;
  base::WallTime time;
  bool operator==(const FailedWorkload&) const = default;
};

struct TokenRefreshStatus {
  TokenPhase phase = TokenPhase::kUnknown;
  TokenKeys keys;
  std::optional<TokenChange> change;
  TokenPods pods;
  std::optional<base::WallTime> look_time;  ///< when that look began
  std::vector<std::string> laggards;        ///< at most 20 lines
  int laggards_total = 0;
  int round = 0;     ///< counts the looks that workloads were taken up by, or that proved the end
  int replaced = 0;  ///< workloads, since the change
  std::vector<WorkloadInWork> in_progress;  ///< at most 20
  std::vector<FailedWorkload> failures;     ///< at most 51
  std::vector<std::string> droppable;       ///< old signers of which no pod in scope holds a token
  bool operator==(const TokenRefreshStatus&) const = default;
};

}  // namespace cu::api
