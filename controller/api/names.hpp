#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/cluster_upgrade.hpp"

/// The texts of the enumerations of spec and status, as users write and see them.
namespace cu::api {

inline constexpr auto kConditionStatuses =
    std::to_array<std::pair<std::string_view, ConditionStatus>>(
        {{"True", ConditionStatus::kTrue},
         {"False", ConditionStatus::kFalse},
         {"Unknown", ConditionStatus::kUnknown}});

inline constexpr auto kConditionTypes = std::to_array<std::pair<std::string_view, ConditionType>>(
    {{"Ready", ConditionType::kReady},
     {"Reconciling", ConditionType::kReconciling},
     {"Stalled", ConditionType::kStalled},
     {"PreflightPassed", ConditionType::kPreflightPassed},
     {"ControlPlaneUpgraded", ConditionType::kControlPlaneUpgraded},
     {"WorkersUpgraded", ConditionType::kWorkersUpgraded},
     {"TokensFresh", ConditionType::kTokensFresh}});

inline constexpr auto kBlockerKinds = std::to_array<std::pair<std::string_view, BlockerKind>>(
    {{"Pod", BlockerKind::kPod},
     {"PodDisruptionBudget", BlockerKind::kPodDisruptionBudget},
     {"VolumeAttachment", BlockerKind::kVolumeAttachment},
     {"PodTemplate", BlockerKind::kPodTemplate}});

inline constexpr auto kRunResults =
    std::to_array<std::pair<std::string_view, RunResult>>({{"", RunResult::kOpen},
                                                           {"Completed", RunResult::kCompleted},
                                                           {"Superseded", RunResult::kSuperseded}});

inline constexpr auto kExecutorTypes = std::to_array<std::pair<std::string_view, ExecutorType>>(
    {{"Kubeadm", ExecutorType::kKubeadm},
     {"K3s", ExecutorType::kK3s},
     {"RKE2", ExecutorType::kRke2},
     {"Job", ExecutorType::kJob},
     {"External", ExecutorType::kExternal}});

inline constexpr auto kNodeSteps =
    std::to_array<std::pair<std::string_view, NodeStep>>({{"Pulling", NodeStep::kPulling},
                                                          {"Cordoning", NodeStep::kCordoning},
                                                          {"Draining", NodeStep::kDraining},
                                                          {"Upgrading", NodeStep::kUpgrading},
                                                          {"Verifying", NodeStep::kVerifying},
                                                          {"Uncordoning", NodeStep::kUncordoning}});

inline constexpr auto kStages = std::to_array<std::pair<std::string_view, Stage>>(
    {{"ControlPlane", Stage::kControlPlane},
     {"Node", Stage::kNode},
     {"ControlPlaneAndNode", Stage::kControlPlaneAndNode}});

inline constexpr auto kVersionMatches = std::to_array<std::pair<std::string_view, VersionMatch>>(
    {{"Exact", VersionMatch::kExact}, {"Release", VersionMatch::kRelease}});

inline constexpr auto kKubeadmMethods =
    std::to_array<std::pair<std::string_view, KubeadmMethod>>({{"Auto", KubeadmMethod::kAuto},
                                                               {"OneSwap", KubeadmMethod::kOneSwap},
                                                               {"Plain", KubeadmMethod::kPlain}});
/// The member of spec.executor that has the settings of a built-in executor.
inline constexpr auto kExecutorSettings =
    std::to_array<std::pair<std::string_view, ExecutorType>>({{"kubeadm", ExecutorType::kKubeadm},
                                                              {"k3s", ExecutorType::kK3s},
                                                              {"rke2", ExecutorType::kRke2}});

inline constexpr auto kTokenRefreshModes =
    std::to_array<std::pair<std::string_view, TokenRefreshMode>>(
        {{"Disabled", TokenRefreshMode::kDisabled},
         {"Report", TokenRefreshMode::kReport},
         {"Auto", TokenRefreshMode::kAuto}});

inline constexpr auto kRefreshMethods =
    std::to_array<std::pair<std::string_view, RefreshMethod>>({{"Evict", RefreshMethod::kEvict},
                                                               {"Restart", RefreshMethod::kRestart},
                                                               {"Wait", RefreshMethod::kWait},
                                                               {"Skip", RefreshMethod::kSkip}});

inline constexpr auto kTokenPhases =
    std::to_array<std::pair<std::string_view, TokenPhase>>({{"", TokenPhase::kUnknown},
                                                            {"Current", TokenPhase::kCurrent},
                                                            {"Settling", TokenPhase::kSettling},
                                                            {"NodesFirst", TokenPhase::kNodesFirst},
                                                            {"Proving", TokenPhase::kProving},
                                                            {"Refreshing", TokenPhase::kRefreshing},
                                                            {"Stale", TokenPhase::kStale},
                                                            {"Blocked", TokenPhase::kBlocked},
                                                            {"Failed", TokenPhase::kFailed}});

inline constexpr auto kTokenChangeReasons =
    std::to_array<std::pair<std::string_view, TokenChangeReason>>(
        {{"SigningKey", TokenChangeReason::kSigningKey},
         {"Issuer", TokenChangeReason::kIssuer},
         {"CertificateAuthority", TokenChangeReason::kCertificateAuthority},
         {"Requested", TokenChangeReason::kRequested}});

inline constexpr auto kTokenUrgencies = std::to_array<std::pair<std::string_view, TokenUrgency>>(
    {{"Soft", TokenUrgency::kSoft}, {"Hard", TokenUrgency::kHard}});

inline constexpr auto kSettledBy = std::to_array<std::pair<std::string_view, SettledBy>>(
    {{"", SettledBy::kNone},
     {"OneServer", SettledBy::kOneServer},
     {"AllServersStarted", SettledBy::kAllServersStarted},
     {"Quiet", SettledBy::kQuiet},
     {"Requested", SettledBy::kRequested}});

template <class Table, class Enumerator>
std::string FindName(const Table& table, Enumerator enumerator) {
  for (const auto& [name, value] : table) {
    if (value == enumerator) {
      return std::string(name);
    }
  }
  return {};
}

inline std::string NameOf(ConditionStatus status) {
  return FindName(kConditionStatuses, status);
}
inline std::string NameOf(ConditionType type) {
  return FindName(kConditionTypes, type);
}
inline std::string NameOf(BlockerKind kind) {
  return FindName(kBlockerKinds, kind);
}
inline std::string NameOf(RunResult result) {
  return FindName(kRunResults, result);
}
inline std::string NameOf(ExecutorType type) {
  return FindName(kExecutorTypes, type);
}
inline std::string NameOf(KubeadmMethod method) {
  return FindName(kKubeadmMethods, method);
}
/// "" of an executor that has none.
inline std::string SettingsOf(ExecutorType type) {
  return FindName(kExecutorSettings, type);
}
inline std::string NameOf(NodeStep step) {
  return FindName(kNodeSteps, step);
}
inline std::string NameOf(Stage stage) {
  return FindName(kStages, stage);
}

}  // namespace cu::api
