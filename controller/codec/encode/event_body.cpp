#include "codec/encode/event_body.hpp"

#include "base/text.hpp"
#include "codec/json.hpp"

namespace cu::codec {
namespace {

// validateEvent of k8s.io/kubernetes/pkg/apis/core/validation/events.go.
constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestReason = 128;
constexpr std::size_t kLongestInstance = 128;

const char* ApiVersionOf(const std::string& kind) {
  return kind == "ClusterUpgrade" ? "clusterupgrade.io/v1alpha1" : "v1";
}

}  // namespace

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
