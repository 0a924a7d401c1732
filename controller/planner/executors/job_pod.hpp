#pragma once
#include <chrono>
#include <string>

#include "api/objects.hpp"
#include "planner/model/node_work.hpp"

/// The pod of an upgrade Job, in words. Private to planner/.
namespace cu::planner {

/// By then the watch of the pods shows a pod that a Job has had.
inline constexpr auto kPodSeenWithin = std::chrono::seconds(10);

/// "Job cu-… (attempt 1)"
std::string NameOfAttempt(const api::NodeInWork& entry);

/// The Job's pod on the node, or null: there is none, or its pods are not listed.
const api::Pod* PodOfJob(const NodeWork& work, const api::Job& job);

/// It has ended, and no container of it ever ran: nothing was changed.
bool NeverRan(const api::Pod& pod);

/// Why a pod has ended, "Evicted: …" or "container upgrade ended with exit code 3 (Error): …", or
/// "" if nothing says so.
std::string WhyEnded(const api::Pod& pod);

/// What an unfinished Job does: "is at work" is said of a container that runs, of nothing else.
std::string StateOf(const api::Pod& pod);

}  // namespace cu::planner
