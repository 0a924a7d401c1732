#include "model/pods.hpp"

#include <algorithm>

namespace cu::simulation {
namespace {

constexpr const char* kRunsSeconds = "model/runs-seconds";
constexpr const char* kStartSeconds = "model/start-seconds";
/// Between the UID of a Deployment and the number of a revision.
constexpr const char* kRevision = "-revision-";

int NumberOf(const Json& pod, const char* annotation) {
  const std::string text = AnnotationOf(pod, annotation);
  return text.empty() ? 0 : std::stoi(text);
}

}  // namespace

Json MakePod(const PodOptions& options) {
  Json pod{
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata",
       {{"name", options.name}, {"namespace", options.ns}, {"labels", {{"app", options.app}}}}},
      {"spec",
       {{"containers", Json::array({{{"name", "main"}, {"image", "registry.example/app:1"}}})},
        {"terminationGracePeriodSeconds", options.grace_seconds}}},
      {"status", {{"phase", "Pending"}}}};
  Json& spec = pod["spec"];
  if (!options.node.empty()) {
    spec["nodeName"] = options.node;
  }
  if (options.empty_dir) {
    spec["volumes"].push_back({{"name", "scratch"}, {"emptyDir", Json::object()}});
  }
  if (!options.claim.empty()) {
    spec["volumes"].push_back(
        {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", options.claim}}}});
  }
  if (!options.only_node.empty()) {
    spec["nodeSelector"]["kubernetes.io/hostname"] = options.only_node;
  }
  if (options.tolerates) {
    spec["tolerations"] = Json::array({{{"operator", "Exists"}}});
  }
  if (options.finalizer) {
    pod["metadata"]["finalizers"] = Json::array({"example.com/wait"});
  }
  if (options.runs_seconds > 0) {
    pod["metadata"]["annotations"][kRunsSeconds] = std::to_string(options.runs_seconds);
  }
  if (options.start_seconds > 0) {
    pod["metadata"]["annotations"][kStartSeconds] = std::to_string(options.start_seconds);
  }
  return pod;
}

void MountToken(Json& pod) {
  const std::string token = "kube-api-access-" + NameOf(pod).substr(0, 5);
  Json& spec = pod["spec"];
  const Json sources =
      Json::array({{{"serviceAccountToken", {{"expirationSeconds", 3607}, {"path", "token"}}}},
                   {{"configMap", {{"name", "kube-root-ca.crt"}}}}});
  spec["volumes"].push_back({{"name", token}, {"projected", {{"sources", sources}}}});
  for (Json& container : spec["containers"]) {
    container["volumeMounts"].push_back({{"name", token}, {"mountPath", "/var/run/secrets"}});
  }
}

void ApplyAdmission(Json& pod) {
  MountToken(pod);
  Json& spec = pod["spec"];
  spec["priority"] = 0;
  spec["preemptionPolicy"] = "PreemptLowerPriority";
}

std::vector<std::string> ClaimsOf(const Json& pod) {
  std::vector<std::string> claims;
  for (const Json& volume : ValueAt(pod, {"spec", "volumes"})) {
    if (std::string claim = TextAt(volume, {"persistentVolumeClaim", "claimName"});
        !claim.empty()) {
      claims.push_back(std::move(claim));
    }
  }
  return claims;
}

std::string VolumeOf(const std::string& ns, const std::string& claim) {
  return "pv-" + ns + "-" + claim;
}

int RunsSeconds(const Json& pod) {
  return NumberOf(pod, kRunsSeconds);
}

int StartSeconds(const Json& pod) {
  return NumberOf(pod, kStartSeconds);
}

std::string UidOfRevision(const std::string& deployment_uid, int revision) {
  return deployment_uid + kRevision + std::to_string(revision);
}

std::string WorkloadUidOf(const Json& pod) {
  const std::string owner = OwnerField(pod, "uid");
  return owner.substr(0, owner.find(kRevision));
}

void DeleteGracefully(Database& database,
                      const std::string& key,
                      base::WallTime now,
                      const std::string& actor) {
  const ObjectPtr pod = database.Find(Kind::kPod, key);
  if (pod == nullptr || IsDeleting(pod->value())) {
    return;
  }
  if (NodeNameOf(pod->value()).empty() || IsFinishedPod(pod->value())) {
    RemoveStoppedPod(database, key, actor);
    return;
  }
  const std::int64_t grace = NumberAt(pod->value(), {"spec", "terminationGracePeriodSeconds"});
  database.Edit(Kind::kPod, key, actor, [&](Json& value) {
    value["metadata"]["deletionTimestamp"] = base::FormatTime(now + std::chrono::seconds{grace});
    value["metadata"]["deletionGracePeriodSeconds"] = grace;
  });
}

void RemoveStoppedPod(Database& database, const std::string& key, const std::string& actor) {
  const ObjectPtr pod = database.Find(Kind::kPod, key);
  if (pod == nullptr) {
    return;
  }
  if (ValueAt(pod->value(), {"metadata", "finalizers"}).empty()) {
    database.Remove(Kind::kPod, key, actor);
    return;
  }
  database.Edit(Kind::kPod, key, actor, [&](Json& value) {
    Json& metadata = value["metadata"];
    if (!metadata.contains("deletionTimestamp")) {
      metadata["deletionTimestamp"] = ValueAt(value, {"metadata", "creationTimestamp"});
    }
    metadata["deletionGracePeriodSeconds"] = 0;
    SetCondition(value, "Ready", "False", "", {});
  });
}

}  // namespace cu::simulation
