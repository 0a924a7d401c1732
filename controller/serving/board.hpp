#pragma once
#include <memory>
#include <mutex>

#include "base/histogram.hpp"
#include "core/view.hpp"

namespace cu::serving {

/// What the loop shows to the threads that serve it.
///
/// Thread:  any.
class Board {
 public:
  struct Shown {
    std::shared_ptr<const core::View> view;  ///< null before the first turn
    base::Histogram turns;                   ///< seconds that the core took, one for each batch
    bool stopping = false;
  };

  void Show(std::shared_ptr<const core::View> view, double turn_seconds) {
    const std::lock_guard lock(mutex_);
    shown_.view = std::move(view);
    shown_.turns.Observe(turn_seconds);
  }
  /// The process was asked to stop.
  void Stopping() {
    const std::lock_guard lock(mutex_);
    shown_.stopping = true;
  }
  Shown Read() const {
    const std::lock_guard lock(mutex_);
    return shown_;
  }

 private:
  mutable std::mutex mutex_;
  Shown shown_{.view = nullptr,
               .turns = base::Histogram({0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5}),
               .stopping = false};
};

}  // namespace cu::serving
