#include "core/watch.hpp"

namespace cu::core {

void WatchLog::TellObjects(const kube::Reflector& watch,
                           const std::string& name,
                           std::vector<base::LogRecord>& news) {
  for (const auto& [object, what] : watch.unreadable()) {
    const auto logged = unreadable_.find(object);
    if (logged == unreadable_.end() || logged->second != what) {
      news.push_back({base::LogLevel::kWarning,
                      "object could not be fully decoded",
                      {{"resource", name}, {"object", object}, {"error", what}}});
    }
  }
  unreadable_ = watch.unreadable();
}

void WatchLog::TellProblem(const kube::Reflector& watch,
                           const std::string& name,
                           std::vector<base::LogRecord>& news) {
  if (!watch.error()) {
    news.push_back({base::LogLevel::kInfo, "watch restored", {{"resource", name}}});
    problem_.reset();
  } else if (problem_ != watch.error()->message) {
    problem_ = watch.error()->message;
    news.push_back({base::LogLevel::kWarning,
                    "watch interrupted",
                    {{"resource", name}, {"error", *problem_}}});
  }
}

}  // namespace cu::core
