#include "node/steps.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cu::node {
namespace {

constexpr int kTries = 3;
constexpr std::chrono::milliseconds kBetweenTries{1000};

std::string Took(std::chrono::milliseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(time.count()) / 1000);
  return text.data();
}

}  // namespace

Status Steps::Do(const std::string& name,
                 const std::string& what,
                 const std::function<Status()>& act) {
  if (whole_ == 0 && host_.StopRequested()) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "stopped by SIGTERM before the step " + name + " (" + what + ")"};
  }
  Note(name, what);
  const std::chrono::milliseconds begin = host_.Steady();
  const Status status = act();
  const std::string took = Took(host_.Steady() - begin);
  if (status) {
    Note(name, "done in " + took);
    return status;
  }
  Note(name, "failed after " + took + ": " + status.error().message);
  return base::Error{status.error().kind, name + ": " + status.error().message};
}

Status Steps::Insist(const std::string& name,
                     const std::string& what,
                     const std::function<Status()>& act) {
  const Whole whole(*this);
  Status status = Do(name, what, act);
  for (int tried = 1; tried < kTries && !status; ++tried) {
    host_.Wait(kBetweenTries);
    status = Do(name, what + " (again)", act);
  }
  return status;
}

void Steps::Note(const std::string& name, const std::string& what) {
  host_.Say(base::FormatTime(host_.Now()) + " step: " + name + ": " + what);
}

void Steps::Remember(const std::string& sentence) {
  if (std::find(remembered_.begin(), remembered_.end(), sentence) == remembered_.end()) {
    remembered_.push_back(sentence);
  }
}

}  // namespace cu::node
