#include "core/key_set_reader.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "codec/decode/read_tokens.hpp"
#include "kube/paths.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 60s;
constexpr auto kNoRoomPause = 250ms;
constexpr auto kRetry = 5s;

/// None where another try may have a better answer.
std::optional<api::KeySet> KeysIn(const port::Response& response) {
  if (response.status == 403 || response.status == 404) {
    return api::KeySet{{}, kube::ErrorOf(response).message};
  }
  if (response.status != 200) {
    return std::nullopt;
  }
  auto keys = codec::DecodeKeySet(response.body);
  return keys.ok() ? std::move(keys).value() : api::KeySet{{}, keys.error().message};
}

}  // namespace

void KeySetReader::Want(bool wanted, kube::Calls& calls) {
  if (!wanted && wanted_) {
    if (call_) {
      calls.Drop(*call_);
    }
    const std::uint64_t changes = changes_;
    *this = KeySetReader();
    changes_ = changes;
  }
  wanted_ = wanted;
}

void KeySetReader::Serve(base::Now now, kube::Calls& calls) {
  if (wanted_ && !call_ && due_ <= now.steady) {
    call_ = calls.Send(port::Request::Get(kube::paths::KeySet()), now);
    if (!call_) {
      due_ = calls.After(now, kNoRoomPause);
    }
  }
}

void KeySetReader::Handle(const port::Event& event, base::Now now, kube::Calls& calls) {
  CU_CHECK(call_.has_value());
  call_.reset();
  due_ = calls.After(now, kRetry);
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  std::optional<api::KeySet> keys = answer == nullptr ? std::nullopt : KeysIn(answer->response);
  if (keys) {
    due_ = now.steady + kPeriod;
    changes_ += keys_ == keys ? 0U : 1U;
    keys_ = std::move(keys);
  }
}

kube::Wake KeySetReader::wake_at() const {
  return wanted_ && !call_ && due_ > base::SteadyTime::min() ? kube::Wake(due_) : std::nullopt;
}

}  // namespace cu::core
