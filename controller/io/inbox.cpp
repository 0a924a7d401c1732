#include "io/inbox.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "io/clock.hpp"

namespace cu::io {
namespace {

// A condition variable cannot wait on CLOCK_BOOTTIME: after the machine was suspended, a longer
// wait would end too late by the time it slept.
constexpr std::chrono::nanoseconds kWaitMax = std::chrono::seconds(5);

std::size_t SizeOf(const port::Event& event) {
  if (const auto* line = std::get_if<port::StreamLine>(&event)) {
    return line->line.size();
  }
  if (const auto* received = std::get_if<port::ResponseReceived>(&event)) {
    return received->response.body.size();
  }
  return 0;
}

}  // namespace

void Inbox::Post(port::Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return;
    }
    bytes_ += SizeOf(event);
    events_.push_back(std::move(event));
  }
  arrived_.notify_one();
}

void Inbox::WhenRoom(std::function<void()> resume) {
  {
    const std::lock_guard lock(mutex_);
    if (Full() && !closed_) {
      held_.push_back(std::move(resume));
      return;
    }
  }
  resume();
}

std::vector<port::Event> Inbox::Take(std::optional<base::SteadyTime> until) {
  std::vector<port::Event> batch;
  std::vector<std::function<void()>> resumed;
  {
    std::unique_lock lock(mutex_);
    while (events_.empty() && !closed_) {
      const auto left = until ? *until - ReadClocks().steady : kWaitMax;
      if (left <= left.zero()) {
        return batch;
      }
      arrived_.wait_for(lock, std::min(left, kWaitMax));
    }
    std::size_t bytes = 0;
    while (!events_.empty() && batch.size() < kBatchEventsMax) {
      const std::size_t size = SizeOf(events_.front());
      if (!batch.empty() && bytes + size > kBatchBytesMax) {
        break;
      }
      bytes += size;
      batch.push_back(std::move(events_.front()));
      events_.pop_front();
    }
    bytes_ -= bytes;
    if (HalfFree()) {
      resumed.swap(held_);
    }
  }
  for (const auto& resume : resumed) {
    resume();
  }
  return batch;
}

void Inbox::Close() {
  std::vector<std::function<void()>> resumed;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    events_.clear();
    bytes_ = 0;
    resumed.swap(held_);
  }
  arrived_.notify_all();
  for (const auto& resume : resumed) {
    resume();
  }
}

}  // namespace cu::io
