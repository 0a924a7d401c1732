#include "planner/model/node_work.hpp"

#include "base/check.hpp"

namespace cu::planner {

NodeWork::NodeWork(const Planning& planning, api::NodeInWork work, NodeMemory remembered)
    : entry(std::move(work)),
      memory(std::move(remembered)),
      planning_(&planning),
      node_(planning.FindNode(entry.name)) {
  CU_CHECK(node_ != nullptr && node_->meta.uid == entry.uid);
}

}  // namespace cu::planner
