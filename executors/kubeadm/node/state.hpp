#pragma once
#include <optional>
#include <string>

#include "node/host.hpp"

namespace cu::node {

/// All that we keep on the host is under here.
inline constexpr const char* kStateFolder = "/var/lib/cluster-upgrade";
inline constexpr const char* kLockPath = "/var/lib/cluster-upgrade/lock";

/// How far the change is that must not be left half done. Written before what it names begins.
enum class Phase {
  kStopping,   ///< the kubelet is being stopped; nothing is changed
  kChanging,   ///< certificates, manifests, programs are being changed; the kubelet is off
  kStarting,   ///< all is changed; the kubelet may run with it
  kGoingBack,  ///< what was is being put back
  kDataBack,   ///< etcd's data too
  kReplacing,  ///< only the kubelet and kubectl are being replaced
};

/// A change under way, so that the next attempt can end it when this one is killed.
struct Journal {
  Phase phase = Phase::kStopping;
  std::string from;       ///< the version of the static pods before
  std::string version;    ///< the version to come
  std::string backup;     ///< folder of the backup that belongs to it
  bool programs = false;  ///< the kubelet and kubectl are changed with it
  std::string kubelet;    ///< path of the host's kubelet
  std::string kubectl;    ///< of its kubectl; empty if it has none
  std::string etcd_data = "/var/lib/etcd";
  std::string certificates = "/etc/kubernetes/pki";
  int etcd_members = 0;
  /// Name in etcd's folder under which its data was set aside before the copy was put back.
  std::string set_aside;
};

/// Which version has been completed on this node, by stage; empty if none.
struct Finished {
  std::string control_plane;
  std::string node;
};

std::optional<Journal> LoadJournal(Host& host);
Status SaveJournal(Host& host, const Journal& journal);
Status DropJournal(Host& host);

Finished LoadFinished(Host& host);
Status SaveFinished(Host& host, const Finished& finished);

/// Pure parts, for tests.
std::string Encode(const Journal& journal);
std::optional<Journal> DecodeJournal(const std::string& text);

}  // namespace cu::node
