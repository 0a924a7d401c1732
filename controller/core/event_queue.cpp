#include "core/event_queue.hpp"

#include <chrono>
#include <utility>

#include "base/sha256.hpp"
#include "codec/encode/event_body.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxInFlight = 4;
constexpr std::size_t kLimit = 40;
constexpr auto kPatience = 60s;
constexpr std::size_t kMinorLimit = 1'000;  // preflight names 100 findings of each type
constexpr auto kMinorPatience = 600s;
constexpr const char* kNamespace = "default";  // where Events about cluster-scoped objects live

std::string EventName(const std::string& object, const std::string& id) {
  return object + "." + base::Sha256Hex(id).substr(0, 16);
}

port::Request Post(const codec::EventBodyInput& input) {
  return port::Request::Post(kube::paths::Events(kNamespace), codec::EventBody(input));
}

}  // namespace

void EventQueue::Add(const api::ClusterUpgrade& upgrade,
                     const planner::EventRecord& record,
                     base::Now now) {
  codec::EventBodyInput input;
  input.name = EventName(upgrade.meta.name, record.id);
  input.ns = kNamespace;
  input.regarding_kind = "ClusterUpgrade";
  input.regarding_name = upgrade.meta.name;
  input.regarding_uid = upgrade.meta.uid;
  input.related_node = record.node;
  input.related_node_uid = record.node_uid;
  input.warning = record.warning;
  input.reason = record.reason;
  input.action = record.action;
  input.note = record.note;
  input.instance = instance_;
  input.time = now.wall;
  Push(Post(input), record.minor, now.steady);
  if (record.warning && !record.node.empty()) {
    input.name = EventName(record.node, record.id);
    input.regarding_kind = "Node";
    input.regarding_name = record.node;
    input.regarding_uid = record.node_uid;
    input.related_node.clear();
    input.related_node_uid.clear();
    Push(Post(input), record.minor, now.steady);
  }
}

void EventQueue::Send(base::SteadyTime not_after, base::Now now, kube::Calls& calls) {
  Expire(now.steady);
  kube::CallOptions options;
  options.not_after = not_after;
  while (!empty() && calls_.size() < kMaxInFlight) {
    std::deque<Waiting>& queue = waiting_.empty() ? minor_ : waiting_;
    const auto id = calls.Send(queue.front().request, now, options);
    if (!id) {
      return;
    }
    calls_.insert(*id);
    queue.pop_front();
  }
}

void EventQueue::Expire(base::SteadyTime now) {
  while (!waiting_.empty() && now - waiting_.front().since >= kPatience) {
    waiting_.pop_front();
  }
  while (!minor_.empty() && now - minor_.front().since >= kMinorPatience) {
    minor_.pop_front();
  }
}

void EventQueue::Push(port::Request request, bool minor, base::SteadyTime now) {
  auto& queue = minor ? minor_ : waiting_;
  if (queue.size() < (minor ? kMinorLimit : kLimit)) {
    queue.push_back({std::move(request), now});
  }
}

}  // namespace cu::core
