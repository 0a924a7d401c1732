#include "planner/model/node_work.hpp"

#include "base/check.hpp"

namespace cu::planner {

NodeWork::NodeWork(const Planning& planning, api::NodeInWork work, NodeMemory remembered)
    : planning_(&planning), node_(planning.FindNode(work.name)) {
  entry = std::move(work);
  memory = std::move(remembered);
  CU_CHECK(node_ != nullptr && node_->meta.uid == entry.uid);
}

}  // namespace cu::planner
