#include "node/room.hpp"

namespace cu::node {
namespace {

constexpr std::uint64_t kMebi = 1024UL * 1024;
constexpr std::uint64_t kSpare = 64 * kMebi;
constexpr std::uint64_t kInodes = 200;

std::string Mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes / kMebi) + " MiB";
}

}  // namespace

Room RoomFor(Work& work, const Facts& facts, const Plan& plan) {
  Room room;
  Host& host = work.host;
  room["/etc/kubernetes"] = kMebi;
  room["/var/lib/kubelet"] = kMebi;
  room[kStateFolder] = kMebi;
  if (plan.control_plane && plan.etcd) {
    const std::uint64_t data = host.SizeOf(facts.config.etcd_data);
    room["/etc/kubernetes"] += data;
    if (plan.one_swap && work.options.etcd_snapshot) {
      room[kStateFolder] += data;
    }
  }
  if (plan.programs) {
    const std::uint64_t programs =
        host.SizeOf(facts.kubelet_path) +
        (facts.kubectl_path.empty() ? 0 : host.SizeOf(facts.kubectl_path));
    room[kStateFolder] += programs;
    room[facts.kubelet_path.substr(0, facts.kubelet_path.rfind('/'))] += programs + programs / 4;
  }
  return room;
}

Status CheckRoom(Host& host, const Room& room) {
  for (const auto& [folder, bytes] : room) {
    const Space space = host.SpaceAt(folder);
    std::uint64_t needed = kSpare;
    for (const auto& [other, others] : room) {
      if (host.SpaceAt(other).file_system == space.file_system) {
        needed += others;
      }
    }
    if (space.bytes < needed) {
      return base::Error{base::ErrorKind::kUnavailable,
                         folder + " has " + Mebibytes(space.bytes) + " free, and " +
                             Mebibytes(needed) + " are needed: make room on this node"};
    }
    if (space.inodes < kInodes) {
      return base::Error{base::ErrorKind::kUnavailable,
                         folder + " has " + std::to_string(space.inodes) + " inodes free, and " +
                             std::to_string(kInodes) + " are needed: make room on this node"};
    }
  }
  return kFine;
}

}  // namespace cu::node
