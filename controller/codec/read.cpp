#include "codec/read.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "api/marks.hpp"

namespace cu::codec {
namespace {

constexpr int kMost = std::numeric_limits<int>::max();

bool KeepOfNode(const std::string& annotation) {
  return KeepOurs(annotation) || annotation == api::kScaleDownDisabled ||
         annotation == api::kDoNotDisrupt;
}

bool KeepOfPod(const std::string& annotation) {
  return KeepOurs(annotation) || annotation == "kubernetes.io/config.mirror";
}

bool KeepRetry(const std::string& annotation) {
  return annotation == api::kRetry;
}

/// The condition of this type in status.conditions; all fields empty if there is none.
struct FoundCondition {
  bool is_true = false;
  bool is_false = false;
  std::string reason;
  std::string message;
  std::optional<base::WallTime> since;
};

FoundCondition FindCondition(const Reader& conditions, std::string_view type) {
  for (const Reader& item : conditions.Items()) {
    if (item["type"].Text() == type) {
      const std::string status = item["status"].Text();
      return {status == "True",
              status == "False",
              item["reason"].Text(),
              item["message"].Text(),
              item["lastTransitionTime"].Time()};
    }
  }
  return {};
}

std::string WithMessage(const std::string& reason, const std::string& message) {
  return message.empty() ? reason : reason + ": " + message;
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

/// The claim that a volume of a pod mounts, or "". An ephemeral volume's claim is named after both:
/// https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
std::string ClaimOf(const Reader& volume, const std::string& pod) {
  if (volume["ephemeral"].present()) {
    return pod + "-" + volume["name"].Text();
  }
  return volume["persistentVolumeClaim"]["claimName"].Text();
}

/// `spec`: a PodSpec.
api::Placement ReadPlacement(const Reader& spec) {
  api::Placement placement;
  placement.node_selector = spec["nodeSelector"].Map();
  const Reader required =
      spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  if (required.present()) {
    placement.required = ReadNodeTerms(required);
  }
  return placement;
}

std::optional<api::Owner> ReadController(const Reader& owners) {
  for (const Reader& owner : owners.Items()) {
    if (owner["controller"].Flag()) {
      return api::Owner{owner["kind"].Text(), owner["name"].Text(), owner["uid"].Text()};
    }
  }
  return std::nullopt;
}

}  // namespace

template <>
Names DroppedMembers<api::Node>() {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"managedFields", "images", "addresses", "capacity", "allocatable", "volumesAttached"});
  return kNames;
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
                                                                  "tolerations",
                                                                  "topologySpreadConstraints",
                                                                  "projected"});
  return kNames;
}

template <>
Names DroppedMembers<api::DaemonSet>() {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"managedFields", "containers", "initContainers", "volumes", "tolerations"});
  return kNames;
}

template <>
Names DroppedMembers<api::PodDisruptionBudget>() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"managedFields", "disruptedPods"});
  return kNames;
}

template <>
Names DroppedMembers<api::Job>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields", "template"});
  return kNames;
}

template <>
Names DroppedMembers<api::Lease>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields"});
  return kNames;
}

template <>
Names DroppedMembers<api::ClusterUpgrade>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields"});
  return kNames;
}

bool KeepNone(const std::string&) {
  return false;
}

bool KeepOurs(const std::string& annotation) {
  return annotation.starts_with("clusterupgrade.io/");
}

api::Metadata ReadMetadata(const Reader& metadata, bool (*keep)(const std::string& annotation)) {
  api::Metadata meta;
  meta.name = metadata["name"].RequiredText();
  meta.ns = metadata["namespace"].Text();
  meta.uid = metadata["uid"].Text();
  meta.generation = metadata["generation"].Integer();
  meta.created = metadata["creationTimestamp"].Time();
  meta.deleted = metadata["deletionTimestamp"].Time();
  meta.labels = metadata["labels"].Map();
  meta.annotations = metadata["annotations"].Map(keep);
  meta.finalizers = metadata["finalizers"].Texts();
  meta.controller = ReadController(metadata["ownerReferences"]);
  meta.resource_version = metadata["resourceVersion"].Text();
  return meta;
}

template <>
api::Node Read(const Reader& object) {
  api::Node node;
  node.meta = ReadMetadata(object["metadata"], KeepOfNode);
  const Reader spec = object["spec"];
  node.unschedulable = spec["unschedulable"].Flag();
  for (const Reader& taint : spec["taints"].Items()) {
    node.taints.push_back({taint["key"].Text(), taint["value"].Text(), taint["effect"].Text()});
  }
  const Reader status = object["status"];
  const FoundCondition ready = FindCondition(status["conditions"], "Ready");
  node.ready = ready.is_true;
  node.ready_since = ready.since;
  node.kubelet_version = status["nodeInfo"]["kubeletVersion"].Text();
  node.boot_id = status["nodeInfo"]["bootID"].Text();
  return node;
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
  pod.deletion_grace_seconds = object["metadata"]["deletionGracePeriodSeconds"].OptionalInteger();
  const Reader spec = object["spec"];
  pod.node_name = spec["nodeName"].Text();
  pod.grace_seconds = spec["terminationGracePeriodSeconds"].OptionalInteger();
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

template <>
api::DaemonSet Read(const Reader& object) {
  return {ReadMetadata(object["metadata"], KeepNone),
          ReadPlacement(object["spec"]["template"]["spec"])};
}

template <>
api::PodDisruptionBudget Read(const Reader& object) {
  api::PodDisruptionBudget budget;
  budget.meta = ReadMetadata(object["metadata"], KeepNone);
  const Reader spec = object["spec"];
  budget.selector = spec["selector"].Selector();
  budget.min_available = spec["minAvailable"].IntOrPercent(0);
  budget.max_unavailable = spec["maxUnavailable"].IntOrPercent(0);
  budget.lets_unhealthy_go = spec["unhealthyPodEvictionPolicy"].Text() == "AlwaysAllow";
  const Reader status = object["status"];
  budget.observed_generation = status["observedGeneration"].Integer();
  budget.disruptions_allowed = status["disruptionsAllowed"].Int(0, 0, kMost);
  budget.current_healthy = status["currentHealthy"].Int(0, 0, kMost);
  budget.desired_healthy = status["desiredHealthy"].Int(0, 0, kMost);
  budget.expected_pods = status["expectedPods"].Int(0, 0, kMost);
  const FoundCondition allowed = FindCondition(status["conditions"], "DisruptionAllowed");
  if (allowed.is_false && allowed.reason == "SyncFailed") {
    budget.sync_failure = WithMessage(allowed.reason, allowed.message);
  }
  return budget;
}

template <>
api::Job Read(const Reader& object) {
  api::Job job;
  job.meta = ReadMetadata(object["metadata"], KeepOurs);
  job.ttl_seconds = object["spec"]["ttlSecondsAfterFinished"].OptionalInt(0, kMost);
  job.active_deadline_seconds = object["spec"]["activeDeadlineSeconds"].OptionalInt(0, kMost);
  const Reader conditions = object["status"]["conditions"];
  job.complete = FindCondition(conditions, "Complete").is_true;
  const FoundCondition failed = FindCondition(conditions, "Failed");
  if (failed.is_true) {
    job.failed = true;
    job.failure_reason = failed.reason;
    job.failure_message = failed.message;
  }
  return job;
}

template <>
api::Lease Read(const Reader& object) {
  api::Lease lease;
  lease.meta = ReadMetadata(object["metadata"], KeepNone);
  const Reader spec = object["spec"];
  lease.holder = spec["holderIdentity"].Text();
  lease.renew_time = spec["renewTime"].Text();
  lease.transitions = spec["leaseTransitions"].Integer();
  lease.duration_seconds = spec["leaseDurationSeconds"].Int(0, 0, kMost);
  return lease;
}

template <>
api::ClusterUpgrade Read(const Reader& object) {
  api::ClusterUpgrade upgrade;
  upgrade.meta = ReadMetadata(object["metadata"], KeepRetry);
  upgrade.spec = ReadSpec(object["spec"]);
  upgrade.status = ReadStatus(object["status"]);
  return upgrade;
}

}  // namespace cu::codec
