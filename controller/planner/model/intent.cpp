#include "planner/model/intent.hpp"

#include <sstream>

namespace cu::planner {
namespace {

long long Micros(const std::optional<base::WallTime>& time) {
  return time ? static_cast<long long>(time->time_since_epoch().count()) : -1;
}

}  // namespace

std::string IntentOf(const api::ClusterUpgradeStatus& status) {
  std::ostringstream text;
  text << status.observed_generation << ' ' << status.epoch << ' ' << status.spec_hash << ' '
       << status.last_handled_retry << (status.saved_pods > 0 ? " saved" : "") << '\n';
  for (const api::NodeInWork& entry : status.in_progress) {
    text << "work " << entry.name << ' ' << entry.uid << ' ' << entry.version << ' '
         << static_cast<int>(entry.step) << ' ' << static_cast<int>(entry.stage) << ' '
         << entry.attempt << ' ' << entry.job_name << ' ' << entry.job_uid << ' '
         << Micros(entry.retry_time) << ' ' << entry.drain_start.has_value() << ' '
         << entry.node_changed << '\n';
  }
  for (const api::NodeFailure& failure : status.failures) {
    text << "failed " << failure.name << ' ' << failure.uid << ' ' << failure.version << ' '
         << failure.attempts << ' ' << NameOf(failure.reason) << ' ' << failure.retried << '\n';
  }
  for (const api::PostponedNode& postponed : status.postponed) {
    text << "postponed " << postponed.name << ' ' << postponed.uid << ' '
         << NameOf(postponed.reason) << '\n';
  }
  return text.str();
}

}  // namespace cu::planner
