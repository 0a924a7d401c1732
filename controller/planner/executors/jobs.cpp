#include "planner/executors/jobs.hpp"

#include <algorithm>
#include <charconv>

#include "api/labels.hpp"
#include "api/names.hpp"
#include "base/sha256.hpp"

namespace cu::planner {

std::string NameForNode(const std::string& prefix,
                        const std::string& node,
                        const std::string& facts) {
  constexpr std::size_t kLengthMax = 43;
  constexpr std::size_t kHexDigits = 12;
  std::string name = prefix;
  for (const char c : node.substr(0, kLengthMax - prefix.size())) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    name += plain ? c : '-';
  }
  return name + "-" + base::Sha256Hex(facts).substr(0, kHexDigits);
}

std::string JobName(const Planning& planning, const api::NodeInWork& entry) {
  const std::string facts = planning.upgrade().meta.uid + "\n" + entry.uid + "\n" + entry.version +
                            "\n" + NameOf(entry.stage) + "\n" + std::to_string(entry.attempt);
  return NameForNode("cu-", entry.name, facts);
}

api::JobRequest JobOf(const Planning& planning, const api::NodeInWork& entry) {
  const api::ExecutorSpec& executor = planning.spec().executor;
  api::JobRequest job;
  job.name = entry.job_name;
  job.node = entry.name;
  job.upgrade = planning.upgrade().meta.name;
  job.upgrade_uid = planning.upgrade().meta.uid;
  job.version = entry.version;
  job.stage = entry.stage;
  job.attempt = entry.attempt;
  job.executor = executor.type;
  job.pod_template = executor.job_template;
  job.built_in = executor.built_in;
  job.built_in.image = BuiltInImage(planning.world());
  if (executor.kill_on_timeout) {
    job.active_deadline_seconds = executor.timeout_seconds;
  }
  return job;
}

std::string BuiltInImage(const World& world) {
  const api::ExecutorSpec& executor = world.upgrade->spec.executor;
  const api::ExecutorImages& images = world.self.executor_images;
  if (!executor.built_in.image.empty()) {
    return executor.built_in.image;
  }
  switch (executor.type) {
    case api::ExecutorType::kKubeadm:
      return images.kubeadm;
    case api::ExecutorType::kK3s:
      return images.k3s;
    case api::ExecutorType::kRke2:
      return images.rke2;
    case api::ExecutorType::kJob:
    case api::ExecutorType::kExternal:
      break;
  }
  return "";
}

const api::Job* FindJob(const Planning& planning, const std::string& name) {
  const auto& jobs = *planning.world().jobs;
  const auto found = jobs.find(planning.world().self.job_namespace + "/" + name);
  return found == jobs.end() ? nullptr : &found->second;
}

int LastAttempt(const Planning& planning, const api::NodeInWork& entry) {
  constexpr int kCredible = 1'000'000;
  int last = 0;
  for (const auto& [key, job] : *planning.world().jobs) {
    const std::string stage = api::AnnotationOf(job.meta, api::kJobStage);
    const bool same =
        api::AnnotationOf(job.meta, api::kJobUpgradeUid) == planning.upgrade().meta.uid &&
        api::AnnotationOf(job.meta, api::kJobNode) == entry.name &&
        api::AnnotationOf(job.meta, api::kJobVersion) == entry.version &&
        (stage.empty() || stage == NameOf(entry.stage));
    const std::string text = same ? api::AnnotationOf(job.meta, api::kJobAttempt) : "";
    int attempt = 0;
    std::from_chars(text.data(), text.data() + text.size(), attempt);
    if (attempt <= kCredible) {
      last = std::max(last, attempt);
    }
  }
  return last;
}

const api::Job* UnfinishedJobBeside(const api::ObjectMap<api::Job>& jobs,
                                    const std::string& node,
                                    const std::string& own_job) {
  for (const auto& [key, job] : jobs) {
    if (job.meta.name != own_job && !job.complete && !job.failed &&
        api::AnnotationOf(job.meta, api::kJobNode) == node) {
      return &job;
    }
  }
  return nullptr;
}

bool IsBoundTo(const api::Job& job, const std::string& node) {
  if (!job.node_name.empty() || !job.placement.required) {
    return job.node_name == node;
  }
  const auto& terms = *job.placement.required;
  const std::vector<std::string> only{node};
  return !terms.empty() && std::all_of(terms.begin(), terms.end(), [&](const api::NodeTerm& term) {
    return std::any_of(term.fields.begin(), term.fields.end(), [&](const auto& field) {
      return field.op == api::NodeOperator::kIn && field.values == only;
    });
  });
}

const api::Pod* LiveJobPod(const Planning& planning, const NodePods& pods) {
  for (const auto& [key, pod] : *pods.all) {
    if (IsJobPod(planning.world().self, pod) && !pod.finished()) {
      return &pod;
    }
  }
  return nullptr;
}

}  // namespace cu::planner
