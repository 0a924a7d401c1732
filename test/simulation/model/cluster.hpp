#pragma once
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "model/database.hpp"
#include "model/dice.hpp"
#include "model/kubelets.hpp"
#include "model/server.hpp"
#include "model/volumes.hpp"
#include "model/workloads.hpp"

namespace cu::simulation {

/// A whole cluster in virtual time, and the people who use it.
class Cluster {
 public:
  explicit Cluster(std::uint64_t seed);

  Timeline timeline;
  Database database;
  ApiServer server;
  Dice dice;
  Kubelets kubelets;
  Workloads workloads;
  Budgets budgets;
  Volumes volumes;

  /// kubectl cordon and uncordon: nothing is sent if the node is like that already.
  void Cordon(const std::string& node, bool cordoned);
  /// kubectl edit: uncordons it and takes the controller's mark off, in one write.
  void FreeNode(const std::string& node);
  /// kubectl label, kubectl annotate. `value` null: takes it away.
  void MarkNode(const std::string& node,
                const char* map,
                const std::string& key,
                const Json& value);
  /// The node is deleted and joins again under the same name: another UID.
  void ReplaceNode(const std::string& node, const std::string& version);

  void CreateUpgrade(const std::string& name, const Json& spec);
  /// kubectl edit: a changed spec is a new generation.
  void EditUpgrade(const std::string& name, const std::function<void(Json&)>& edit);
  void DeleteUpgrade(const std::string& name);
  /// kubectl edit poddisruptionbudget: its status is stale until its controller has looked.
  void EditBudget(const std::string& key, const std::function<void(Json&)>& edit);
  void DeleteJob(const std::string& key);
  /// For executor External: nodes get the version that their annotation wants.
  void FollowDesiredVersions();

 private:
  std::string DesiredVersion(const std::string& node) const;
  void EditNode(const std::string& node, const std::function<void(Json&)>& edit);

  std::set<std::string> following_;  ///< nodes that are about to get their desired version
};

/// A ClusterUpgrade spec as the API server stores it: with the schema's defaults.
Json DefaultedSpec(const std::string& version, const std::string& executor);

}  // namespace cu::simulation
