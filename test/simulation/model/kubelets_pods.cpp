#include <utility>

#include "api/labels.hpp"
#include "model/kubelets.hpp"
#include "model/pods.hpp"
#include "model/volumes.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string EnvironmentOf(const Json& pod, const std::string& variable) {
  for (const Json& container : ValueAt(pod, {"spec", "containers"})) {
    for (const Json& entry : ValueAt(container, {"env"})) {
      if (TextAt(entry, {"name"}) == variable) {
        return TextAt(entry, {"value"});
      }
    }
  }
  return {};
}

void SetRunning(Json& pod, base::WallTime now) {
  pod["status"]["phase"] = "Running";
  if (!pod["status"].contains("startTime")) {
    pod["status"]["startTime"] = base::FormatTime(now);
  }
  pod["status"]["containerStatuses"] = Json::array(
      {{{"name", "main"}, {"state", {{"running", {{"startedAt", base::FormatTime(now)}}}}}}});
  for (const Json& container : ValueAt(pod, {"spec", "containers"})) {
    pod["status"]["containerStatuses"][0]["image"] = TextAt(container, {"image"});
  }
}

/// Whether the program is that of executor Kubeadm, which has stages of its own.
bool HasStages(const Json& pod) {
  for (const Json& container : ValueAt(pod, {"spec", "containers"})) {
    for (const Json& argument : ValueAt(container, {"args"})) {
      if (argument.is_string() && argument.get<std::string>().starts_with("--method=")) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void Kubelets::OnPod(const Change& change) {
  if (change.after == nullptr) {
    return;
  }
  const Json& pod = change.after->value();
  const Json* before = change.before == nullptr ? nullptr : &change.before->value();
  const std::string uid = UidOf(pod);
  const bool bound = !NodeNameOf(pod).empty();
  const bool was_bound = before != nullptr && !NodeNameOf(*before).empty();
  if (bound && !was_bound && TextAt(pod, {"status", "phase"}) == "Pending") {
    timeline_.After(rng_.Between(milliseconds{300}, seconds{4}),
                    [this, key = change.key, uid] { StartPod(key, uid); });
  }
  if (bound && IsDeleting(pod) && (before == nullptr || !IsDeleting(*before))) {
    const Duration grace = seconds{NumberAt(pod, {"metadata", "deletionGracePeriodSeconds"})};
    timeline_.After(rng_.Between(milliseconds{100}, grace),
                    [this, key = change.key, uid] { StopPod(key, uid); });
  }
}

ObjectPtr Kubelets::Running(const std::string& key, const std::string& uid) const {
  const ObjectPtr pod = database_.Find(Kind::kPod, key);
  if (pod == nullptr || UidOf(pod->value()) != uid || !IsUp(NodeNameOf(pod->value()))) {
    return nullptr;
  }
  return pod;
}

void Kubelets::EditPod(const std::string& key,
                       const std::string& uid,
                       const std::function<void(Json&)>& edit) {
  if (Running(key, uid) != nullptr) {
    database_.Edit(Kind::kPod, key, "kubelet", edit);
  }
}

void Kubelets::StartPod(const std::string& key, const std::string& uid) {
  const ObjectPtr pod = Running(key, uid);
  if (pod == nullptr || IsDeleting(pod->value())) {
    return;
  }
  if (OwnerField(pod->value(), "kind") == "Job") {
    const bool pulls = ValueAt(pod->value(), {"metadata", "labels"}).contains(api::kJobPullsImages);
    return pulls ? PullImages(pod) : StartProgram(pod);
  }
  if (!VolumesAttached(database_, pod->value())) {
    timeline_.After(seconds{2}, [this, key, uid] { StartPod(key, uid); });
    return;
  }
  const int start = StartSeconds(pod->value());
  EditPod(key, uid, [&](Json& value) {
    SetRunning(value, timeline_.wall());
    SetCondition(value, "Ready", start > 0 ? "False" : "True", "", timeline_.wall());
  });
  if (start > 0) {
    const std::string node = NodeNameOf(pod->value());
    const int incarnation = machines_[node].incarnation;
    timeline_.After(seconds{start}, [this, key, uid, node, incarnation] {
      if (machines_[node].incarnation == incarnation) {
        BecomeReady(key, uid);
      }
    });
  }
  if (const int runs = RunsSeconds(pod->value()); runs > 0) {
    timeline_.After(seconds{runs}, [this, key, uid] {
      const ObjectPtr done = Running(key, uid);
      if (done != nullptr && !IsFinishedPod(done->value())) {
        FinishPod(key, uid, true);
      }
    });
  }
}

void Kubelets::BecomeReady(const std::string& key, const std::string& uid) {
  EditPod(key, uid, [&](Json& value) {
    if (!IsDeleting(value) && !IsFinishedPod(value)) {
      SetCondition(value, "Ready", "True", "", timeline_.wall());
    }
  });
}

/// The pod waits for ever, or has failed; false for what starts.
bool Kubelets::Refuse(const std::string& key, const std::string& uid, Outcome outcome) {
  if (outcome == Outcome::kNeverStarts) {
    EditPod(key, uid, [](Json& value) {
      value["status"]["containerStatuses"] = Json::array(
          {{{"name", "main"},
            {"state",
             {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}}}}});
    });
  } else if (outcome == Outcome::kRejected) {
    EditPod(key, uid, [](Json& value) {
      value["status"] = {{"phase", "Failed"},
                         {"reason", "OutOfcpu"},
                         {"message", "Pod was rejected: Node didn't have enough resource: cpu"}};
    });
  }
  return outcome == Outcome::kNeverStarts || outcome == Outcome::kRejected;
}

void Kubelets::PullImages(const ObjectPtr& pod) {
  const std::string key = KeyOf(pod->value());
  const std::string uid = UidOf(pod->value());
  const Program program = programs_(NodeNameOf(pod->value()), 0);
  if (Refuse(key, uid, program.outcome) || program.outcome == Outcome::kHangs) {
    return;
  }
  // An image without the program `true` is pulled all the same.
  const bool ends_well = program.outcome != Outcome::kFails;
  timeline_.After(program.duration,
                  [this, key, uid, ends_well] { FinishPod(key, uid, ends_well); });
}

void Kubelets::StartProgram(const ObjectPtr& pod) {
  const std::string key = KeyOf(pod->value());
  const std::string uid = UidOf(pod->value());
  const std::string node = NodeNameOf(pod->value());
  const std::string attempt = EnvironmentOf(pod->value(), "CLUSTERUPGRADE_ATTEMPT");
  const Program program = programs_(node, attempt.empty() ? 1 : std::stoi(attempt));
  if (Refuse(key, uid, program.outcome)) {
    return;
  }
  EditPod(key, uid, [&](Json& value) { SetRunning(value, timeline_.wall()); });
  if (program.outcome != Outcome::kHangs) {
    timeline_.After(program.duration, [this, key, uid, program] { RunProgram(key, uid, program); });
  }
}

void Kubelets::RunProgram(const std::string& key, const std::string& uid, const Program& program) {
  const ObjectPtr pod = Running(key, uid);
  if (pod == nullptr || IsFinishedPod(pod->value())) {
    return;
  }
  const std::string node = NodeNameOf(pod->value());
  const std::string version = EnvironmentOf(pod->value(), "CLUSTERUPGRADE_VERSION");
  const std::string stage = EnvironmentOf(pod->value(), "CLUSTERUPGRADE_STAGE");
  const bool components = HasStages(pod->value()) && stage != "Node";
  const std::string kubelet = components && stage == "ControlPlane" ? "" : version;
  const bool fails =
      program.outcome == Outcome::kFails || program.outcome == Outcome::kFailsAfterChange;
  const bool changes =
      program.outcome != Outcome::kFails && program.outcome != Outcome::kChangesNothing;
  if (program.outcome == Outcome::kReboots || program.outcome == Outcome::kNeverReturns) {
    GoDown(node);
    if (program.outcome == Outcome::kReboots || repaired_) {
      const int incarnation = machines_[node].incarnation;
      timeline_.After(rng_.Between(seconds{5}, seconds{90}),
                      [this, node, version, kubelet, components, incarnation] {
                        if (machines_[node].incarnation == incarnation) {
                          ComeUp(node, kubelet);
                          if (components) {
                            SetComponents(node, version);
                          }
                        }
                      });
    }
    return;
  }
  if (changes) {
    if (program.outcome == Outcome::kDropsReady) {
      SetReady(node, "False", "KubeletNotReady");
      // Twice: the second time after a few seconds of Ready.
      Duration at = rng_.Between(seconds{5}, seconds{60});
      const auto set = [&](const char* status, const char* reason) {
        const int incarnation = machines_[node].incarnation;
        timeline_.After(at, [this, node, incarnation, status, reason] {
          if (machines_[node].incarnation == incarnation) {
            SetReady(node, status, reason);
          }
        });
      };
      set("True", "KubeletReady");
      at += rng_.Between(seconds{2}, seconds{9});
      set("False", "KubeletNotReady");
      at += rng_.Between(seconds{1}, seconds{4});
      set("True", "KubeletReady");
    }
    // The executor Kubeadm installs what its image holds, and refuses another version.
    const bool other = program.outcome == Outcome::kOtherPatch && !HasStages(pod->value());
    if (components) {
      SetComponents(node, version);
    }
    if (program.outcome == Outcome::kLeavesComponents) {
      database_.Edit(Kind::kNode, node, "kubelet", [&](Json& value) {
        value["status"]["nodeInfo"]["kubeletVersion"] = version;
      });
    } else if (!kubelet.empty()) {
      SetVersion(node, other ? NextPatch(version) : version);
    }
  }
  if (program.outcome == Outcome::kDiesAfterwards) {
    FinishPod(key, uid, true);
    RenewLease(node, ++machines_[node].incarnation);
    timeline_.After(seconds{1}, [this, node] { GoDown(node); });
    return;
  }
  timeline_.After(rng_.Between(milliseconds{50}, seconds{3}),
                  [this, key, uid, fails] { FinishPod(key, uid, !fails); });
}

void Kubelets::SetComponents(const std::string& node, const std::string& version) {
  for (const std::string& name : kComponents) {
    const std::string key = "kube-system/" + name + "-" + node;
    const ObjectPtr pod = database_.Find(Kind::kPod, key);
    if (pod == nullptr || TextAt(pod->value(), {"metadata", "labels", "component"}).empty()) {
      continue;
    }
    const std::string uid = UidOf(pod->value());
    EditPod(key, uid, [&](Json& value) {
      value["spec"]["containers"][0]["image"] = "registry.k8s.io/" + name + ":" + version;
      SetRunning(value, timeline_.wall());
      SetCondition(value, "Ready", "False", "", timeline_.wall());
    });
    const int incarnation = machines_[node].incarnation;
    timeline_.After(rng_.Between(seconds{1}, seconds{20}), [this, key, uid, node, incarnation] {
      if (machines_[node].incarnation == incarnation) {
        BecomeReady(key, uid);
      }
    });
  }
  server_.set_version(version);
}

void Kubelets::FinishPod(const std::string& key, const std::string& uid, bool succeeded) {
  EditPod(key, uid, [&](Json& pod) {
    pod["status"]["phase"] = succeeded ? "Succeeded" : "Failed";
    pod["status"]["containerStatuses"] = Json::array(
        {{{"name", "main"}, {"state", {{"terminated", {{"exitCode", succeeded ? 0 : 1}}}}}}});
    if (!ConditionOf(pod, "Ready").empty()) {
      SetCondition(pod, "Ready", "False", "PodCompleted", timeline_.wall());
    }
  });
}

void Kubelets::StopPod(const std::string& key, const std::string& uid) {
  if (Running(key, uid) != nullptr) {
    RemoveStoppedPod(database_, key, "kubelet");
  }
}

/// After a boot: pods being deleted are removed, Job pods have failed, all others start again.
void Kubelets::RestartPods(const std::string& node) {
  std::vector<ObjectPtr> pods;
  for (const auto& [key, pod] : database_.All(Kind::kPod)) {
    if (NodeNameOf(pod->value()) == node && !IsFinishedPod(pod->value())) {
      pods.push_back(pod);
    }
  }
  for (const ObjectPtr& pod : pods) {
    const std::string key = KeyOf(pod->value());
    const std::string uid = UidOf(pod->value());
    if (IsDeleting(pod->value())) {
      timeline_.After(seconds{1}, [this, key, uid] { StopPod(key, uid); });
    } else if (OwnerField(pod->value(), "kind") == "Job") {
      timeline_.After(seconds{1}, [this, key, uid] { FinishPod(key, uid, false); });
    } else {
      EditPod(key, uid, [&](Json& value) {
        SetCondition(value, "Ready", "False", "", timeline_.wall());
      });
      timeline_.After(rng_.Between(seconds{1}, seconds{10}),
                      [this, key, uid] { StartPod(key, uid); });
    }
  }
}

}  // namespace cu::simulation
