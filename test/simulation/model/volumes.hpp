#pragma once
#include <set>
#include <string>

#include "model/database.hpp"
#include "model/dice.hpp"

namespace cu::simulation {

/// The attach/detach controller, and the volumes of claims. A volume is attached to one node at a
/// time, and stays attached for a while after its pod has gone.
class Volumes {
 public:
  Volumes(Timeline& timeline, Database& database, Dice dice);

  /// A PersistentVolume bound to the claim; `node`: the only one that can reach it, or "".
  void Add(const std::string& ns, const std::string& claim, const std::string& node);
  /// How often a volume is not let go by its node.
  void set_stuck(double chance) { stuck_chance_ = chance; }
  /// From now on every volume is let go.
  void RepairAll();

 private:
  void OnPod(const Change& change);
  void Soon();
  void Reconcile();
  void Detach(const std::string& attachment);

  Timeline& timeline_;
  Database& database_;
  Dice dice_;
  double stuck_chance_ = 0;
  bool due_ = false;
  std::set<std::string> leaving_;  ///< attachments whose end was decided
};

/// Whether the volumes of a pod are attached to its node.
bool VolumesReady(const Database& database, const Json& pod);

}  // namespace cu::simulation
