#include "codec/decode/read_pod.hpp"

#include <algorithm>
#include <array>

#include "codec/decode/read_condition.hpp"
#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_placement.hpp"

namespace cu::codec {
namespace {

bool KeepOfPod(const std::string& annotation) {
  return KeepOurs(annotation) || annotation == "kubernetes.io/config.mirror";
}

/// Reasons of the kubelet for a container that will not start by itself soon.
bool IsProblem(const std::string& waiting_reason) {
  static constexpr std::array<std::string_view, 6> kReasons = {"ErrImagePull",
                                                               "ImagePullBackOff",
                                                               "CreateContainerConfigError",
                                                               "CreateContainerError",
                                                               "InvalidImageName",
                                                               "CrashLoopBackOff"};
  return std::find(kReasons.begin(), kReasons.end(), waiting_reason) != kReasons.end();
}

void ReadContainers(const Reader& statuses, api::Pod& pod) {
  for (const Reader& container : statuses.Items()) {
    const Reader state = container["state"];
    pod.started = pod.started || state["running"].present() || state["terminated"].present() ||
                  container["lastState"]["terminated"].present() ||
                  container["restartCount"].Integer() > 0;
    const std::string reason = state["waiting"]["reason"].Text();
    if (pod.problem.empty() && IsProblem(reason)) {
      pod.problem = WithMessage(reason, state["waiting"]["message"].Text());
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

}  // namespace

template <>
Names DroppedMembers<api::Pod>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields",
                                                                  "containers",
                                                                  "initContainers",
                                                                  "ephemeralContainers",
                                                                  "ephemeralContainerStatuses",
                                                                  "podAffinity",
                                                                  "podAntiAffinity",
                                                                  "tolerations",
                                                                  "topologySpreadConstraints",
                                                                  "projected"});
  return kNames;
}

template <>
api::Pod Read(const Reader& object) {
  static constexpr auto kPhases = std::to_array<std::pair<std::string_view, api::PodPhase>>(
      {{"Pending", api::PodPhase::kPending},
       {"Running", api::PodPhase::kRunning},
       {"Succeeded", api::PodPhase::kSucceeded},
       {"Failed", api::PodPhase::kFailed},
       {"Unknown", api::PodPhase::kUnknown}});
  api::Pod pod;
  pod.meta = ReadMetadata(object["metadata"], KeepOfPod);
  pod.deletion_grace_seconds = ReadGrace(object["metadata"]["deletionGracePeriodSeconds"]);
  const Reader spec = object["spec"];
  pod.node_name = spec["nodeName"].Text();
  pod.grace_seconds = ReadGrace(spec["terminationGracePeriodSeconds"]);
  for (const Reader& volume : spec["volumes"].Items()) {
    pod.has_empty_dir = pod.has_empty_dir || volume["emptyDir"].present();
    if (std::string claim = ClaimOf(volume, pod.meta.name); !claim.empty()) {
      pod.claims.push_back(std::move(claim));
    }
  }
  pod.placement = ReadPlacement(spec);
  const Reader status = object["status"];
  pod.phase = status["phase"].Choose(kPhases, api::PodPhase::kUnknown);
  pod.ready = FindCondition(status["conditions"], "Ready").is_true;
  ReadContainers(status["initContainerStatuses"], pod);
  ReadContainers(status["containerStatuses"], pod);
  const FoundCondition scheduled = FindCondition(status["conditions"], "PodScheduled");
  if (pod.problem.empty() && scheduled.is_false && scheduled.reason == "Unschedulable") {
    pod.problem = WithMessage(scheduled.reason, scheduled.message);
  }
  return pod;
}

}  // namespace cu::codec
