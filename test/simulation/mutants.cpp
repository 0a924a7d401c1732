#include "mutants.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Tamper SecondWorker(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    const std::string first = InProgress(cluster, "worker", "Upgrading");
    if (!first.empty() && !std::exchange(done, true)) {
      AddCordon(cluster, first == "worker-1" ? "worker-2" : "worker-1", now, out);
    }
  };
}

Tamper WorkerBeforeControlPlane(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    if (!InProgress(cluster, "master", "").empty() && !std::exchange(done, true)) {
      AddCordon(cluster, "worker-1", now, out);
    }
  };
}

Tamper LiftsUsersCordon(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    if (!InProgress(cluster, "worker", "").empty() && !std::exchange(done, true)) {
      Add(out,
          now,
          {port::Method::kMergePatch,
           "/api/v1/nodes/worker-1",
           R"({"spec":{"unschedulable":null}})",
           false});
    }
  };
}

Tamper ForgetsItsCordon(Cluster&) {
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [](port::Request& request) {
      Json body = Json::parse(request.body, nullptr, false);
      if (request.method == port::Method::kApply && !IsCordoned(body)) {
        // The annotation is removed, the cordon stays.
        body["spec"]["unschedulable"] = true;
        request.body = body.dump();
      }
    });
  };
}

Tamper SecondJob(Cluster& cluster) {
  return [&cluster, first = std::optional<port::Request>(), done = false](
             const std::string&, Batch, base::Now now, port::Reaction& out) mutable {
    // Only once the first Job exists.
    if (first && !done && !cluster.database.All(Kind::kJob).empty()) {
      done = true;
      Json job = Json::parse(first->body);
      job["metadata"]["name"] = NameOf(job) + "x";
      Add(out, now, {port::Method::kPost, first->target, job.dump(), false});
    }
    ForEachCall(out, [&](port::Request& request) {
      if (CreatesJob(request) && !first) {
        first = request;
      }
    });
  };
}

Tamper SkewedJob(Cluster&) {
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [](port::Request& request) {
      if (CreatesJob(request)) {
        for (std::size_t at = 0; (at = request.body.find("v1.36.3")) != std::string::npos;) {
          request.body.replace(at, 7, "v1.40.0");
        }
      }
    });
  };
}

Tamper DeletesInsteadOfEvicting(Cluster&) {
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [](port::Request& request) {
      if (Evicts(request)) {
        request.target.resize(request.target.find("/eviction"));
        request.method = port::Method::kDelete;
        request.body = "{}";
      }
    });
  };
}

Tamper EvictsWithoutUid(Cluster&) {
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [](port::Request& request) {
      if (Evicts(request)) {
        Json body = Json::parse(request.body);
        body["deleteOptions"].erase("preconditions");
        request.body = body.dump();
      }
    });
  };
}

Tamper EvictsDaemonSetPods(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    const std::string node = InProgress(cluster, "worker", "Draining");
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      if (OwnerField(pod->value(), "kind") == "DaemonSet" && !node.empty() &&
          NodeNameOf(pod->value()) == node && !std::exchange(done, true)) {
        AddEviction(pod->value(), now, out);
      }
    }
  };
}

Tamper JobForVerifiedNode(Cluster& cluster) {
  return [&cluster, first = std::optional<port::Request>(), done = false](
             const std::string&, Batch, base::Now now, port::Reaction& out) mutable {
    ForEachCall(out, [&](port::Request& request) {
      if (CreatesJob(request) && !first) {
        first = request;
      }
    });
    // The second node is being drained: the first one was verified.
    if (first && !done && InProgress(cluster, "worker", "Draining") == "worker-1") {
      done = true;
      Json job = Json::parse(first->body);
      job["metadata"]["name"] = NameOf(job) + "x";
      Add(out, now, {port::Method::kPost, first->target, job.dump(), false});
    }
  };
}

Tamper WritesForEver(Cluster& cluster) {
  return [&cluster, next = base::SteadyTime(), count = 0](
             const std::string&, Batch, base::Now now, port::Reaction& out) mutable {
    const Json upgrade = UpgradeIn(cluster);
    if (ConditionOf(upgrade, "Ready") == "True" && now.steady > next) {
      next = now.steady + minutes{1};
      Json status = upgrade["status"];
      status["controlPlaneGapSeconds"] = ++count;
      AddStatus(upgrade, status, now, out);
    }
  };
}

Tamper StartsAfterFailures(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    const Json upgrade = UpgradeIn(cluster);
    const Json& failures = ValueAt(upgrade, {"status", "failures"});
    const ObjectPtr node = cluster.database.Find(Kind::kNode, "worker-3");
    if (!failures.empty() && ValueAt(upgrade, {"status", "inProgress"}).empty()) {
      Json status = upgrade["status"];
      status["inProgress"] = Json::array({{{"name", "worker-3"},
                                           {"uid", UidOf(node->value())},
                                           {"pool", "workers"},
                                           {"version", "v1.36.3"},
                                           {"step", "Cordoning"}}});
      AddStatus(upgrade, status, now, out);
    }
  };
}

Tamper ActsWithoutTerm(Cluster& cluster) {
  return [&cluster, done = false](
             const std::string& process, Batch, base::Now now, port::Reaction& out) mutable {
    const ObjectPtr lease = cluster.database.Find(
        Kind::kLease, std::string(kOwnNamespace) + "/cluster-upgrade-controller");
    const std::string node = InProgress(cluster, "worker", "");
    if (lease != nullptr && !node.empty() && !done &&
        TextAt(lease->value(), {"spec", "holderIdentity"}) != process) {
      done = true;
      AddCordon(cluster, node, now, out);
    }
  };
}

Tamper WritesOldEpoch(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    const Json upgrade = UpgradeIn(cluster);
    if (!InProgress(cluster, "worker", "Upgrading").empty() && !std::exchange(done, true)) {
      Json status = upgrade["status"];
      status["epoch"] = NumberAt(status, {"epoch"}) - 1;
      AddStatus(upgrade, status, now, out);
    }
  };
}

Tamper ReadyTooEarly(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    Json upgrade = UpgradeIn(cluster);
    if (!InProgress(cluster, "worker", "Uncordoning").empty() && !std::exchange(done, true)) {
      SetCondition(upgrade, "Ready", "True", "Upgraded", now.wall);
      AddStatus(upgrade, upgrade["status"], now, out);
    }
  };
}

Tamper EvictsAfterPause(Cluster& cluster) {
  return [&cluster, paused = std::optional<base::SteadyTime>()](
             const std::string&, Batch, base::Now now, port::Reaction& out) mutable {
    const std::string node = InProgress(cluster, "worker", "Draining");
    if (!node.empty() && !paused) {
      paused = now.steady;
      cluster.timeline.After(Duration{1}, [&cluster] {
        cluster.EditUpgrade(kUpgradeName, [](Json& u) { u["spec"]["paused"] = true; });
      });
    }
    if (!paused || now.steady < *paused + seconds{5}) {
      return;
    }
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      if (OwnerField(pod->value(), "kind") == "ReplicaSet") {
        AddEviction(pod->value(), now, out);
        return;
      }
    }
  };
}

Tamper Impatient(Cluster&) {
  return [calls = std::map<port::CallId, port::Request>(), next = std::optional<port::Request>()](
             const std::string&, Batch batch, base::Now now, port::Reaction& out) mutable {
    if (next) {
      Add(out, now, *std::exchange(next, std::nullopt));
    }
    for (const port::Event& event : batch) {
      const auto* answer = std::get_if<port::ResponseReceived>(&event);
      if (answer != nullptr && answer->response.retry_after && calls.contains(answer->id)) {
        next = calls[answer->id];
      }
    }
    for (const port::Effect& effect : out.effects) {
      const auto* send = std::get_if<port::SendRequest>(&effect);
      if (send != nullptr && send->request.target.find("/leases") == std::string::npos) {
        calls[send->id] = send->request;
      }
    }
  };
}

}  // namespace

std::vector<Mutant> AllMutants() {
  const Scenario plain = PlainScenario(3);
  Scenario cordoned = plain;
  cordoned.human_cordon = true;
  Scenario failing = plain;
  failing.bad_programs = 1;
  failing.control_planes = 0;
  failing.spec["executor"]["timeoutSeconds"] = 300;
  failing.spec["failurePolicy"]["maxAttempts"] = 1;
  Scenario web = plain;
  web.fixture = "volumes";
  Scenario two = plain;
  two.controllers = 2;
  Scenario busy = plain;
  busy.fault_rates.overload = 0.2;
  std::vector<Mutant> mutants = MutantsOfDrains();
  const std::vector<Mutant> others{
      {"cordons a second worker of the pool", "P1", plain, SecondWorker},
      {"cordons a worker while the control plane is in progress",
       "P2",
       plain,
       WorkerBeforeControlPlane},
      {"lifts a user's cordon", "P3", cordoned, LiftsUsersCordon},
      {"leaves its own cordon behind", "P3", plain, ForgetsItsCordon},
      {"creates a second Job for an attempt", "P4", plain, SecondJob},
      {"creates a Job for a version beyond the skew", "P5", plain, SkewedJob},
      {"deletes pods instead of evicting them", "P6", plain, DeletesInsteadOfEvicting},
      {"evicts without a UID", "P6", plain, EvictsWithoutUid},
      {"evicts DaemonSet pods", "P6", plain, EvictsDaemonSetPods},
      {"creates a Job for a verified node", "P7", plain, JobForVerifiedNode},
      {"writes the status for ever", "P8", plain, WritesForEver},
      {"starts a node after too many failures", "P9", failing, StartsAfterFailures},
      {"acts while another instance leads", "P10", two, ActsWithoutTerm},
      {"writes a status with an old epoch", "P10", plain, WritesOldEpoch},
      {"says Ready too early", "P11", plain, ReadyTooEarly},
      {"evicts after a pause", "P12", web, EvictsAfterPause},
      {"repeats a call before Retry-After", "P14", busy, Impatient}};
  mutants.insert(mutants.begin(), others.begin(), others.end());
  for (const auto& more : {MutantsOfTaints(), MutantsOfTokens()}) {
    mutants.insert(mutants.end(), more.begin(), more.end());
  }
  return mutants;
}

}  // namespace cu::simulation
