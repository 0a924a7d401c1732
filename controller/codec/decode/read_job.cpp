#include "codec/decode/read_job.hpp"

#include <array>
#include <limits>

#include "base/text.hpp"
#include "codec/decode/read_condition.hpp"
#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_placement.hpp"

namespace cu::codec {
namespace {

constexpr int kMost = std::numeric_limits<int>::max();
constexpr std::size_t kLongestWords = 512;

}  // namespace

template <>
Names DroppedMembers<api::Job>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields",
                                                                  "containers",
                                                                  "initContainers",
                                                                  "podAffinity",
                                                                  "podAntiAffinity",
                                                                  "tolerations",
                                                                  "volumes"});
  return kNames;
}

template <>
api::Job Read(const Reader& object) {
  api::Job job;
  job.meta = ReadMetadata(object["metadata"], KeepOurs);
  job.ttl_seconds = object["spec"]["ttlSecondsAfterFinished"].OptionalInt(0, kMost);
  job.active_deadline_seconds = object["spec"]["activeDeadlineSeconds"].OptionalInt(0, kMost);
  job.suspended = object["spec"]["suspend"].Flag();
  const Reader pod = object["spec"]["template"]["spec"];
  job.node_name = pod["nodeName"].Text();
  job.placement = ReadPlacement(pod);
  const Reader conditions = object["status"]["conditions"];
  job.complete = FindCondition(conditions, "Complete").is_true;
  const FoundCondition failed = FindCondition(conditions, "Failed");
  if (failed.is_true) {
    job.failed = true;
    job.failure_reason = base::Cut(failed.reason, kLongestWords);
    job.failure_message = base::Cut(failed.message, kLongestWords);
  }
  return job;
}

}  // namespace cu::codec
