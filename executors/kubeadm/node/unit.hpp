#pragma once
#include <string>

#include "node/host.hpp"

namespace cu::node {

/// The unit kubelet of systemd, as `systemctl show` tells it.
struct Unit {
  std::string state;     ///< ActiveState: active, activating, inactive, failed, …
  std::string entered;   ///< ActiveEnterTimestampMonotonic
  std::string restarts;  ///< NRestarts
  std::string program;   ///< path in ExecStart
  bool on() const { return state == "active" || state == "activating" || state == "reloading"; }
  /// Has it run on since `earlier` was seen?
  bool SameRun(const Unit& earlier) const {
    return state == "active" && entered == earlier.entered && restarts == earlier.restarts;
  }
};

/// Pure: the lines NAME=VALUE.
Unit ParseUnit(const std::string& text);

/// What the kubelet's unit does on the host.
class KubeletUnit {
 public:
  explicit KubeletUnit(Host& host) : host_(host) {}
  base::Result<Unit> Show() const;
  /// Whoever stops it may be killed, and a node without a kubelet gets no other attempt: systemd
  /// starts it again after five minutes, unless Start has.
  Status Stop() const;
  Status Start() const;
  Status Restart() const;
  Status Reload() const { return Systemctl({"daemon-reload"}); }
  /// The end of its journal, for a report.
  std::string LastWords() const;

 private:
  Status Systemctl(const std::vector<std::string>& arguments) const;
  Status Order(const char* verb) const;
  void StartLater() const;
  void ForgetLaterStart() const;
  Host& host_;
};

}  // namespace cu::node
