#include "codec/decode/read_metadata.hpp"

#include <optional>

namespace cu::codec {
namespace {

std::optional<api::Owner> ReadController(const Reader& owners) {
  for (const Reader& owner : owners.Items()) {
    if (owner["controller"].Flag()) {
      return api::Owner{owner["kind"].Text(), owner["name"].Text(), owner["uid"].Text()};
    }
  }
  return std::nullopt;
}

}  // namespace

bool KeepNone(const std::string&) {
  return false;
}

bool KeepOurs(const std::string& annotation) {
  return annotation.starts_with("clusterupgrade.io/");
}

api::Metadata ReadMetadata(const Reader& metadata, bool (*keep)(const std::string& annotation)) {
  api::Metadata meta;
  meta.name = metadata["name"].RequiredText();
  meta.ns = metadata["namespace"].Text();
  meta.uid = metadata["uid"].Text();
  meta.generation = metadata["generation"].Integer();
  meta.created = metadata["creationTimestamp"].Time();
  meta.deleted = metadata["deletionTimestamp"].Time();
  meta.labels = metadata["labels"].Map();
  meta.annotations = metadata["annotations"].Map(keep);
  meta.finalizers = metadata["finalizers"].Texts();
  meta.controller = ReadController(metadata["ownerReferences"]);
  meta.resource_version = metadata["resourceVersion"].Text();
  return meta;
}

}  // namespace cu::codec
