#include "codec/bodies.hpp"

#include <algorithm>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "codec/json.hpp"

namespace cu::codec {
namespace {

// validateEvent of k8s.io/kubernetes/pkg/apis/core/validation/events.go.
constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestReason = 128;
constexpr std::size_t kLongestInstance = 128;

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kCutLabel = 52;
constexpr std::size_t kLabelHash = 10;

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The text with every character that no label may have as '_', without '.', '-' and '_' at its
/// ends.
std::string Legal(std::string text) {
  std::replace_if(
      text.begin(),
      text.end(),
      [](char c) { return !IsAlphanumeric(c) && c != '-' && c != '.'; },
      '_');
  const auto last = std::find_if(text.rbegin(), text.rend(), IsAlphanumeric).base();
  text.erase(last, text.end());
  text.erase(text.begin(), std::find_if(text.begin(), text.end(), IsAlphanumeric));
  return text;
}

const char* ApiVersionOf(const std::string& kind) {
  return kind == "ClusterUpgrade" ? "clusterupgrade.io/v1alpha1" : "v1";
}

}  // namespace

std::string NodeApplyBody(const NodeApply& apply) {
  Json metadata = {{"name", apply.name}, {"uid", apply.uid}};
  if (!apply.resource_version.empty()) {
    metadata["resourceVersion"] = apply.resource_version;
  }
  if (!apply.labels.empty()) {
    metadata["labels"] = apply.labels;
  }
  if (!apply.annotations.empty()) {
    metadata["annotations"] = apply.annotations;
  }
  Json body = {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", std::move(metadata)}};
  if (apply.unschedulable) {
    body["spec"] = {{"unschedulable", true}};
  }
  return Dump(body);
}

std::string EvictionBody(const std::string& ns,
                         const std::string& name,
                         const std::string& uid,
                         std::optional<int> grace_seconds) {
  Json options = {{"preconditions", {{"uid", uid}}}};
  if (grace_seconds) {
    options["gracePeriodSeconds"] = *grace_seconds;
  }
  return Dump({{"apiVersion", "policy/v1"},
               {"kind", "Eviction"},
               {"metadata", {{"name", name}, {"namespace", ns}}},
               {"deleteOptions", std::move(options)}});
}

std::string DeleteBody(const std::string& uid, const std::string& propagation) {
  Json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"uid", uid}}}};
  if (!propagation.empty()) {
    body["propagationPolicy"] = propagation;
  }
  return Dump(body);
}

std::string AccessReviewBody(const std::string& verb, const std::string& resource) {
  return Dump({{"apiVersion", "authorization.k8s.io/v1"},
               {"kind", "SelfSubjectAccessReview"},
               {"spec", {{"resourceAttributes", {{"verb", verb}, {"resource", resource}}}}}});
}

std::string LabelValue(const std::string& text) {
  std::string legal = Legal(text);
  if (legal.size() <= kLongestLabel) {
    return legal;
  }
  return legal.substr(0, kCutLabel) + "-" + base::Sha256Hex(text).substr(0, kLabelHash);
}

std::string JobTtlPatch(const std::string& uid, int ttl_seconds) {
  return Dump({{"metadata", {{"uid", uid}}}, {"spec", {{"ttlSecondsAfterFinished", ttl_seconds}}}});
}

std::string LeaseBody(const LeaseBodyInput& input) {
  Json metadata = {{"name", input.name}, {"namespace", input.ns}};
  if (!input.resource_version.empty()) {
    metadata["resourceVersion"] = input.resource_version;
  }
  Json spec = {{"acquireTime", base::FormatMicroTime(input.acquired)},
               {"renewTime", base::FormatMicroTime(input.renewed)},
               {"leaseTransitions", input.transitions},
               {"leaseDurationSeconds", input.duration_seconds}};
  if (!input.holder.empty()) {
    spec["holderIdentity"] = input.holder;
  }
  return Dump({{"apiVersion", "coordination.k8s.io/v1"},
               {"kind", "Lease"},
               {"metadata", std::move(metadata)},
               {"spec", std::move(spec)}});
}

std::string EventBody(const EventBodyInput& input) {
  Json body = {{"apiVersion", "events.k8s.io/v1"},
               {"kind", "Event"},
               {"metadata", {{"name", input.name}, {"namespace", input.ns}}},
               {"eventTime", base::FormatMicroTime(input.time)},
               {"reportingController", "clusterupgrade.io/controller"},
               {"reportingInstance", base::Cut(input.instance, kLongestInstance)},
               {"type", input.warning ? "Warning" : "Normal"},
               {"reason", base::Cut(input.reason, kLongestReason)},
               {"action", base::Cut(input.action, kLongestReason)},
               {"note", base::Cut(input.note, kLongestNote)},
               {"regarding",
                {{"apiVersion", ApiVersionOf(input.regarding_kind)},
                 {"kind", input.regarding_kind},
                 {"name", input.regarding_name},
                 {"uid", input.regarding_uid}}}};
  if (!input.related_node.empty()) {
    body["related"] = {{"apiVersion", "v1"},
                       {"kind", "Node"},
                       {"name", input.related_node},
                       {"uid", input.related_node_uid}};
  }
  return Dump(body);
}

}  // namespace cu::codec
