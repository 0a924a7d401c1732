#pragma once
#include <set>
#include <string>

#include "model/database.hpp"
#include "model/rng.hpp"

namespace cu::simulation {

/// The attach/detach controller, and the volumes of claims. A volume is attached to one node at a
/// time, and stays attached for a while after its pod has gone.
class Volumes {
 public:
  Volumes(Timeline& timeline, Database& database, Rng rng);

  /// A PersistentVolume bound to the claim; `node`: the only one that can reach it, or "".
  void Add(const std::string& ns, const std::string& claim, const std::string& node);
  /// The probability that a volume is never detached from its node.
  void set_stuck_rate(double chance) { stuck_rate_ = chance; }
  /// From now on every volume is detached.
  void RepairAll();

 private:
  void OnPod(const Change& change);
  void ScheduleReconcile();
  void Reconcile();
  void Detach(const std::string& attachment);

  Timeline& timeline_;
  Database& database_;
  Rng rng_;
  double stuck_rate_ = 0;
  bool scheduled_ = false;           ///< a Reconcile is on its way
  std::set<std::string> detaching_;  ///< attachments that have been chosen for detaching
};

/// Whether the volumes of a pod are attached to its node.
bool VolumesAttached(const Database& database, const Json& pod);

}  // namespace cu::simulation
