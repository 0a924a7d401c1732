#include "node/unit.hpp"

#include <sstream>
#include <string>

#include "node/tool_errors.hpp"

namespace cu::node {
namespace {

constexpr std::chrono::seconds kUnitTimeout{120};
constexpr const char* kLaterStart = "cluster-upgrade-kubelet";

}  // namespace

Unit ParseUnit(const std::string& text) {
  Unit unit;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      continue;
    }
    const std::string name = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (name == "ActiveState") {
      unit.state = value;
    } else if (name == "ActiveEnterTimestampMonotonic") {
      unit.entered = value;
    } else if (name == "NRestarts") {
      unit.restarts = value;
    } else if (name == "ExecStart") {
      const std::size_t path = value.find("path=");
      if (path != std::string::npos) {
        const std::size_t begin = path + 5;
        unit.program = value.substr(begin, value.find_first_of(" ;", begin) - begin);
      }
    }
  }
  return unit;
}

base::Result<Unit> KubeletUnit::Show() const {
  const Command command{
      std::string("systemctl"),
      {"show",
       "kubelet",
       "--property=ActiveState,ActiveEnterTimestampMonotonic,NRestarts,ExecStart"},
      kUnitTimeout};
  const Outcome outcome = host_.Run(command);
  if (!outcome.ok()) {
    return base::Error{base::ErrorKind::kUnavailable, Failure(command, outcome)};
  }
  return ParseUnit(outcome.out);
}

Status KubeletUnit::Systemctl(const std::vector<std::string>& arguments) const {
  const Command command{std::string("systemctl"), arguments, kUnitTimeout};
  const Outcome outcome = host_.Run(command);
  if (!outcome.ok()) {
    return base::Error{base::ErrorKind::kUnavailable, Failure(command, outcome)};
  }
  return kFine;
}

/// A host without systemd-run goes without it.
void KubeletUnit::StartLater() const {
  ForgetLaterStart();
  static_cast<void>(host_.Run({std::string("systemd-run"),
                               {"--quiet",
                                "--collect",
                                std::string("--unit=") + kLaterStart,
                                "--on-active=300",
                                "systemctl",
                                "start",
                                "kubelet"},
                               kUnitTimeout}));
}

void KubeletUnit::ForgetLaterStart() const {
  static_cast<void>(host_.Run(
      {std::string("systemctl"), {"stop", std::string(kLaterStart) + ".timer"}, kUnitTimeout}));
}

Status KubeletUnit::Stop() const {
  StartLater();
  return Systemctl({"stop", "kubelet"});
}

/// A unit that crashed too often starts again only after reset-failed.
Status KubeletUnit::Order(const char* verb) const {
  const base::Result<Unit> unit = Show();
  if (unit && unit->state == "failed") {
    if (Status reset = Systemctl({"reset-failed", "kubelet"}); !reset) {
      return reset;
    }
  }
  return Systemctl({verb, "kubelet"});
}

Status KubeletUnit::Start() const {
  Status started = Order("start");
  if (started) {
    ForgetLaterStart();
  }
  return started;
}

Status KubeletUnit::Restart() const {
  return Order("restart");
}

std::string KubeletUnit::LastWords() const {
  const Outcome outcome = host_.Run({std::string("journalctl"),
                                     {"--unit=kubelet", "--lines=20", "--no-pager", "--output=cat"},
                                     std::chrono::seconds(10)});
  return outcome.ok() ? LastLines(outcome.out, 3) : "";
}

}  // namespace cu::node
