#pragma once
#include <memory>
#include <mutex>

#include "base/histogram.hpp"
#include "core/telemetry/view.hpp"

namespace cu::serving {

/// What the loop published last, for the threads that serve it.
///
/// Thread:  any.
class Snapshot {
 public:
  struct PublishedState {
    std::shared_ptr<const core::View> view;  ///< null before the first turn
    base::Histogram turns;                   ///< seconds that the core took, one for each batch
    bool stopping = false;
  };

  void Publish(std::shared_ptr<const core::View> view, double turn_seconds) {
    const std::lock_guard lock(mutex_);
    state_.view = std::move(view);
    state_.turns.Observe(turn_seconds);
  }
  /// From now on `stopping`: the process was asked to stop.
  void Stopping() {
    const std::lock_guard lock(mutex_);
    state_.stopping = true;
  }
  PublishedState Read() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  mutable std::mutex mutex_;
  PublishedState state_{
      .view = nullptr,
      .turns = base::Histogram({0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5}),
      .stopping = false};
};

}  // namespace cu::serving
