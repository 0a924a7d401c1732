#include "core/events.hpp"

#include <chrono>
#include <utility>

#include "base/sha256.hpp"
#include "codec/bodies.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLimit = 40;  // preflight may name 20 findings at once
constexpr auto kPatience = 60s;
constexpr const char* kTarget = "/apis/events.k8s.io/v1/namespaces/default/events";

std::string EventName(const std::string& object, const std::string& id) {
  return object + "." + base::Sha256Hex(id).substr(0, 16);
}

port::Request Post(const codec::EventBodyInput& input) {
  return {port::Method::kPost, kTarget, codec::EventBody(input), false};
}

}  // namespace

void EventQueue::Add(const api::ClusterUpgrade& upgrade,
                     const planner::Notice& notice,
                     base::Now now) {
  codec::EventBodyInput input;
  input.name = EventName(upgrade.meta.name, notice.id);
  input.ns = "default";
  input.regarding_kind = "ClusterUpgrade";
  input.regarding_name = upgrade.meta.name;
  input.regarding_uid = upgrade.meta.uid;
  input.related_node = notice.node;
  input.related_node_uid = notice.node_uid;
  input.warning = notice.warning;
  input.reason = notice.reason;
  input.action = notice.action;
  input.note = notice.note;
  input.instance = instance_;
  input.time = now.wall;
  Push(Post(input), now.steady);
  if (notice.warning && !notice.node.empty()) {
    input.name = EventName(notice.node, notice.id);
    input.regarding_kind = "Node";
    input.regarding_name = notice.node;
    input.regarding_uid = notice.node_uid;
    input.related_node.clear();
    input.related_node_uid.clear();
    Push(Post(input), now.steady);
  }
}

void EventQueue::Expire(base::SteadyTime now) {
  while (!waiting_.empty() && now - waiting_.front().since >= kPatience) {
    waiting_.pop_front();
  }
}

void EventQueue::Push(port::Request request, base::SteadyTime now) {
  if (waiting_.size() < kLimit) {
    waiting_.push_back({std::move(request), now});
  }
}

}  // namespace cu::core
