#include "codec/decode/read_metadata.hpp"

#include <utility>

namespace cu::codec {
namespace {

void ReadOwners(const Reader& owners, api::Metadata& meta) {
  for (const Reader& item : owners.Items()) {
    api::Owner owner{item["kind"].Text(), item["name"].Text(), item["uid"].Text()};
    if (item["controller"].Flag()) {
      meta.controller = std::move(owner);
      meta.owner.reset();
      return;
    }
    if (!meta.owner) {
      meta.owner = std::move(owner);
    }
  }
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
  ReadOwners(metadata["ownerReferences"], meta);
  meta.resource_version = metadata["resourceVersion"].Text();
  return meta;
}

}  // namespace cu::codec
