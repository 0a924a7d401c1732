#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <catch2/catch.hpp>

#include "api/objects.hpp"
#include "kube/calls.hpp"
#include "kube/reflector.hpp"
#include "kube/store.hpp"
#include "unit/kube/peer.hpp"

namespace cu::kube::test {

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One reflector on nodes against a scripted API server, in virtual time. It fails the test when
/// the reflector has two requests open at once or leaves one behind.
class ReflectorPeer {
 public:
  explicit ReflectorPeer(Collection collection = {"/api/v1/nodes", "", ""}, std::uint64_t seed = 1)
      : calls(seed), reflector(std::move(collection), store) {
    Turn();
  }

  base::Now now() const { return At(time_); }
  bool listing() const { return open_ && !stream_; }
  bool watching() const { return open_ && stream_; }
  const std::string& target() const { return target_; }
  std::chrono::nanoseconds time() const { return time_; }
  int requests() const { return requests_; }
  bool aborted() const { return aborted_; }

  /// Waits until `stop` or the reflector opens something; says how long that took.
  std::chrono::nanoseconds Wait(std::chrono::nanoseconds limit = std::chrono::hours(1)) {
    const auto begin = time_;
    while (!open_ && time_ < begin + limit) {
      Sleep(NextWake(begin + limit) - time_);
    }
    return time_ - begin;
  }
  /// Lets time pass; timers fire when they are due.
  void Sleep(std::chrono::nanoseconds span) {
    const auto end = time_ + span;
    do {
      time_ = std::min(end, NextWake(end));
      Turn();
    } while (time_ < end);
  }

  void Reply(port::Response response) {
    Give(port::ResponseReceived{Current(), std::move(response)}, true);
  }
  void Fail() {
    Give(port::CallFailed{Current(), {base::ErrorKind::kUnavailable, "connection refused"}}, true);
  }
  void TooLarge() {
    Give(port::CallFailed{Current(), {base::ErrorKind::kTooLarge, "the response is too large"}},
         true);
  }
  void LineTooLong() {
    Give(port::StreamEnded{Current(), base::Error{base::ErrorKind::kTooLarge, "a long line"}},
         true);
  }
  void Open() { Give(port::StreamOpened{Current()}, false); }
  void Line(const std::string& line) { Give(port::StreamLine{Current(), line}, false); }
  void End() { Give(port::StreamEnded{Current(), std::nullopt}, true); }
  void Break() {
    Give(port::StreamEnded{Current(), base::Error{base::ErrorKind::kUnavailable, "reset"}}, true);
  }
  /// Up to an open watch at version 20 with node a.
  void StartWatching() {
    Reply(Answer(200, ListJson("20", {NodeJson("a", "5")})));
    Open();
  }

  Calls calls;
  Store<api::Node> store;
  Reflector reflector;

 private:
  port::CallId Current() const {
    REQUIRE(open_);
    return *open_;
  }
  std::chrono::nanoseconds NextWake(std::chrono::nanoseconds end) const {
    auto next = end;
    for (const Wake& wake : {calls.wake_at(), reflector.wake_at()}) {
      if (wake) {
        next =
            std::min(next, std::max(*wake, now().steady) - At(std::chrono::nanoseconds(0)).steady);
      }
    }
    return next;
  }
  void Give(const port::Event& event, bool last) {
    if (last) {
      open_.reset();
    }
    const auto id = calls.Accept(event, now());
    if (id && reflector.Owns(*id)) {
      reflector.Handle(event, now(), calls);
    }
    Turn();
  }
  void Turn() {
    for (const port::CallFailed& failed : calls.Expired(now())) {
      if (reflector.Owns(failed.id)) {
        reflector.Handle(failed, now(), calls);
      }
    }
    reflector.Serve(now(), calls);
    for (const port::Effect& effect : calls.Take()) {
      Carry(effect);
    }
  }
  void Carry(const port::Effect& effect) {
    if (const auto* abort = std::get_if<port::Abort>(&effect)) {
      CHECK(open_ == abort->id);
      open_.reset();
      aborted_ = true;
      return;
    }
    REQUIRE_FALSE(open_);
    ++requests_;
    if (const auto* send = std::get_if<port::SendRequest>(&effect)) {
      open_ = send->id;
      stream_ = false;
      target_ = send->request.target;
    } else if (const auto* stream = std::get_if<port::OpenStream>(&effect)) {
      open_ = stream->id;
      stream_ = true;
      target_ = stream->request.target;
    }
  }

  std::chrono::nanoseconds time_{0};
  std::optional<port::CallId> open_;
  bool stream_ = false;
  bool aborted_ = false;
  std::string target_;
  int requests_ = 0;
};

}  // namespace cu::kube::test
