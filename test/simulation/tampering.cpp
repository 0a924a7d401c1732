#include "tampering.hpp"

#include <utility>
#include <variant>

#include "api/labels.hpp"

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* kStatus =
    "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/production/status";

}  // namespace

Json UpgradeIn(const Cluster& cluster) {
  return cluster.Upgrade(kUpgradeName);
}

std::string InProgress(const Cluster& cluster, const std::string& prefix, const std::string& step) {
  const Json upgrade = UpgradeIn(cluster);
  for (const Json& entry : ValueAt(upgrade, {"status", "inProgress"})) {
    if (TextAt(entry, {"name"}).starts_with(prefix) &&
        (step.empty() || TextAt(entry, {"step"}) == step)) {
      return TextAt(entry, {"name"});
    }
  }
  return {};
}

void Add(port::Reaction& reaction, base::Now now, port::Request request) {
  // Above the ids of every controller.
  static constexpr std::uint64_t kFirst = std::uint64_t{1} << 40U;
  const port::CallId id{kFirst + reaction.effects.size()};
  reaction.effects.emplace_back(
      port::SendRequest{id, std::move(request), now.steady + seconds{10}});
}

void AddCordon(const Cluster& cluster,
               const std::string& node,
               base::Now now,
               port::Reaction& reaction) {
  const Json body{{"apiVersion", "v1"},
                  {"kind", "Node"},
                  {"metadata",
                   {{"name", node},
                    {"uid", UidOf(cluster.database.Find(Kind::kNode, node)->value())},
                    {"annotations", {{std::string(api::kCordonedBy), "production/x"}}}}},
                  {"spec", {{"unschedulable", true}}}};
  Add(reaction,
      now,
      {port::Method::kApply,
       "/api/v1/nodes/" + node + "?fieldManager=cluster-upgrade-controller",
       body.dump(),
       false});
}

void AddStatus(const Json& upgrade, const Json& status, base::Now now, port::Reaction& reaction) {
  const Json patch = Json::array({{{"op", "replace"},
                                   {"path", "/metadata/resourceVersion"},
                                   {"value", upgrade["metadata"]["resourceVersion"]}},
                                  {{"op", "add"}, {"path", "/status"}, {"value", status}}});
  Add(reaction, now, {port::Method::kJsonPatch, kStatus, patch.dump(), false});
}

void AddEviction(const Json& pod, base::Now now, port::Reaction& reaction) {
  const Json body{{"apiVersion", "policy/v1"},
                  {"kind", "Eviction"},
                  {"metadata", {{"name", NameOf(pod)}, {"namespace", NamespaceOf(pod)}}},
                  {"deleteOptions", {{"preconditions", {{"uid", UidOf(pod)}}}}}};
  Add(reaction,
      now,
      {port::Method::kPost,
       "/api/v1/namespaces/" + NamespaceOf(pod) + "/pods/" + NameOf(pod) + "/eviction",
       body.dump(),
       false});
}

void ForEachCall(port::Reaction& reaction, const std::function<void(port::Request&)>& change) {
  for (port::Effect& effect : reaction.effects) {
    if (auto* send = std::get_if<port::SendRequest>(&effect)) {
      change(send->request);
    }
  }
}

bool CreatesJob(const port::Request& request) {
  return request.method == port::Method::kPost &&
         request.target.find("/jobs") != std::string::npos &&
         request.target.find("dryRun") == std::string::npos;
}

bool Evicts(const port::Request& request) {
  return request.target.find("/eviction") != std::string::npos;
}

Scenario PlainScenario(int workers) {
  Scenario scenario;
  scenario.seed = 42;
  scenario.workers = workers;
  scenario.spec = DefaultedSpec(scenario.to, "Job");
  scenario.fault_period = minutes{30};
  scenario.users_retry = false;
  return scenario;
}

}  // namespace cu::simulation
