#pragma once
#include "planner/executors/executor.hpp"

namespace cu::planner {

/// An unfinished Job that has no pod on its node. After 5 s the server is asked by a dry run of the
/// pod what it has against it, and its words are shown; after 90 s of a refusal, or 5 min without
/// any, the node has failed and the Job is to be deleted: nothing of it has run. Pre: the pods of
/// the node are listed. Private to planner/.
AttemptVerdict AwaitPod(NodeWork& work, const api::Job& job);

}  // namespace cu::planner
