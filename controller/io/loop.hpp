#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <span>

#include "io/inbox.hpp"
#include "io/log_writer.hpp"
#include "io/transport.hpp"
#include "port/port.hpp"

namespace cu::io {

/// Turns the core: hands it what happened, carries out what it wants, in order. The core runs on
/// the thread that calls Run, and nowhere else.
class Loop {
 public:
  using Handler = std::function<port::Reaction(std::span<const port::Event>, base::Now)>;
  using Clock = std::function<base::Now()>;
  struct Shell {
    Inbox& inbox;
    Transport& transport;
    LogWriter& log;
    Clock clock;
  };

  /// A turn that is this late means that the loop is stuck.
  static constexpr std::chrono::seconds kLateMax{60};

  /// What `shell` refers to outlives the loop.
  Loop(Handler handler, Shell shell);

  /// The first batch is empty; each later one is what came, or empty at `wake_at`. Returns the code
  /// of the Exit effect, after which nothing more is carried out.
  int Run();

  /// The loop has turned when it was due. Thread: any.
  bool Alive(base::SteadyTime now) const;

 private:
  std::optional<int> CarryOut(const std::vector<port::Effect>& effects, base::WallTime wall);

  Handler handler_;
  Shell shell_;
  std::atomic<base::SteadyTime> due_;
};

}  // namespace cu::io
