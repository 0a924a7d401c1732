#pragma once
#include <string>

#include "api/requests.hpp"
#include "base/result.hpp"

namespace cu::codec {

/// batch/v1 Job as API contract "Jobs" says: what the controller always sets wins over the
/// template, defaults fill where it is silent.
base::Result<std::string> JobBody(const api::JobRequest& job, const std::string& ns);
/// The v1 Pod that the Job controller makes of that Job, with a name of ours; for a dry run alone.
/// `job_uid`: "" of a Job that does not exist.
base::Result<std::string> JobPodBody(const api::JobRequest& job,
                                     const std::string& job_uid,
                                     const std::string& ns);
/// Merge patch of spec.ttlSecondsAfterFinished with metadata.uid as guard.
std::string JobTtlPatch(const std::string& uid, int ttl_seconds);

}  // namespace cu::codec
