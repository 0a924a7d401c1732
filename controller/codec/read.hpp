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
api::PodDisruptionBudget Read(const Reader& object);
template <>
api::Job Read(const Reader& object);
template <>
api::Lease Read(const Reader& object);
template <>
api::ClusterUpgrade Read(const Reader& object);

/// `keep` says which annotations are kept.
api::Metadata ReadMetadata(const Reader& metadata, bool (*keep)(const std::string& annotation));
api::ClusterUpgradeSpec ReadSpec(const Reader& spec);
/// What cannot be read is left out: the field, or the whole entry of a list.
api::ClusterUpgradeStatus ReadStatus(const Reader& status);

}  // namespace cu::codec
