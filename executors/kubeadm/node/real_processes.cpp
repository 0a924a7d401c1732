#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "node/files.hpp"
#include "node/real_host.hpp"

namespace cu::node {
namespace {

constexpr std::size_t kOutputMax = std::size_t{1} << 20U;
constexpr std::chrono::seconds kEndGrace{10};

/// Nothing of the pod's environment: the tools are to see the host as a login of root does.
constexpr std::array kEnvironment{
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/var/lib/cluster-upgrade",
    "LANG=C",
    "SYSTEMD_PAGER=",
    // systemctl takes a changed root for a chroot without systemd.
    "SYSTEMD_IGNORE_CHROOT=1"};

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// In the child. `tool` < 0: a program of the host.
[[noreturn]] void Become(int tool, const Command& command, int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) {
    ::dup2(nothing, 0);
  }
  ::dup2(out, 1);
  ::dup2(err, 2);
  const auto* name = std::get_if<Tool>(&command.program);
  std::vector<std::string> words{name != nullptr ? NameOf(*name)
                                                 : std::get<std::string>(command.program)};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment(kEnvironment.begin(), kEnvironment.end());
  const std::vector<char*> arguments = Pointers(words);
  const std::vector<char*> variables = Pointers(environment);
  if (tool >= 0) {
    ::fexecve(tool, arguments.data(), variables.data());
  } else {
    ::execvpe(arguments[0], arguments.data(), variables.data());
  }
  ::_exit(127);
}

/// Without what colours a terminal (kubeadm's SystemVerification does so).
std::string WithoutColours(const std::string& line) {
  std::string plain;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\x1b' && at + 1 < line.size() && line[at + 1] == '[') {
      at = line.find('m', at);
      if (at == std::string::npos) {
        break;
      }
    } else {
      plain += line[at];
    }
  }
  return plain;
}

/// What came of one stream; whole lines are said when they are shown.
struct Stream {
  int from = -1;
  std::string line;
};

class Reader {
 public:
  Reader(RealHost& host, const Command& command, Outcome& outcome)
      : host_(host), command_(command), outcome_(outcome) {}

  /// False at its end.
  bool Take(Stream& stream, bool is_out) {
    std::array<char, 8192> part{};
    const ssize_t size = ::read(stream.from, part.data(), part.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) {
      return true;
    }
    if (size <= 0) {
      if (!stream.line.empty()) {
        Show(stream.line);
        stream.line.clear();
      }
      return false;
    }
    const std::string_view text(part.data(), static_cast<std::size_t>(size));
    Keep(outcome_.all, text);
    if (is_out) {
      Keep(outcome_.out, text);
    }
    stream.line += text;
    for (std::size_t end = stream.line.find('\n'); end != std::string::npos;
         end = stream.line.find('\n')) {
      Show(stream.line.substr(0, end));
      stream.line.erase(0, end + 1);
    }
    return true;
  }

 private:
  void Show(const std::string& line) {
    if (command_.shown) {
      host_.Say("  | " + WithoutColours(line));
    }
  }
  static void Keep(std::string& kept, std::string_view text) {
    kept += text;
    if (kept.size() > kOutputMax) {
      kept.erase(0, kept.size() - kOutputMax);
    }
  }

  RealHost& host_;
  const Command& command_;
  Outcome& outcome_;
};

int WaitFor(RealHost& host, pid_t child, std::chrono::milliseconds until) {
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (ended < 0 && errno != EINTR) {
      return 127;
    }
    if (host.Steady() >= until) {
      ::kill(-child, SIGKILL);
    }
    host.Wait(std::chrono::milliseconds(10));
  }
}

/// Reads until both streams are at their end or the time is over. True if it was over.
bool Follow(RealHost& host,
            const Command& command,
            std::array<Stream, 2>& streams,
            pid_t child,
            Outcome& outcome) {
  Reader reader(host, command, outcome);
  std::chrono::milliseconds until = host.Steady() + command.timeout;
  bool late = false;
  while (streams[0].from >= 0 || streams[1].from >= 0) {
    std::array<pollfd, 2> ready{pollfd{streams[0].from, POLLIN, 0},
                                pollfd{streams[1].from, POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), 200) > 0) {
      for (std::size_t i = 0; i < ready.size(); ++i) {
        if (ready.at(i).revents != 0 && !reader.Take(streams.at(i), i == 0)) {
          ::close(streams.at(i).from);
          streams.at(i).from = -1;
        }
      }
    }
    if (host.Steady() >= until) {
      ::kill(-child, late ? SIGKILL : SIGTERM);
      until = host.Steady() + kEndGrace;
      late = true;
    }
  }
  return late;
}

}  // namespace

Outcome RealHost::Run(const Command& command) {
  Outcome outcome;
  std::array<int, 2> out{-1, -1};
  std::array<int, 2> err{-1, -1};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) {
    outcome.status = 127;
    outcome.all = FromErrno("make", "a pipe").message;
    return outcome;
  }
  const auto* tool = std::get_if<Tool>(&command.program);
  const int open = tool == nullptr ? -1 : open_tools_.at(static_cast<std::size_t>(*tool));
  const pid_t child = ::fork();
  if (child == 0) {
    Become(open, command, out[1], err[1]);
  }
  ::close(out[1]);
  ::close(err[1]);
  if (child < 0) {
    outcome.status = 127;
    outcome.all = FromErrno("start", LineOf(command)).message;
    ::close(out[0]);
    ::close(err[0]);
    return outcome;
  }
  std::array<Stream, 2> streams{Stream{out[0], ""}, Stream{err[0], ""}};
  outcome.timed_out = Follow(*this, command, streams, child, outcome);
  outcome.status = WaitFor(*this, child, Steady() + command.timeout + kEndGrace);
  return outcome;
}

std::vector<Process> RealHost::Processes() {
  std::vector<Process> processes;
  for (const Entry& entry : List("/proc")) {
    if (!std::all_of(
            entry.name.begin(), entry.name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      continue;
    }
    const std::string line = Read("/proc/" + entry.name + "/cmdline").value_or("");
    Process process{std::atoi(entry.name.c_str()), {}};  // NOLINT(cert-err34-c): digits alone
    for (std::size_t begin = 0; begin < line.size();) {
      const std::size_t end = std::min(line.find('\0', begin), line.size());
      process.arguments.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    if (!process.arguments.empty()) {
      processes.push_back(std::move(process));
    }
  }
  return processes;
}

void RealHost::Signal(int pid, int signal) {
  ::kill(pid, signal);
}

}  // namespace cu::node
