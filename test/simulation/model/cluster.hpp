#pragma once
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "model/api_servers.hpp"
#include "model/budgets.hpp"
#include "model/database.hpp"
#include "model/kubelets.hpp"
#include "model/rng.hpp"
#include "model/server.hpp"
#include "model/volumes.hpp"
#include "model/webhooks.hpp"
#include "model/workloads.hpp"

namespace cu::simulation {

/// A whole cluster in virtual time, and what its users do with kubectl.
class Cluster {
 public:
  explicit Cluster(std::uint64_t seed);

  Timeline timeline;
  Database database;
  ApiServer server;
  ApiServers api_servers;
  TokenFiles token_files;
  Rng rng;
  Kubelets kubelets;
  Workloads workloads;
  Budgets budgets;
  Volumes volumes;
  PodWebhook webhook;

  /// kubectl cordon and uncordon: no request if the node is in that state already.
  void Cordon(const std::string& node, bool cordoned);
  /// kubectl edit: one write that uncordons the node and removes the controller's annotation.
  void RemoveCordonAndMark(const std::string& node);
  /// kubectl label and annotate: `map` is "labels" or "annotations"; a null `value` removes `key`.
  void SetNodeMetadata(const std::string& node,
                       const char* map,
                       const std::string& key,
                       const Json& value);
  /// kubectl taint: sets the taint, or removes that of its key and effect.
  void Taint(const std::string& node, const Json& taint, bool wanted);
  /// The node is deleted and joins again under the same name with another UID.
  void ReplaceNode(const std::string& node, const std::string& version);

  void CreateUpgrade(const std::string& name, const Json& spec);
  /// kubectl edit: a changed spec is a new generation.
  void EditUpgrade(const std::string& name, const std::function<void(Json&)>& edit);
  void DeleteUpgrade(const std::string& name);
  /// kubectl edit poddisruptionbudget: its status is stale until the disruption controller has
  /// seen the change.
  void EditBudget(const std::string& key, const std::function<void(Json&)>& edit);
  void DeleteJob(const std::string& key);
  /// The ClusterUpgrade of this name, or null.
  Json Upgrade(const std::string& name) const;
  /// For executor External: nodes get the version that their annotation asks for.
  void FollowDesiredVersions();
  /// For executor External: the provider deletes such a node, and another machine joins under
  /// its name, at the version, after at most so long.
  void ReplaceByDesiredVersions(Duration most);

 private:
  using ExternalTool = std::function<void(const std::string& node, const std::string& version)>;
  /// Calls it for each node that is asked to be at another version, after at most so long.
  void OnDesiredVersion(Duration most, const ExternalTool& tool);
  void ReplaceMachine(const std::string& node, const std::string& version, Duration most);
  std::string DesiredVersion(const std::string& node) const;
  void EditNode(const std::string& node, const std::function<void(Json&)>& edit);

  std::set<std::string> following_;  ///< nodes that are about to get their desired version
};

/// A ClusterUpgrade spec as the API server stores it: with the schema's defaults.
Json DefaultedSpec(const std::string& version, const std::string& executor);

}  // namespace cu::simulation
