#include "core/requested_apis.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "codec/decode/read_deprecated_api.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPath = "/metrics";
constexpr auto kPeriod = 5min;
constexpr auto kNoRoomPause = 250ms;
constexpr auto kRetry = 30s;
/// Large clusters have tens of megabytes of metrics.
constexpr auto kTimeout = 60s;
/// More are of no use to a person.
constexpr std::size_t kApisMax = 200;

}  // namespace

void RequestedApis::Want(bool wanted, kube::Calls& calls) {
  if (!wanted && wanted_) {
    if (call_) {
      calls.Drop(*call_);
    }
    const std::uint64_t changes = changes_;
    *this = RequestedApis();
    changes_ = changes;
  }
  wanted_ = wanted;
}

void RequestedApis::Serve(base::Now now, kube::Calls& calls) {
  if (!wanted_ || due_ > now.steady) {
    return;
  }
  if (call_) {
    calls.Drop(*call_);
    return Finish({false, {}, "it did not end in time"}, now, calls);
  }
  reading_ = {};
  call_ = calls.Open(port::Request::Get(kPath), now);
  due_ = call_ ? now.steady + kTimeout : calls.After(now, kNoRoomPause);
}

void RequestedApis::Handle(const port::Event& event, base::Now now, kube::Calls& calls) {
  CU_CHECK(call_.has_value());
  if (const auto* line = std::get_if<port::StreamLine>(&event)) {
    auto api = codec::ReadDeprecatedApi(line->line);
    if (api && reading_.apis.size() < kApisMax) {
      reading_.apis.push_back(*std::move(api));
    }
  } else if (const auto* end = std::get_if<port::StreamEnded>(&event)) {
    reading_.known = !end->error;
    Finish(end->error ? api::DeprecatedApis{false, {}, end->error->message} : std::move(reading_),
           now,
           calls);
  } else if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    Finish({false, {}, kube::ErrorOf(answer->response).message}, now, calls);
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    Finish({false, {}, failed->error.message}, now, calls);
  }
}

void RequestedApis::Finish(api::DeprecatedApis found, base::Now now, kube::Calls& calls) {
  call_.reset();
  due_ = found.known ? now.steady + kPeriod : calls.After(now, kRetry);
  changes_ += found_ == found ? 0U : 1U;
  found_ = std::move(found);
}

kube::Wake RequestedApis::wake_at() const {
  return wanted_ && due_ > base::SteadyTime::min() ? kube::Wake(due_) : std::nullopt;
}

}  // namespace cu::core
