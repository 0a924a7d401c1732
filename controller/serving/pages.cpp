#include "serving/pages.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace cu::serving {
namespace {

/// The core shows something new once a second.
constexpr std::chrono::seconds kMetricsAge{1};

struct Check {
  const char* name;
  bool passed;
};

Reply Answer(const std::vector<Check>& checks, int failed_status, const std::string& query) {
  Reply reply;
  std::string lines;
  for (const Check& check : checks) {
    lines += std::string(check.passed ? "[+]" : "[-]") + check.name +
             (check.passed ? " ok\n" : " failed\n");
    if (!check.passed) {
      reply.status = failed_status;
    }
  }
  const bool passed = reply.status == 200;
  const bool verbose = query.find("verbose") != std::string::npos;
  reply.body = (passed && !verbose ? "" : lines) + (passed ? "ok\n" : "failed\n");
  return reply;
}

}  // namespace

HttpServer::Pages HealthPages(const Snapshot& snapshot, const std::function<bool()>& loop_alive) {
  const auto live = [loop_alive](const std::string& query) {
    return Answer({{"loop", loop_alive()}}, 500, query);
  };
  const auto ready = [&snapshot, loop_alive](const std::string& query) {
    const Snapshot::PublishedState state = snapshot.Read();
    return Answer({{"loop", loop_alive()},
                   {"synced", state.view != nullptr && state.view->synced},
                   {"running", !state.stopping}},
                  503,
                  query);
  };
  return {{"/healthz", live}, {"/livez", live}, {"/readyz", ready}};
}

HttpServer::Pages MetricsPages(const Metrics& metrics, std::function<base::SteadyTime()> clock) {
  return {
      {"/metrics",
       [&metrics, clock = std::move(clock), text = std::string(), until = base::SteadyTime::min()](
           const std::string&) mutable {
         if (const base::SteadyTime now = clock(); now >= until) {
           text = ToText(metrics);
           until = now + kMetricsAge;
         }
         return Reply{200, "text/plain; version=0.0.4; charset=utf-8", text};
       }}};
}

}  // namespace cu::serving
