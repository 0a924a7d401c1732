#pragma once
#include <optional>
#include <string>

#include "api/cluster_upgrade.hpp"

/// What the controller asks the API server to make, as plain values: planner/ fills them, codec/
/// writes their bodies.
namespace cu::api {

/// The Job of one attempt at one node, or of the pull of its images.
struct JobRequest {
  std::string name;
  std::string node;
  std::string upgrade;  ///< name of the object
  std::string upgrade_uid;
  std::string version;
  Stage stage = Stage::kNode;
  int attempt = 1;
  ExecutorType executor = ExecutorType::kJob;
  std::string pod_template;  ///< of executor Job: JSON text of a PodTemplateSpec
  BuiltInSpec built_in;      ///< of Kubeadm, K3s and RKE2, with an image
  std::optional<int> active_deadline_seconds;
  /// Its pod has the images of the attempt's and does nothing.
  bool pulls_images = false;
};

/// A pod that is to be kept as PodTemplate `name`.
struct PodToSave {
  std::string ns;
  std::string name;
  std::string pod;
  std::string pod_uid;
  std::string node;
  std::string upgrade;
  std::string upgrade_uid;
  std::string manifest;  ///< api::WholePod::manifest
};
/// SHA-256 of all but the names of PodTemplate and object: which pod, of which node, saved for
/// whom, and what is created again.
std::string DigestOf(const PodToSave& pod);

}  // namespace cu::api
