#pragma once
#include <string>

#include "api/objects.hpp"
#include "planner/model/action.hpp"
#include "planner/model/planning.hpp"

/// Upgrade Jobs: their names, and what is known of them. Private to planner/.
namespace cu::planner {

/// `prefix`, as much of the node's name as makes 43 characters, and 12 hex digits over `facts`: a
/// name of at most 63 characters stays for what is made of it.
std::string NameForNode(const std::string& prefix,
                        const std::string& node,
                        const std::string& facts);
/// "cu-" + up to 40 characters of the node's name + "-" + 12 hex digits over (object UID, node UID,
/// version, stage, attempt).
std::string JobName(const Planning& planning, const api::NodeInWork& entry);
/// The Job `entry.job_name` of the entry's attempt.
api::JobRequest JobOf(const Planning& planning, const api::NodeInWork& entry);
/// The image of a built-in executor: the spec's, or else that of the controller's flags; "" if
/// there is none.
std::string BuiltInImage(const World& world);
/// The Job of that name, or null.
const api::Job* FindJob(const Planning& planning, const std::string& name);
/// The highest attempt at the entry's version and stage that a Job of ours stands for, or 0. What
/// the status knows of attempts ends with a success and with a failure of another version; the Job
/// does not.
int LastAttempt(const Planning& planning, const api::NodeInWork& entry);
/// An upgrade Job on `node` other than `own_job` that is not over (of an earlier object, or of an
/// earlier attempt), or null.
const api::Job* UnfinishedJobBeside(const api::ObjectMap<api::Job>& jobs,
                                    const std::string& node,
                                    const std::string& own_job);
/// Whether its pod can run on no other node, whatever a webhook has made of the Job.
bool IsBoundTo(const api::Job& job, const std::string& node);
/// A pod of an upgrade Job among these that is neither gone nor terminal, or null.
const api::Pod* LiveJobPod(const Planning& planning, const NodePods& pods);

}  // namespace cu::planner
