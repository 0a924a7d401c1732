#include "core/server_version.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "codec/decode.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 5min;
constexpr auto kNoRoomPause = 250ms;
constexpr auto kRetry = 2s;

}  // namespace

void ServerVersion::Want(bool wanted, kube::Calls& calls) {
  if (!wanted && wanted_) {
    if (call_) {
      calls.Drop(*call_);
    }
    const std::uint64_t changes = changes_;
    *this = ServerVersion();
    changes_ = changes;
  }
  wanted_ = wanted;
}

void ServerVersion::Serve(base::Now now, kube::Calls& calls) {
  if (wanted_ && !call_ && due_ <= now.steady) {
    call_ = calls.Send(port::Request::Get(kube::paths::Version()), now);
    if (!call_) {
      due_ = calls.After(now, kNoRoomPause);
    }
  }
}

void ServerVersion::Handle(const port::Event& event, base::Now now, kube::Calls& calls) {
  CU_CHECK(call_.has_value());
  call_.reset();
  due_ = calls.After(now, kRetry);
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  if (answer == nullptr || answer->response.status != 200) {
    return;
  }
  if (auto version = codec::DecodeServerVersion(answer->response.body); version.ok()) {
    changes_ += text_ == *version ? 0U : 1U;
    text_ = std::move(version).value();
    due_ = now.steady + kPeriod;
  }
}

kube::Wake ServerVersion::wake_at() const {
  return wanted_ && !call_ && due_ > base::SteadyTime::min() ? kube::Wake(due_) : std::nullopt;
}

}  // namespace cu::core
