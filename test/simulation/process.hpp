#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "network.hpp"
#include "port/port.hpp"

namespace cu::simulation {

/// Controller::Handle of a controller that it owns.
using Handler = std::function<port::Reaction(std::span<const port::Event>, base::Now)>;
/// Makes a controller: each incarnation gets another identity and seed.
using Factory = std::function<Handler(const std::string& identity, std::uint64_t seed)>;

/// One controller process: runs the core in virtual time on a faulty network. It crashes and
/// starts again; the calls in flight then may or may not reach the server.
class Process {
 public:
  Process(std::string replica, Network& network, Factory factory);

  void Start();
  /// SIGKILL.
  void Kill(const std::string& why);
  /// SIGTERM.
  void Stop();
  /// SIGSTOP, and SIGCONT after `duration`.
  void Pause(Duration duration);
  bool running() const { return handler_ != nullptr; }
  /// "a/3": replica and incarnation.
  const std::string& name() const { return name_; }
  /// Its watches break.
  void BreakStreams();
  /// The error of this process's wall clock.
  void set_wall_error(Duration error) { wall_error_ = error; }
  /// How much faster its wall clock goes: 0.01 is 36 s an hour.
  void set_wall_drift(double drift) { wall_drift_ = drift; }
  /// The connections of its watches are lost: it is told so, or nothing more arrives.
  void CutStreams();
  /// Called whenever the process was killed or exited.
  void set_on_end(std::function<void()> on_end) { on_end_ = std::move(on_end); }

 private:
  struct Arrival {
    port::Event event;
    std::optional<Call> call;
    port::Response response;
    std::optional<Kind> kind;
    std::uint64_t version = 0;
    bool crash_after = false;
  };
  struct Stream {
    std::uint64_t watch = 0;
    base::SteadyTime last;
    Duration lag{};
    std::optional<base::SteadyTime> silent_from;
  };

  Duration Latency();
  void Deliver(Arrival arrival, Duration delay);
  void HandleAfter(Duration delay);
  void HandleInbox();
  void Handle(const std::vector<port::Event>& batch, bool crash_after);
  void Execute(std::vector<port::Effect> effects);
  void ScheduleWake();
  bool ExecuteOne(const port::Effect& effect);
  void Begin(const port::SendRequest& send);
  /// The token that goes with a request: its file is read again every 50 s, and at once for
  /// `fresh`.
  std::optional<Token> Present(bool fresh);
  /// Why no API server works on a call, whatever it is.
  std::optional<port::Response> Refusal(const Call& call);
  void Arrive(const Call& call, int incarnation, std::optional<CrashTiming> crash);
  port::Response Serve(const Call& call);
  std::optional<port::Response> InjectedResponse(const Call& call);
  void Fail(const Call& call, const std::string& message);
  void Open(const port::OpenStream& open);
  void OpenAtServer(const Call& call, int incarnation);
  void StreamLine(port::CallId id, const std::string& line, Kind kind, std::uint64_t version);
  void QueueLine(Stream& stream, Arrival arrival);
  void EndStream(port::CallId id, std::optional<base::Error> error);
  void CloseStreams();
  void End(const std::string& what);

  std::string replica_;
  Network& network_;
  Timeline& timeline_;
  Factory factory_;
  Handler handler_;
  std::function<void()> on_end_;
  std::string name_;
  int incarnation_ = 0;
  Duration wall_error_{};
  double wall_drift_ = 0;
  std::deque<Arrival> inbox_;
  bool handling_scheduled_ = false;
  base::SteadyTime busy_until_;
  std::optional<base::SteadyTime> wake_;
  std::optional<base::SteadyTime> wake_scheduled_;
  std::optional<Token> token_;
  base::SteadyTime token_due_;
  std::map<port::CallId, Stream> streams_;
  std::set<port::CallId> aborted_;
};

}  // namespace cu::simulation
