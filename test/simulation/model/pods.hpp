#pragma once
#include <string>
#include <vector>

#include "model/database.hpp"

namespace cu::simulation {

struct PodOptions {
  std::string ns;
  std::string name;
  std::string app;   ///< value of label "app"
  std::string node;  ///< "": the scheduler binds it
  int grace_seconds = 5;
  bool empty_dir = false;
  std::string claim;       ///< the PersistentVolumeClaim that it mounts, or ""
  std::string only_node;   ///< the one node that its nodeSelector matches, or ""
  bool tolerates = false;  ///< every taint
  bool finalizer = false;  ///< another controller has to remove its finalizer before it is gone
  int runs_seconds = 0;    ///< after which it has Succeeded; 0: it runs until it is deleted
  int start_seconds = 0;   ///< from the start of its containers until it is Ready
};
/// A Pending pod without an owner, as a client sends it.
Json MakePod(const PodOptions& options);

/// Adds the token volume.
void MountToken(Json& pod);
/// Adds what admission adds to every pod: the token volume and the priority.
void ApplyAdmission(Json& pod);

/// The PersistentVolumeClaims that a pod mounts.
std::vector<std::string> ClaimsOf(const Json& pod);
/// The name of the volume bound to a claim.
std::string VolumeOf(const std::string& ns, const std::string& claim);
/// PodOptions::runs_seconds.
int RunsSeconds(const Json& pod);
/// PodOptions::start_seconds.
int StartSeconds(const Json& pod);

/// The UID of the ReplicaSet of a Deployment's revision.
std::string UidOfRevision(const std::string& deployment_uid, int revision);
/// The UID of what asks for the pod: for all revisions of a Deployment, the Deployment's.
std::string WorkloadUidOf(const Json& pod);

/// What a controller asks for when it deletes a pod: with its grace period if it runs.
void DeleteGracefully(Database& database,
                      const std::string& key,
                      base::WallTime now,
                      const std::string& actor);

/// What happens once its containers have stopped: it is removed, or waits for its finalizers.
void RemoveStoppedPod(Database& database, const std::string& key, const std::string& actor);

}  // namespace cu::simulation
