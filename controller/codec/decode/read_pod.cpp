#include "codec/decode/read_pod.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "api/labels.hpp"
#include "base/text.hpp"
#include "codec/decode/read_condition.hpp"
#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_placement.hpp"

namespace cu::codec {
namespace {

bool KeepOfPod(const std::string& annotation) {
  return KeepOurs(annotation) || annotation == "kubernetes.io/config.mirror" ||
         annotation == api::kSafeToEvict || annotation == api::kDoNotDisrupt ||
         annotation == api::kDoNotEvict;
}

constexpr std::size_t kMessageMax = 400;

/// Why a container has no image (kubernetes/kubernetes pkg/kubelet/images/types.go).
bool IsImageProblem(const std::string& waiting_reason) {
  static constexpr auto kReasons = std::to_array<std::string_view>({"ErrImagePull",
                                                                    "ImagePullBackOff",
                                                                    "InvalidImageName",
                                                                    "ErrImageNeverPull",
                                                                    "ImageInspectError",
                                                                    "RegistryUnavailable",
                                                                    "SignatureValidationFailed"});
  return std::find(kReasons.begin(), kReasons.end(), waiting_reason) != kReasons.end();
}

/// Reasons of the kubelet for a container that will not start by itself soon.
bool IsProblem(const std::string& waiting_reason) {
  static constexpr auto kReasons = std::to_array<std::string_view>(
      {"CreateContainerConfigError", "CreateContainerError", "CrashLoopBackOff"});
  return IsImageProblem(waiting_reason) ||
         std::find(kReasons.begin(), kReasons.end(), waiting_reason) != kReasons.end();
}

/// Whether a container of that end has ever run. The runtime could not start it (containerd
/// internal/cri/server/container_start.go; ContainerCannotRun is Docker's word), or the kubelet
/// has ended the pod and finds no trace of it (kubernetes/kubernetes pkg/kubelet/status/
/// status_manager.go, TerminatePod).
bool HasRun(const Reader& container, const Reader& terminated) {
  if (!terminated.present()) {
    return false;
  }
  const std::string reason = terminated["reason"].Text();
  const bool lost = reason == "ContainerStatusUnknown" && container["containerID"].Text().empty();
  return !lost && reason != "StartError" && reason != "ContainerCannotRun";
}

int NumberOf(const Reader& number) {
  constexpr std::int64_t kMost = 1'000'000;
  return static_cast<int>(std::clamp(number.OptionalInteger().value_or(0), -kMost, kMost));
}

void ReadFailure(const Reader& container, const Reader& terminated, api::Pod& pod) {
  const int exit_code = NumberOf(terminated["exitCode"]);
  const int signal = NumberOf(terminated["signal"]);
  if (pod.failure || (exit_code == 0 && signal == 0)) {
    return;
  }
  // What a program says last is why it ended, but for a report, which begins with it.
  const std::string words = base::OneLine(terminated["message"].Text());
  pod.failure = {container["name"].Text(),
                 exit_code,
                 signal,
                 terminated["reason"].Text(),
                 words.starts_with("failed: ") ? base::Cut(words, kMessageMax)
                                               : base::CutFront(words, kMessageMax)};
}

void ReadContainers(const Reader& statuses, api::Pod& pod) {
  for (const Reader& container : statuses.Items()) {
    const Reader state = container["state"];
    const Reader terminated = state["terminated"];
    pod.running = pod.running || state["running"].present();
    pod.started = pod.started || pod.running || HasRun(container, terminated) ||
                  HasRun(container, container["lastState"]["terminated"]) ||
                  container["restartCount"].Integer() > 0;
    if (terminated.present()) {
      ReadFailure(container, terminated, pod);
    }
    const std::string reason = state["waiting"]["reason"].Text();
    const bool worse = IsImageProblem(reason) && !pod.lacks_image;
    if (worse || (pod.problem.empty() && IsProblem(reason))) {
      pod.problem = WithMessage(reason, state["waiting"]["message"].Text());
      pod.lacks_image = worse;
    }
  }
}

/// Seconds of a grace period; longer than a year is as good as for ever, and negative as none.
std::optional<std::int64_t> ReadGrace(const Reader& seconds) {
  constexpr std::int64_t kYear = std::int64_t{366} * 24 * 3600;
  const std::optional<std::int64_t> grace = seconds.OptionalInteger();
  return grace ? std::optional(std::clamp<std::int64_t>(*grace, 0, kYear)) : std::nullopt;
}

/// The claim that a volume of a pod mounts, or "". An ephemeral volume's claim is named after both:
/// https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
std::string ClaimOf(const Reader& volume, const std::string& pod) {
  if (volume["ephemeral"].present()) {
    return pod + "-" + volume["name"].Text();
  }
  return volume["persistentVolumeClaim"]["claimName"].Text();
}

/// Tokens and authorities that the kubelet writes into the volume.
void ReadCredentials(const Reader& volume, api::Pod& pod) {
  const auto note_authority = [&](const Reader& source) {
    pod.holds_authority = pod.holds_authority || source["name"].Text() == api::kRootAuthority;
  };
  note_authority(volume["configMap"]);
  for (const Reader& source : volume["projected"]["sources"].Items()) {
    pod.holds_token = pod.holds_token || source["serviceAccountToken"].present();
    note_authority(source["configMap"]);
  }
}

/// Whether pods with these tolerations are scheduled to a cordoned node:
/// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
bool TolerateCordon(const Reader& tolerations) {
  const auto& items = tolerations.Items();
  return std::any_of(items.begin(), items.end(), [](const Reader& toleration) {
    const std::string key = toleration["key"].Text();
    const std::string effect = toleration["effect"].Text();
    const bool exists = toleration["operator"].Text() == "Exists";
    const bool same_key = key == "node.kubernetes.io/unschedulable";
    return (effect.empty() || effect == "NoSchedule") &&
           (exists ? same_key || key.empty() : same_key && toleration["value"].Text().empty());
  });
}

}  // namespace

api::PodPhase ReadPhase(const Reader& status) {
  static constexpr auto kPhases = std::to_array<std::pair<std::string_view, api::PodPhase>>(
      {{"Pending", api::PodPhase::kPending},
       {"Running", api::PodPhase::kRunning},
       {"Succeeded", api::PodPhase::kSucceeded},
       {"Failed", api::PodPhase::kFailed},
       {"Unknown", api::PodPhase::kUnknown}});
  return status["phase"].Choose(kPhases, api::PodPhase::kUnknown);
}

bool IsLasting(const Reader& spec) {
  const std::string policy = spec["restartPolicy"].Text();
  return policy.empty() || policy == "Always";
}

template <>
Names DroppedMembers<api::Pod>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields",
                                                                  "containers",
                                                                  "initContainers",
                                                                  "ephemeralContainers",
                                                                  "ephemeralContainerStatuses",
                                                                  "podAffinity",
                                                                  "podAntiAffinity",
                                                                  "topologySpreadConstraints"});
  return kNames;
}

template <>
api::Pod Read(const Reader& object) {
  api::Pod pod;
  pod.meta = ReadMetadata(object["metadata"], KeepOfPod);
  pod.deletion_grace_seconds = ReadGrace(object["metadata"]["deletionGracePeriodSeconds"]);
  const Reader spec = object["spec"];
  pod.node_name = spec["nodeName"].Text();
  pod.lasting = IsLasting(spec);
  const std::string priority = spec["priorityClassName"].Text();
  pod.node_critical = priority == "system-node-critical";
  pod.system_critical = pod.node_critical || priority == "system-cluster-critical";
  pod.grace_seconds = ReadGrace(spec["terminationGracePeriodSeconds"]);
  std::size_t bytes = 0;
  for (const Reader& volume : spec["volumes"].Items()) {
    pod.has_empty_dir = pod.has_empty_dir || volume["emptyDir"].present();
    ReadCredentials(volume, pod);
    std::string claim = ClaimOf(volume, pod.meta.name);
    if (!claim.empty() && spec.Fits(bytes, claim.size())) {
      pod.claims.push_back(std::move(claim));
    }
  }
  pod.placement = ReadPlacement(spec);
  pod.in_gang = spec["schedulingGroup"].present() || spec["workloadRef"].present();
  pod.tolerates_cordon = TolerateCordon(spec["tolerations"]);
  const Reader status = object["status"];
  pod.phase = ReadPhase(status);
  pod.accepted = status["startTime"].present();
  pod.ready = FindCondition(status["conditions"], "Ready").is_true;
  pod.ended_by = base::Cut(
      base::OneLine(WithMessage(status["reason"].Text(), status["message"].Text())), kMessageMax);
  ReadContainers(status["initContainerStatuses"], pod);
  ReadContainers(status["containerStatuses"], pod);
  const auto containers = status["containerStatuses"].Items();
  if (pod.mirror() && !containers.empty()) {
    pod.mirror_image = containers.front()["image"].Text();
  }
  const FoundCondition scheduled = FindCondition(status["conditions"], "PodScheduled");
  if (pod.problem.empty() && scheduled.is_false && scheduled.reason == "Unschedulable") {
    pod.problem = WithMessage(scheduled.reason, scheduled.message);
  }
  return pod;
}

}  // namespace cu::codec
