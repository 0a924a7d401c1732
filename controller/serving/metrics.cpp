#include "serving/metrics.hpp"

#include <sstream>
#include <utility>

#include <prometheus/text_serializer.h>

#include "serving/family.hpp"
#include "serving/process_metrics.hpp"

namespace cu::serving {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

double Seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

void AddUpgrades(const core::View& view, std::vector<MetricFamily>& families) {
  Family info("clusterupgrade_info",
              "1 for each ClusterUpgrade, labelled with its target version",
              MetricType::Gauge);
  Family nodes("clusterupgrade_nodes", "Nodes by pool and state", MetricType::Gauge);
  Family progress("clusterupgrade_progress_ratio",
                  "Ratio of the nodes in scope that are at the target version, 0 to 1",
                  MetricType::Gauge);
  Family conditions("clusterupgrade_condition",
                    "1 for the current status of a condition, 0 for the others",
                    MetricType::Gauge);
  Family paused("clusterupgrade_paused", "1 while the upgrade is paused", MetricType::Gauge);
  Family success("clusterupgrade_last_success_timestamp_seconds",
                 "Unix time at which every node in scope was last at the target version",
                 MetricType::Gauge);
  for (const core::UpgradeView& upgrade : view.upgrades) {
    info.Add({{"upgrade", upgrade.name}, {"version", upgrade.version}}, 1);
    for (const auto& [where, count] : upgrade.nodes) {
      nodes.Add({{"upgrade", upgrade.name}, {"pool", where.pool}, {"state", where.state}}, count);
    }
    progress.Add({{"upgrade", upgrade.name}}, upgrade.progress);
    for (const auto& [type, current] : upgrade.conditions) {
      for (const char* status : {"True", "False", "Unknown"}) {
        conditions.Add({{"upgrade", upgrade.name}, {"type", type}, {"status", status}},
                       current == status ? 1 : 0);
      }
    }
    paused.Add({{"upgrade", upgrade.name}}, upgrade.paused ? 1 : 0);
    if (upgrade.last_success) {
      success.Add({{"upgrade", upgrade.name}}, Seconds(upgrade.last_success->time_since_epoch()));
    }
  }
  Family blocked(
      "clusterupgrade_drain_blocked", "1 while the drain of a node is blocked", MetricType::Gauge);
  for (const core::BlockedDrain& drain : view.blocked) {
    blocked.Add({{"node", drain.node}, {"reason", drain.reason}}, 1);
  }
  for (Family* family : {&info, &nodes, &progress, &conditions, &paused, &success, &blocked}) {
    families.push_back(std::move(*family).Take());
  }
}

void AddWork(const core::View& view, std::vector<MetricFamily>& families) {
  Family steps("clusterupgrade_node_step_duration_seconds",
               "Time that nodes spent in a step, in seconds",
               MetricType::Histogram);
  for (const auto& [step, histogram] : view.step_seconds) {
    steps.Add({{"step", step}}, histogram);
  }
  Family failures("clusterupgrade_node_failures_total",
                  "Failed nodes by the reason shown in status",
                  MetricType::Counter);
  for (const auto& [reason, count] : view.node_failures) {
    failures.Add({{"reason", reason}}, static_cast<double>(count));
  }
  Family evictions("clusterupgrade_evictions_total",
                   "Eviction requests by HTTP status code",
                   MetricType::Counter);
  for (const auto& [code, count] : view.evictions) {
    evictions.Add({{"code", code}}, static_cast<double>(count));
  }
  Family refusals("clusterupgrade_status_writes_refused_total",
                  "Writes of a status that the API server refused, by HTTP status code",
                  MetricType::Counter);
  for (const auto& [code, count] : view.status_refusals) {
    refusals.Add({{"code", code}}, static_cast<double>(count));
  }
  for (Family* family : {&steps, &failures, &evictions, &refusals}) {
    families.push_back(std::move(*family).Take());
  }
}

void AddTokenPods(const core::View& view, std::vector<MetricFamily>& families) {
  Family tokens(
      "clusterupgrade_token_pods",
      "Pods that hold credentials, by whether they are from before the last change of keys",
      MetricType::Gauge);
  for (const core::UpgradeView& upgrade : view.upgrades) {
    for (const auto& [state, pods] : upgrade.token_pods) {
      tokens.Add({{"upgrade", upgrade.name}, {"state", state}}, pods);
    }
  }
  families.push_back(std::move(tokens).Take());
}

void AddKeys(const core::View& view, std::vector<MetricFamily>& families) {
  Family changes("clusterupgrade_token_key_changes_total",
                 "Changes of signing key, issuer or authorities that were seen, by urgency",
                 MetricType::Counter);
  for (const auto& [urgency, count] : view.key_changes) {
    changes.Add({{"urgency", urgency}}, static_cast<double>(count));
  }
  Family workloads("clusterupgrade_token_workloads_total",
                   "Workloads whose pods with old credentials were replaced, or that did not come "
                   "back, by result",
                   MetricType::Counter);
  for (const auto& [result, count] : view.refreshed) {
    workloads.Add({{"result", result}}, static_cast<double>(count));
  }
  Family unauthorized("clusterupgrade_unauthorized_seconds",
                      "How long the API server has refused the token of this process, 0 while it "
                      "takes it",
                      MetricType::Gauge);
  unauthorized.Add({}, view.unauthorized_seconds);
  for (Family* family : {&changes, &workloads, &unauthorized}) {
    families.push_back(std::move(*family).Take());
  }
}

void AddRequests(const core::View& view,
                 const std::string& host,
                 std::vector<MetricFamily>& families) {
  Family requests("rest_client_requests_total",
                  "Requests to the API server by HTTP status code",
                  MetricType::Counter);
  for (const auto& [key, count] : view.calls.requests) {
    requests.Add({{"code", key.code}, {"method", key.method}, {"host", host}},
                 static_cast<double>(count));
  }
  Family durations("rest_client_request_duration_seconds",
                   "Latency of requests to the API server in seconds, without watches",
                   MetricType::Histogram);
  for (const auto& [method, histogram] : view.calls.seconds) {
    durations.Add({{"verb", method}, {"host", host}}, histogram);
  }
  Family ahead("clusterupgrade_clock_ahead_seconds",
               "How far the clock of this node is ahead of the API server's, in seconds",
               MetricType::Gauge);
  if (view.calls.clock_ahead_seconds) {
    ahead.Add({}, *view.calls.clock_ahead_seconds);
  }
  families.push_back(std::move(ahead).Take());
  families.push_back(std::move(requests).Take());
  families.push_back(std::move(durations).Take());
}

}  // namespace

Metrics::Metrics(const Snapshot& snapshot, Names names, std::function<base::SteadyTime()> clock)
    : snapshot_(snapshot), names_(std::move(names)), clock_(std::move(clock)) {}

std::vector<MetricFamily> Metrics::Collect() const {
  std::vector<MetricFamily> families = ProcessMetrics();
  const Snapshot::PublishedState state = snapshot_.Read();
  Family planning(
      "clusterupgrade_planning_duration_seconds",
      "Time to process a batch of events in seconds, including the plan if one was made; its count "
      "is that of the batches",
      MetricType::Histogram);
  planning.Add({}, state.turns);
  families.push_back(std::move(planning).Take());
  if (state.view == nullptr) {
    return families;
  }
  const core::View& view = *state.view;
  Family leader(
      "leader_election_master_status", "1 while this process holds the Lease", MetricType::Gauge);
  // A leader whose core has stopped is not one once its term is over: another may lead by then.
  const bool leads = view.leader && clock_() < view.leads_until;
  leader.Add({{"name", names_.lease}}, leads ? 1 : 0);
  families.push_back(std::move(leader).Take());

  Family staleness("clusterupgrade_cache_staleness_seconds",
                   "Seconds since the last event of each watch",
                   MetricType::Gauge);
  const double age = Seconds(clock_() - view.made_at);
  for (const auto& [resource, seconds] : view.staleness_seconds) {
    staleness.Add({{"resource", resource}}, seconds + age);
  }
  families.push_back(std::move(staleness).Take());
  if (leads) {
    AddUpgrades(view, families);
    AddTokenPods(view, families);
  }
  AddWork(view, families);
  AddKeys(view, families);
  AddRequests(view, names_.api_server, families);
  return families;
}

std::string ToText(const prometheus::Collectable& metrics) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, metrics.Collect());
  return out.str();
}

}  // namespace cu::serving
