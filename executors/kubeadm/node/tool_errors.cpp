#include "node/tool_errors.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

#include "base/text.hpp"

namespace cu::node {
namespace {

constexpr std::size_t kCauseMax = 900;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    line = base::OneLine(line);
    if (!line.empty()) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

bool IsBoilerplate(const std::string& line) {
  static constexpr std::array kParts{
      "If you know what you are doing, you can make a check non-fatal",
      "To see the stack trace of this error",
      "Some fatal errors occurred",
      "[preflight] You can also perform this action"};
  return std::any_of(kParts.begin(), kParts.end(), [&](const char* part) {
    return line.find(part) != std::string::npos;
  });
}

bool Announces(const std::string& line) {
  static constexpr std::array kStarts{"error: ",
                                      "Error ",
                                      "error execution phase",
                                      "FATAL",
                                      "Unable ",
                                      "The connection to the server",
                                      "panic: ",
                                      "fatal error"};
  return std::any_of(
      kStarts.begin(), kStarts.end(), [&](const char* start) { return line.rfind(start, 0) == 0; });
}

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += (text.empty() ? "" : "\n") + line;
  }
  return base::Cut(text, kCauseMax);
}

}  // namespace

std::string LastLines(const std::string& text, std::size_t count) {
  std::vector<std::string> lines = Lines(text);
  if (lines.size() > count) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  }
  return Join(lines);
}

std::string Cause(const std::string& output) {
  std::vector<std::string> lines = Lines(output);
  lines.erase(std::remove_if(lines.begin(), lines.end(), IsBoilerplate), lines.end());
  std::vector<std::string> checks;
  for (const std::string& line : lines) {
    const std::size_t at = line.find("[ERROR ");
    if (at != std::string::npos) {
      checks.push_back(line.substr(at));
    }
  }
  if (!checks.empty()) {
    return Join(checks);
  }
  const auto announced = std::find_if(lines.rbegin(), lines.rend(), Announces);
  if (announced != lines.rend()) {
    const auto rest = lines.end() - announced.base();
    return Join({announced.base() - 1, announced.base() + std::min<std::ptrdiff_t>(rest, 3)});
  }
  return LastLines(output, 3);
}

std::string Failure(const Command& command, const Outcome& outcome) {
  std::string how = "exit status " + std::to_string(outcome.status);
  if (outcome.timed_out) {
    how = "no end after " + std::to_string(command.timeout.count()) + " s";
  } else if (outcome.status == 127) {
    how = "it could not be started";
  } else if (outcome.status > 128) {
    how = "ended by signal " + std::to_string(outcome.status - 128);
  }
  const std::string cause = Cause(outcome.all);
  return LineOf(command) + ": " + how + (cause.empty() ? "" : ": " + cause);
}

}  // namespace cu::node
