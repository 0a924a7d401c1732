#pragma once
#include <string>
#include <vector>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

/// spec.drain.unmanagedPods: Recreate. A pod without a controller is kept as a PodTemplate before
/// it may leave, created again once it is gone, and its PodTemplate is deleted when it runs. The
/// PodTemplates and status.saved_pods and saved_digests (written ahead of each of them) are all
/// that has to survive a crash. Nothing is created but what is in saved_digests.
namespace cu::planner {

struct SavedPodsWork {
  int count = 0;                               ///< status.saved_pods as it ought to be
  std::vector<api::SavedDigest> digests = {};  ///< status.saved_digests as it ought to be
  SavedPodsMemory memory;
  Contribution add;
};
/// Wants pods of draining nodes saved, saved ones created again and the PodTemplates of running
/// ones deleted. To be asked once all nodes are advanced.
SavedPodsWork CareForSavedPods(const Planning& planning, SavedPodsMemory memory);

/// What the saved pods wait for, one sentence.
std::string DescribeSavedPods(const Planning& planning);

}  // namespace cu::planner
