#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "node/facts.hpp"
#include "node/plan.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// Folder of the host and how many bytes will be written there.
using Room = std::map<std::string, std::uint64_t>;

/// Backups, staged programs, and kubeadm's own copy of etcd's data in /etc/kubernetes/tmp, which it
/// makes even when it then skips etcd (phases/upgrade/staticpods.go, performEtcdStaticPodUpgrade).
Room RoomFor(Work& work, const Facts& facts, const Plan& plan);

/// Each with some to spare, and inodes; names the folder that has too little. Folders on one file
/// system count together.
Status CheckRoom(Host& host, const Room& room);

}  // namespace cu::node
