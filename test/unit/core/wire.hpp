#pragma once
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "kube/calls.hpp"
#include "port/port.hpp"

namespace cu::core {

using Json = nlohmann::json;

/// A whole list.
inline std::string PageOf(const std::vector<Json>& items = {}, const std::string& version = "10") {
  return Json{{"metadata", {{"resourceVersion", version}}}, {"items", items}}.dump();
}
/// A line of a watch.
inline std::string LineOf(const std::string& type, const Json& object) {
  return Json{{"type", type}, {"object", object}}.dump();
}

/// What is between a part of the core and the API server, played by hand in virtual time.
class Wire {
 public:
  struct Open {
    port::CallId id{};
    port::Request request;
    base::SteadyTime not_after;  ///< of a call
    bool stream = false;
  };

  /// Sent or opened, neither answered nor aborted, in order.
  const std::vector<Open>& open() {
    for (const port::Effect& effect : calls.Take()) {
      if (const auto* send = std::get_if<port::SendRequest>(&effect)) {
        open_.push_back({send->id, send->request, send->not_after, false});
      } else if (const auto* stream = std::get_if<port::OpenStream>(&effect)) {
        open_.push_back({stream->id, stream->request, base::SteadyTime{}, true});
      } else if (const auto* abort = std::get_if<port::Abort>(&effect)) {
        ++aborted_;
        Forget(abort->id);
      }
    }
    return open_;
  }
  std::vector<std::string> targets() {
    std::vector<std::string> targets;
    for (const Open& one : open()) {
      targets.push_back(one.request.target);
    }
    return targets;
  }
  /// The only one that is open.
  Open only() {
    REQUIRE(open().size() == 1);
    return open_.front();
  }
  /// The first that is open with this beginning of its target.
  Open Find(const std::string& target) {
    for (const Open& one : open()) {
      if (one.request.target.starts_with(target)) {
        return one;
      }
    }
    FAIL("nothing is open for " << target);
    return {};
  }
  int aborted() {
    open();
    return aborted_;
  }

  /// What its owner is to be told.
  port::Event Answer(const Open& to,
                     int code,
                     std::string body = "{}",
                     std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    return End(to, port::ResponseReceived{to.id, {code, std::move(body), retry_after}});
  }
  port::Event Fail(const Open& to, const std::string& message = "connection reset") {
    return End(to, port::CallFailed{to.id, {base::ErrorKind::kUnavailable, message}});
  }
  /// Takes all the room there is for calls.
  void FillUp() {
    while (calls.HasRoom(now)) {
      filling_.push_back(*calls.Send(port::Request::Get("/filling"), now));
    }
    open();
    std::erase_if(open_, [](const Open& one) { return one.request.target == "/filling"; });
  }
  void MakeRoom() {
    for (const port::CallId id : std::exchange(filling_, {})) {
      calls.Drop(id);
    }
    open();
  }
  void Pass(std::chrono::nanoseconds time) {
    now.steady += time;
    now.wall += std::chrono::duration_cast<std::chrono::microseconds>(time);
  }

  base::Now now{base::WallTime(std::chrono::hours(400'000)),
                base::SteadyTime(std::chrono::hours(1))};
  kube::Calls calls{1};

 private:
  void Forget(port::CallId id) {
    std::erase_if(open_, [id](const Open& one) { return one.id == id; });
  }
  port::Event End(const Open& to, port::Event event) {
    REQUIRE(calls.Accept(event, now) == to.id);
    Forget(to.id);
    return event;
  }

  std::vector<Open> open_;
  std::vector<port::CallId> filling_;
  int aborted_ = 0;
};

}  // namespace cu::core
