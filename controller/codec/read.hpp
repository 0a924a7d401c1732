#pragma once
#include <string_view>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "codec/json.hpp"

/// Private to codec/: one object's tree to its struct.
namespace cu::codec {

/// Members of T that are dropped while parsing.
template <class T>
Names DroppedMembers();
template <>
Names DroppedMembers<api::Node>();
template <>
Names DroppedMembers<api::Pod>();
template <>
Names DroppedMembers<api::WholePod>();
template <>
Names DroppedMembers<api::SavedPod>();
template <>
Names DroppedMembers<api::VolumeAttachment>();
template <>
Names DroppedMembers<api::PersistentVolume>();
template <>
Names DroppedMembers<api::DaemonSet>();
template <>
Names DroppedMembers<api::PodDisruptionBudget>();
template <>
Names DroppedMembers<api::Job>();
template <>
Names DroppedMembers<api::Lease>();
template <>
Names DroppedMembers<api::ClusterUpgrade>();

template <class T>
T Read(const Reader& object);
template <>
api::Node Read(const Reader& object);
template <>
api::Pod Read(const Reader& object);
template <>
api::WholePod Read(const Reader& object);
template <>
api::SavedPod Read(const Reader& object);
template <>
api::VolumeAttachment Read(const Reader& object);
template <>
api::PersistentVolume Read(const Reader& object);
template <>
api::DaemonSet Read(const Reader& object);
template <>
api::PodDisruptionBudget Read(const Reader& object);
template <>
api::Job Read(const Reader& object);
template <>
api::Lease Read(const Reader& object);
template <>
api::ClusterUpgrade Read(const Reader& object);

/// Which annotations are kept: none, or those of clusterupgrade.io.
bool KeepNone(const std::string& annotation);
bool KeepOurs(const std::string& annotation);

/// `keep` says which annotations are kept.
api::Metadata ReadMetadata(const Reader& metadata, bool (*keep)(const std::string& annotation));
/// Required node affinity: a NodeSelector.
std::vector<api::NodeTerm> ReadNodeTerms(const Reader& node_selector);
api::ClusterUpgradeSpec ReadSpec(const Reader& spec);
/// What cannot be read is left out: the field, or the whole entry of a list.
api::ClusterUpgradeStatus ReadStatus(const Reader& status);

}  // namespace cu::codec
