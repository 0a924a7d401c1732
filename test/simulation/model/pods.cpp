#include "model/pods.hpp"

#include <algorithm>

namespace cu::simulation {
namespace {

constexpr const char* kRuns = "model/runs-seconds";

}  // namespace

Json MakePod(const PodShape& shape) {
  Json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata",
            {{"name", shape.name}, {"namespace", shape.ns}, {"labels", {{"app", shape.app}}}}},
           {"spec",
            {{"containers", Json::array({{{"name", "main"}, {"image", "registry.example/app:1"}}})},
             {"terminationGracePeriodSeconds", shape.grace_seconds}}},
           {"status", {{"phase", "Pending"}}}};
  Json& spec = pod["spec"];
  if (!shape.node.empty()) {
    spec["nodeName"] = shape.node;
  }
  if (shape.empty_dir) {
    spec["volumes"].push_back({{"name", "scratch"}, {"emptyDir", Json::object()}});
  }
  if (!shape.claim.empty()) {
    spec["volumes"].push_back(
        {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", shape.claim}}}});
  }
  if (!shape.pinned.empty()) {
    spec["nodeSelector"]["kubernetes.io/hostname"] = shape.pinned;
  }
  if (shape.finalizer) {
    pod["metadata"]["finalizers"] = Json::array({"example.com/wait"});
  }
  if (shape.runs_seconds > 0) {
    pod["metadata"]["annotations"][kRuns] = std::to_string(shape.runs_seconds);
  }
  return pod;
}

void Admit(Json& pod) {
  const std::string token = "kube-api-access-" + NameOf(pod).substr(0, 5);
  Json& spec = pod["spec"];
  spec["volumes"].push_back({{"name", token}, {"projected", Json::object()}});
  for (Json& container : spec["containers"]) {
    container["volumeMounts"].push_back({{"name", token}, {"mountPath", "/var/run/secrets"}});
  }
  spec["priority"] = 0;
  spec["preemptionPolicy"] = "PreemptLowerPriority";
}

std::vector<std::string> ClaimsOf(const Json& pod) {
  std::vector<std::string> claims;
  for (const Json& volume : Child(pod, {"spec", "volumes"})) {
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

std::string NodeOf(const Json& pod) {
  return TextAt(pod, {"spec", "nodeName"});
}

int RunsSeconds(const Json& pod) {
  const std::string text = TextAt(pod, {"metadata", "annotations", kRuns});
  return text.empty() ? 0 : std::stoi(text);
}

void EndPod(Database& database, const std::string& key, const std::string& actor) {
  const ObjectPtr pod = database.Find(Kind::kPod, key);
  if (pod == nullptr) {
    return;
  }
  if (Child(pod->value(), {"metadata", "finalizers"}).empty()) {
    database.Remove(Kind::kPod, key, actor);
    return;
  }
  database.Edit(Kind::kPod, key, actor, [&](Json& value) {
    Json& metadata = value["metadata"];
    if (!metadata.contains("deletionTimestamp")) {
      metadata["deletionTimestamp"] = Child(value, {"metadata", "creationTimestamp"});
    }
    metadata["deletionGracePeriodSeconds"] = 0;
    SetCondition(value, "Ready", "False", "", {});
  });
}

}  // namespace cu::simulation
