#pragma once
#include <optional>
#include <string>

#include "planner/model/planning.hpp"

/// spec.drain.unmanagedPods: Recreate. A pod without a controller is kept as a PodTemplate before
/// it may leave, created again once it is gone, and forgotten when it runs. The PodTemplates and
/// status.saved_pods (written ahead of the first of them) are all that has to survive a crash.
namespace cu::planner {

/// Whether a pod may be taken away from its node: it does not have to be saved, or its PodTemplate
/// is durable and will not be forgotten while it lives.
bool MayLeave(const World& world, const api::Pod& pod);

/// Why the server does not let a pod be saved; none while saving is under way.
std::optional<api::BlockedBy> WhyNotSaved(const World& world, const api::Pod& pod);

/// Wants pods of draining nodes saved, saved ones created again and running ones forgotten; sets
/// status.saved_pods. To be called once all nodes are advanced.
void CareForSavedPods(Planning& planning);

/// What the saved pods wait for, one sentence.
std::string DescribeSavedPods(const Planning& planning);

}  // namespace cu::planner
