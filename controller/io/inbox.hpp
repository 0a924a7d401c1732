#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "port/port.hpp"

namespace cu::io {

/// Events on their way to the core, in order of arrival.
///
/// Thread:  Post, WhenRoom and Close from any thread, Take from one.
class Inbox {
 public:
  /// Above either, streams are held back until half of it is free again. Answers to calls are
  /// always taken: the core bounds the calls in flight.
  static constexpr std::size_t kEventsMax = 1000;
  static constexpr std::size_t kBytesMax = std::size_t{8} << 20U;
  /// What the core takes at once; one event is always taken, however large.
  static constexpr std::size_t kBatchEventsMax = 256;
  static constexpr std::size_t kBatchBytesMax = std::size_t{1} << 20U;

  void Post(port::Event event);

  /// Calls `resume` as soon as there is room: at once, or later from Take or Close. It must not
  /// block and must not call the inbox.
  void WhenRoom(std::function<void()> resume);

  /// The next batch. Waits for an event until `until`, without end if there is none; empty when the
  /// time came first or the inbox is closed.
  std::vector<port::Event> Take(std::optional<base::SteadyTime> until);

  /// From now on events are dropped and nobody waits. For good.
  void Close();

 private:
  bool Full() const { return events_.size() >= kEventsMax || bytes_ >= kBytesMax; }
  bool HalfFree() const { return events_.size() <= kEventsMax / 2 && bytes_ <= kBytesMax / 2; }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<port::Event> events_;
  std::size_t bytes_ = 0;  // of lines and bodies in events_
  std::vector<std::function<void()>> held_;
  bool closed_ = false;
};

}  // namespace cu::io
