#pragma once
#include <string>
#include <vector>

#include "model/database.hpp"

namespace cu::simulation {

/// What decides where a pod lives, how long, and what it takes with it.
struct PodShape {
  std::string ns;
  std::string name;
  std::string app;   ///< value of label "app"
  std::string node;  ///< "": the scheduler binds it
  int grace_seconds = 5;
  bool empty_dir = false;
  std::string claim;       ///< a PersistentVolumeClaim, or ""
  std::string pinned;      ///< the one node that its nodeSelector fits, or ""
  bool finalizer = false;  ///< somebody else has to let it go
  int runs_seconds = 0;    ///< then it has Succeeded; 0: it runs for ever
};
/// Without an owner, Pending, with what admission adds.
Json MakePod(const PodShape& shape);

/// What admission adds to every pod: the token volume, the priority.
void Admit(Json& pod);

/// The claims that a pod mounts.
std::vector<std::string> ClaimsOf(const Json& pod);
/// The name of the volume behind a claim.
std::string VolumeOf(const std::string& ns, const std::string& claim);
std::string NodeOf(const Json& pod);
/// The seconds after which it has Succeeded; 0: never.
int RunsSeconds(const Json& pod);

/// Its containers have stopped: it goes away, or waits for its finalizers.
void EndPod(Database& database, const std::string& key, const std::string& actor);

}  // namespace cu::simulation
