#include "planner/executors/job_pod.hpp"

#include <utility>

namespace cu::planner {
namespace {

std::string Join(std::string first, const std::string& second) {
  if (first.empty() || second.empty()) {
    return first + second;
  }
  return std::move(first) + "; " + second;
}

std::string DescribeEnd(const api::ContainerEnd& end) {
  std::string text = "container " + end.container + " ended with ";
  text += end.signal != 0 ? "signal " + std::to_string(end.signal)
                          : "exit code " + std::to_string(end.exit_code);
  // 128 + 9: as containerd tells of SIGKILL.
  const bool killed = end.exit_code == 137 && end.reason == "Error";
  if (killed) {
    text += " (killed: by a person, or by its node for want of memory)";
  } else if (!end.reason.empty()) {
    text += " (" + end.reason + ")";
  }
  return end.message.empty() ? text : text + ": " + end.message;
}

}  // namespace

std::string NameOfAttempt(const api::NodeInWork& entry) {
  return "Job " + entry.job_name + " (attempt " + std::to_string(entry.attempt) + ")";
}

const api::Pod* PodOfJob(const NodeWork& work, const api::Job& job) {
  if (work.pods() == nullptr) {
    return nullptr;
  }
  for (const auto& [key, pod] : *work.pods()->all) {
    if (pod.meta.controller && pod.meta.controller->uid == job.meta.uid) {
      return &pod;
    }
  }
  return nullptr;
}

bool NeverRan(const api::Pod& pod) {
  return pod.phase == api::PodPhase::kFailed && !pod.started;
}

std::string WhyEnded(const api::Pod& pod) {
  return Join(pod.ended_by, pod.failure ? DescribeEnd(*pod.failure) : "");
}

std::string StateOf(const api::Pod& pod) {
  if (pod.finished()) {
    const std::string why = WhyEnded(pod);
    return "waits for the Job controller: its pod has failed" +
           (why.empty() ? "" : " (" + why + ")");
  }
  if (!pod.problem.empty()) {
    return "is active; its pod is waiting: " + pod.problem;
  }
  if (pod.running) {
    return "is at work";
  }
  return pod.started ? "is active; its pod runs no container now"
                     : "is active; no container of its pod has started yet";
}

}  // namespace cu::planner
