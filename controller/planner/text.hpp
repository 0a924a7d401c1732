#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"

/// Words for people: times are given, never "time left", so that a message changes only with its
/// cause.
namespace cu::planner {

/// "2026-11-22T18:23:05Z"
std::string TimeText(base::WallTime time);
/// "14/30 pods"
std::string DrainProgress(const api::NodeInWork& entry);
/// What a drain waits for, one sentence.
std::string DescribeDrain(const api::NodeInWork& entry,
                          const std::vector<const api::Pod*>& leaving);
/// "worker-2: Draining, 14/30 pods; …"
std::string DescribeNode(const api::NodeInWork& entry);
/// At most `max` bytes, not cut inside a UTF-8 sequence.
std::string Shorten(std::string text, std::size_t max);
/// At most `max` names, then "and N more".
std::string JoinNames(const std::vector<std::string>& names, std::size_t max);

}  // namespace cu::planner
