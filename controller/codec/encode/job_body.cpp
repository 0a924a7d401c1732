#include "codec/encode/job_body.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"
#include "api/names.hpp"
#include "base/sha256.hpp"
#include "codec/encode/built_in_template.hpp"
#include "codec/encode/label_value.hpp"
#include "codec/encode/pulling_pod.hpp"
#include "codec/json.hpp"

namespace cu::codec {
namespace {

/// In images of the template.
constexpr const char* kVersionReference = "$(CLUSTERUPGRADE_VERSION)";
constexpr const char* kImageTagReference = "$(CLUSTERUPGRADE_IMAGE_TAG)";

constexpr const char* kHostVolume = "clusterupgrade-host";
constexpr const char* kHostPath = "/host";
constexpr int kPullKeptSeconds = 300;
/// Of a Job that does not exist: an owner has to have one.
constexpr std::string_view kNoUid = "00000000-0000-0000-0000-000000000000";

/// A tree that is being completed; what has another type than it needs is a problem.
class Draft {
 public:
  Draft(Json& value, std::string path, Problems& problems)
      : value_(&value), path_(std::move(path)), problems_(&problems) {}

  Json& json() { return *value_; }
  void Problem(const std::string& text) { problems_->Add(path_, text); }

  /// The member, made if it is missing. Pre: this is an object.
  Draft Object(const char* name) { return Member(name, Json::value_t::object); }
  Draft Array(const char* name) { return Member(name, Json::value_t::array); }
  /// The entries of an array that are objects; others are problems.
  std::vector<Draft> Objects() {
    std::vector<Draft> entries;
    for (std::size_t i = 0; i < value_->size(); ++i) {
      Draft entry((*value_)[i], path_ + "[" + std::to_string(i) + "]", *problems_);
      if (entry.json().is_object()) {
        entries.push_back(std::move(entry));
      } else {
        entry.Problem("must be an object");
      }
    }
    return entries;
  }
  void Default(const char* name, Json value) {
    Json& member = (*value_)[name];
    if (member.is_null()) {
      member = std::move(value);
    }
  }
  /// Removes the entries of an array whose member `key` is one of `names`.
  void EraseNamed(const char* key, const std::vector<std::string>& names) {
    const auto named = [&](const Json& entry) {
      return entry.is_object() && entry.contains(key) && entry[key].is_string() &&
             std::find(names.begin(), names.end(), entry[key]) != names.end();
    };
    value_->erase(std::remove_if(value_->begin(), value_->end(), named), value_->end());
  }

 private:
  Draft Member(const char* name, Json::value_t type) {
    Draft member((*value_)[name], path_ + "." + name, *problems_);
    if (member.json().type() != type) {
      if (!member.json().is_null()) {
        member.Problem(std::string("must be an ") + Json(type).type_name());
      }
      member.json() = Json(type);
    }
    return member;
  }

  Json* value_;
  std::string path_;
  Problems* problems_;
};

/// A version as an image tag, which has no "+".
std::string ImageTagOf(std::string version) {
  std::replace(version.begin(), version.end(), '+', '-');
  return version;
}

Json Environment(const api::JobRequest& job) {
  const auto value = [](const char* name, const std::string& text) {
    return Json{{"name", name}, {"value", text}};
  };
  const auto field = [](const char* name, const char* path) {
    return Json{{"name", name}, {"valueFrom", {{"fieldRef", {{"fieldPath", path}}}}}};
  };
  return Json::array({value("CLUSTERUPGRADE_NODE", job.node),
                      value("CLUSTERUPGRADE_VERSION", job.version),
                      value("CLUSTERUPGRADE_STAGE", api::NameOf(job.stage)),
                      value("CLUSTERUPGRADE_ATTEMPT", std::to_string(job.attempt)),
                      value("SYSTEM_UPGRADE_NODE_NAME", job.node),
                      field("SYSTEM_UPGRADE_POD_NAME", "metadata.name"),
                      field("SYSTEM_UPGRADE_POD_UID", "metadata.uid"),
                      value("SYSTEM_UPGRADE_PLAN_NAME", job.upgrade),
                      value("SYSTEM_UPGRADE_PLAN_LATEST_VERSION", ImageTagOf(job.version)),
                      value("SYSTEM_UPGRADE_PLAN_LATEST_HASH", base::Sha256Hex(job.version))});
}

/// What a Job stands for.
api::StringMap FactsOf(const api::JobRequest& job) {
  return {{std::string(api::kJobUpgrade), job.upgrade},
          {std::string(api::kJobNode), job.node},
          {std::string(api::kJobVersion), job.version},
          {std::string(api::kJobAttempt), std::to_string(job.attempt)},
          {std::string(api::kJobStage), api::NameOf(job.stage)}};
}

void PutLabels(Draft metadata, const api::JobRequest& job) {
  Draft labels = metadata.Object("labels");
  Draft annotations = metadata.Object("annotations");
  for (const auto& [key, value] : FactsOf(job)) {
    labels.json()[key] = LabelValue(value);
    if (!job.pulls_images) {
      annotations.json()[key] = value;
    }
  }
  if (job.pulls_images) {
    labels.json()[std::string(api::kJobPullsImages)] = "true";
  }
  annotations.json()[std::string(api::kJobUpgradeUid)] = job.upgrade_uid;
}

std::string TextOf(const Json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

/// Names of the volumes that are the host's root.
std::vector<std::string> HostRoots(Draft volumes) {
  std::vector<std::string> names;
  for (Draft& volume : volumes.Objects()) {
    const auto host = volume.json().find("hostPath");
    if (host != volume.json().end() && host->is_object() && TextOf(*host, "path") == "/") {
      names.push_back(TextOf(volume.json(), "name"));
    }
  }
  return names;
}

/// The host's root at /host: ours, unless the template has mounted just that.
void MountHost(Draft mounts, const std::vector<std::string>& roots) {
  for (Draft& mount : mounts.Objects()) {
    const std::string path = TextOf(mount.json(), "mountPath");
    if (path != kHostPath && path != std::string(kHostPath) + "/") {
      continue;
    }
    const bool root =
        std::find(roots.begin(), roots.end(), TextOf(mount.json(), "name")) != roots.end() &&
        !mount.json().contains("subPath") && !mount.json().contains("subPathExpr");
    if (!root) {
      mount.Problem("mountPath /host is where the host's root is mounted; choose another path");
    }
    return;
  }
  mounts.json().push_back({{"name", kHostVolume}, {"mountPath", kHostPath}});
}

/// For the images that people use the tag is the version: both are expanded as in `env`.
void ExpandImage(Json& container, const std::string& version) {
  const auto image = container.find("image");
  if (image == container.end() || !image->is_string()) {
    return;
  }
  std::string text = *image;
  for (const auto& [name, value] : {std::pair<std::string, std::string>{kVersionReference, version},
                                    {kImageTagReference, ImageTagOf(version)}}) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), value);
      at += value.size();
    }
  }
  *image = text;
}

void CompleteContainer(Draft container,
                       const std::string& version,
                       const Json& environment,
                       const std::vector<std::string>& roots) {
  std::vector<std::string> ours;
  for (const Json& variable : environment) {
    ours.push_back(variable["name"]);
  }
  Draft variables = container.Array("env");
  variables.EraseNamed("name", ours);
  // First, so that the user's variables may refer to them.
  variables.json().insert(variables.json().begin(), environment.begin(), environment.end());

  ExpandImage(container.json(), version);
  MountHost(container.Array("volumeMounts"), roots);
  container.Object("securityContext").Default("privileged", true);
  // So that the status can say why it failed.
  container.Default("terminationMessagePolicy", "FallbackToLogsOnError");
}

/// Beside spec.nodeName: a pod that has lost that on its way is scheduled to the same node, as that
/// of a DaemonSet (kubernetes/kubernetes pkg/controller/daemon/util/daemonset_util.go).
void BindToNode(Draft spec, const std::string& node) {
  spec.json()["nodeName"] = node;
  Draft terms = spec.Object("affinity")
                    .Object("nodeAffinity")
                    .Object("requiredDuringSchedulingIgnoredDuringExecution")
                    .Array("nodeSelectorTerms");
  if (terms.json().empty()) {
    terms.json().push_back(Json::object());
  }
  for (Draft& term : terms.Objects()) {
    term.json()["matchFields"] = Json::array(
        {{{"key", "metadata.name"}, {"operator", "In"}, {"values", Json::array({node})}}});
  }
}

void CompletePodSpec(Draft spec, const api::JobRequest& job) {
  BindToNode(spec, job.node);
  spec.json()["restartPolicy"] = "Never";
  spec.json()["automountServiceAccountToken"] = false;
  spec.Array("tolerations").json().push_back({{"operator", "Exists"}});
  spec.Default("hostPID", true);
  spec.Default("hostIPC", true);
  spec.Default("hostNetwork", true);
  spec.Default("priorityClassName", "system-node-critical");

  Draft volumes = spec.Array("volumes");
  volumes.EraseNamed("name", {kHostVolume});
  const std::vector<std::string> roots = HostRoots(volumes);
  volumes.json().push_back(
      {{"name", kHostVolume}, {"hostPath", {{"path", "/"}, {"type", "Directory"}}}});

  const Json environment = Environment(job);
  Draft containers = spec.Array("containers");
  if (containers.json().empty()) {
    containers.Problem("must have at least one container");
  }
  for (Draft& container : containers.Objects()) {
    CompleteContainer(container, job.version, environment, roots);
  }
  if (spec.json().contains("initContainers")) {
    for (Draft& container : spec.Array("initContainers").Objects()) {
      CompleteContainer(container, job.version, environment, roots);
    }
  }
}

base::Result<Json> CompletedTemplate(const api::JobRequest& job) {
  Problems problems;
  Json pod = job.executor == api::ExecutorType::kJob ? Parse(job.pod_template, {}, problems)
                                                     : BuiltInTemplate(job);
  if (!pod.is_object()) {
    problems.Add("template", "must be an object");
    return problems.ToError();
  }
  Draft pod_template(pod, "template", problems);
  PutLabels(pod_template.Object("metadata"), job);
  CompletePodSpec(pod_template.Object("spec"), job);
  if (!problems.empty()) {
    return problems.ToError();
  }
  if (job.pulls_images) {
    pod["spec"] = PullingPodSpec(pod["spec"]);
  }
  return pod;
}

}  // namespace

base::Result<std::string> JobBody(const api::JobRequest& job, const std::string& ns) {
  base::Result<Json> pod = CompletedTemplate(job);
  if (!pod.ok()) {
    return pod.error();
  }
  Problems problems;
  Json metadata = {{"name", job.name}, {"namespace", ns}};
  PutLabels(Draft(metadata, "metadata", problems), job);
  Json spec = {{"backoffLimit", 0},
               {"podReplacementPolicy", "Failed"},
               {"template", std::move(pod).value()}};
  if (job.active_deadline_seconds) {
    spec["activeDeadlineSeconds"] = *job.active_deadline_seconds;
  }
  if (job.pulls_images) {
    // Should nobody be left to delete it.
    spec["ttlSecondsAfterFinished"] = kPullKeptSeconds;
  }
  return Dump({{"apiVersion", "batch/v1"},
               {"kind", "Job"},
               {"metadata", std::move(metadata)},
               {"spec", std::move(spec)}});
}

base::Result<std::string> JobPodBody(const api::JobRequest& job,
                                     const std::string& job_uid,
                                     const std::string& ns) {
  base::Result<Json> made = CompletedTemplate(job);
  if (!made.ok()) {
    return made.error();
  }
  Json pod = std::move(made).value();
  Json& metadata = pod["metadata"];
  // One name, so that one refusal always has the same words.
  metadata["name"] = job.name;
  metadata["namespace"] = ns;
  metadata["labels"]["job-name"] = job.name;
  metadata["labels"]["batch.kubernetes.io/job-name"] = job.name;
  metadata["ownerReferences"] =
      Json::array({{{"apiVersion", "batch/v1"},
                    {"kind", "Job"},
                    {"name", job.name},
                    {"uid", job_uid.empty() ? std::string(kNoUid) : job_uid},
                    {"controller", true}}});
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  return Dump(pod);
}

std::string JobTtlPatch(const std::string& uid, int ttl_seconds) {
  return Dump({{"metadata", {{"uid", uid}}}, {"spec", {{"ttlSecondsAfterFinished", ttl_seconds}}}});
}

}  // namespace cu::codec
