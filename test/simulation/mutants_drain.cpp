#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "api/labels.hpp"
#include "mutants.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::seconds;

bool SendsTo(const port::Request& request, port::Method method, const std::string& end) {
  return request.method == method && request.target.ends_with(end);
}

/// A pod on the draining worker that has this owner ("": none), or null.
ObjectPtr OnDrainingWorker(const Cluster& cluster, const std::string& owner) {
  const std::string node = InProgress(cluster, "worker", "Draining");
  for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
    if (!node.empty() && NodeNameOf(pod->value()) == node &&
        OwnerField(pod->value(), "kind") == owner && !IsDeleting(pod->value())) {
      return pod;
    }
  }
  return nullptr;
}

Tamper DeletesTooEarly(Cluster&) {
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [](port::Request& request) {
      if (Evicts(request)) {
        const Json options = Json::parse(request.body)["deleteOptions"];
        request.target.resize(request.target.find("/eviction"));
        request.method = port::Method::kDelete;
        request.body = options.dump();
      }
    });
  };
}

Tamper EvictsWhatComesBack(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    const std::string node = InProgress(cluster, "worker", "Draining");
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      if (!node.empty() && NodeNameOf(pod->value()) == node && !IsDeleting(pod->value()) &&
          TextAt(pod->value(), {"metadata", "labels", "app"}) == "operator") {
        AddEviction(pod->value(), now, out);
      }
    }
  };
}

Tamper DoesNotWait(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    if (const ObjectPtr pod = OnDrainingWorker(cluster, "ReplicaSet")) {
      AddEviction(pod->value(), now, out);
    }
  };
}

Tamper EvictsUnsaved(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    const ObjectPtr pod = OnDrainingWorker(cluster, "");
    if (pod != nullptr && cluster.database.All(Kind::kPodTemplate).empty()) {
      AddEviction(pod->value(), now, out);
    }
  };
}

Tamper DeletesTemplateTooEarly(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    for (const auto& [key, saved] : cluster.database.All(Kind::kPodTemplate)) {
      const std::string mark(api::kSavedPodName);
      const std::string pod = NamespaceOf(saved->value()) + "/" +
                              TextAt(saved->value(), {"metadata", "annotations", mark.c_str()});
      if (cluster.database.Find(Kind::kPod, pod) == nullptr) {
        const Json body{{"preconditions", {{"uid", UidOf(saved->value())}}}};
        Add(out,
            now,
            {port::Method::kDelete,
             "/api/v1/namespaces/" + NamespaceOf(saved->value()) + "/podtemplates/" +
                 NameOf(saved->value()),
             body.dump(),
             false});
      }
    }
  };
}

Tamper CreatesTwice(Cluster& cluster) {
  return [&cluster, first = std::optional<port::Request>(), due = base::SteadyTime()](
             const std::string&, Batch, base::Now now, port::Reaction& out) mutable {
    ForEachCall(out, [&](port::Request& request) {
      if (SendsTo(request, port::Method::kPost, "/pods") && !first) {
        first = request;
      }
    });
    const bool saved = !cluster.database.All(Kind::kPodTemplate).empty();
    if (!first || saved) {
      due = now.steady + seconds{10};
    } else if (now.steady > due) {
      Add(out, now, *first);
    }
  };
}

Tamper LosesVolumes(Cluster&) {
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [](port::Request& request) {
      if (SendsTo(request, port::Method::kPost, "/pods")) {
        Json pod = Json::parse(request.body);
        pod["spec"].erase("volumes");
        request.body = pod.dump();
      }
    });
  };
}

/// The status of `upgrade` with this worker as the only node in progress.
Json WithWorker(const Cluster& cluster, const Json& upgrade, const std::string& name) {
  Json status = upgrade["status"];
  status["inProgress"] =
      Json::array({{{"name", name},
                    {"uid", UidOf(cluster.database.Find(Kind::kNode, name)->value())},
                    {"pool", "workers"},
                    {"version", "v1.36.3"},
                    {"step", "Cordoning"}}});
  return status;
}

Tamper StartsDespiteFindings(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    const Json upgrade = UpgradeIn(cluster);
    if (ConditionOf(upgrade, "Stalled") == "True") {
      AddStatus(upgrade, WithWorker(cluster, upgrade, "worker-1"), now, out);
    }
  };
}

Tamper PostponesAgain(Cluster& cluster) {
  return [&cluster, entry = Json()](
             const std::string&, Batch, base::Now now, port::Reaction& out) mutable {
    const Json upgrade = UpgradeIn(cluster);
    const Json& postponed = ValueAt(upgrade, {"status", "postponed"});
    Json status = ValueAt(upgrade, {"status"});
    if (!postponed.empty() && entry.is_null()) {
      entry = postponed;
      status["postponed"] = Json::array();
      AddStatus(upgrade, status, now, out);
    } else if (postponed.empty() && !entry.is_null()) {
      status["postponed"] = entry;
      AddStatus(upgrade, status, now, out);
    }
  };
}

Tamper ComesBackTooEarly(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    const Json upgrade = UpgradeIn(cluster);
    if (!ValueAt(upgrade, {"status", "postponed"}).empty() &&
        InProgress(cluster, "worker-1", "").empty()) {
      AddStatus(upgrade, WithWorker(cluster, upgrade, "worker-1"), now, out);
    }
  };
}

Tamper ReadyBeforeSavedPods(Cluster& cluster) {
  return [&cluster](const std::string&, Batch, base::Now now, port::Reaction& out) {
    Json upgrade = UpgradeIn(cluster);
    const std::string mark(api::kSavedPodName);
    for (const auto& [key, saved] : cluster.database.All(Kind::kPodTemplate)) {
      const std::string pod = NamespaceOf(saved->value()) + "/" +
                              TextAt(saved->value(), {"metadata", "annotations", mark.c_str()});
      if (cluster.database.Find(Kind::kPod, pod) == nullptr) {
        SetCondition(upgrade, "Ready", "True", "Upgraded", now.wall);
        AddStatus(upgrade, upgrade["status"], now, out);
        return;
      }
    }
  };
}

/// The controller reads 0, which means that it need not wait.
void DoesNotWaitForWorkloads(port::Event& event) {
  const std::string field = R"("recoveryTimeoutSeconds":600)";
  const auto misread = [&](std::string& text) {
    if (const std::size_t at = text.find(field); at != std::string::npos) {
      text.replace(at, field.size(), R"("recoveryTimeoutSeconds":0)");
    }
  };
  if (auto* line = std::get_if<port::StreamLine>(&event)) {
    misread(line->line);
  } else if (auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    misread(answer->response.body);
  }
}

Scenario WithFixture(int workers, const char* fixture) {
  Scenario scenario = PlainScenario(workers);
  scenario.fixture = fixture;
  return scenario;
}

}  // namespace

std::vector<Mutant> MutantsOfDrains() {
  Scenario deleting = PlainScenario(3);
  deleting.spec["drain"]["onTimeout"] = "Delete";
  Scenario waiting = WithFixture(2, "volumes");
  waiting.spec["drain"]["waitForPods"] = {{"selector", {{"matchLabels", {{"app", "batch"}}}}},
                                          {"timeoutSeconds", 600}};
  Scenario saving = WithFixture(2, "unmanaged pods");
  saving.spec["drain"]["unmanagedPods"] = "Recreate";
  Scenario skipping = WithFixture(3, "held");
  skipping.spec["drain"]["onTimeout"] = "Skip";
  skipping.spec["drain"]["timeoutSeconds"] = 40;
  Scenario returning = WithFixture(2, "returning");
  Scenario refused = WithFixture(2, "refused");
  refused.control_planes = 0;
  Scenario spread = WithFixture(3, "two nodes");
  spread.applications = true;
  return {{"drains the next node before the evicted pods are Ready again",
           "P18",
           spread,
           nullptr,
           DoesNotWaitForWorkloads},
          {"deletes pods before the drain's timeout", "P6", deleting, DeletesTooEarly},
          {"does not wait for pods that have to end by themselves", "P6", waiting, DoesNotWait},
          {"evicts pods that come back again and again", "P19", returning, EvictsWhatComesBack},
          {"evicts a pod before it is saved", "P6", saving, EvictsUnsaved},
          {"deletes a saved pod's PodTemplate before the pod is back",
           "P15",
           saving,
           DeletesTemplateTooEarly},
          {"creates a saved pod a second time", "P15", saving, CreatesTwice},
          {"creates a saved pod without its volumes", "P15", saving, LosesVolumes},
          {"says Ready before saved pods are back", "P11", saving, ReadyBeforeSavedPods},
          {"starts despite a budget that never allows an eviction",
           "P16",
           refused,
           StartsDespiteFindings},
          {"postpones a node a second time", "P9", skipping, PostponesAgain},
          {"takes a postponed node before its turn", "P2", skipping, ComesBackTooEarly}};
}

}  // namespace cu::simulation
