#include "serving/metrics.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "base/histogram.hpp"

namespace cu::serving {
namespace {

using std::chrono::seconds;

base::Histogram Observed(double value) {
  base::Histogram histogram({1, 10});
  histogram.Observe(value);
  return histogram;
}

std::shared_ptr<core::View> FullView() {
  auto view = std::make_shared<core::View>();
  view->made_at = base::SteadyTime(seconds(100));
  view->leader = true;
  core::UpgradeView upgrade;
  upgrade.name = "production";
  upgrade.version = "v1.36.3";
  upgrade.paused = true;
  upgrade.progress = 0.25;
  upgrade.nodes[{"workers", "pending"}] = 3;
  upgrade.conditions["Ready"] = "False";
  upgrade.token_pods = {{"stale", 4}, {"current", 5}};
  upgrade.last_success = base::WallTime(seconds(1'700'000'000));
  view->upgrades.push_back(upgrade);
  view->step_seconds.emplace("Draining", Observed(5));
  view->node_failures["JobFailed"] = 2;
  view->evictions["429"] = 7;
  view->key_changes["Soft"] = 1;
  view->refreshed["replaced"] = 3;
  view->unauthorized_seconds = 12.5;
  view->status_refusals["422"] = 3;
  view->calls.clock_ahead_seconds = -1860;
  view->blocked.push_back({"node-1", "BudgetForbids"});
  view->staleness_seconds["nodes"] = 1.5;
  view->calls.requests[{"GET", "200"}] = 9;
  view->calls.seconds.emplace("GET", Observed(0.5));
  return view;
}

std::string Text(const Snapshot& snapshot) {
  return ToText(Metrics(snapshot, {.api_server = "host:6443", .lease = "lease"}, [] {
    return base::SteadyTime(seconds(102));
  }));
}

std::set<std::string> Lines(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.insert(line);
  }
  return lines;
}

TEST_CASE("everything of the view is a metric under its documented name", "[serving]") {
  Snapshot snapshot;
  snapshot.Publish(FullView(), 0.0003);
  const std::set<std::string> lines = Lines(Text(snapshot));
  for (const char* line : {
           R"(clusterupgrade_info{upgrade="production",version="v1.36.3"} 1)",
           R"(clusterupgrade_nodes{upgrade="production",pool="workers",state="pending"} 3)",
           R"(clusterupgrade_token_pods{upgrade="production",state="stale"} 4)",
           R"(clusterupgrade_token_key_changes_total{urgency="Soft"} 1)",
           R"(clusterupgrade_token_workloads_total{result="replaced"} 3)",
           R"(clusterupgrade_unauthorized_seconds 12.5)",
           R"(clusterupgrade_progress_ratio{upgrade="production"} 0.25)",
           R"(clusterupgrade_condition{upgrade="production",type="Ready",status="True"} 0)",
           R"(clusterupgrade_condition{upgrade="production",type="Ready",status="False"} 1)",
           R"(clusterupgrade_condition{upgrade="production",type="Ready",status="Unknown"} 0)",
           R"(clusterupgrade_paused{upgrade="production"} 1)",
           R"(clusterupgrade_last_success_timestamp_seconds{upgrade="production"} 1700000000)",
           R"(clusterupgrade_node_step_duration_seconds_bucket{step="Draining",le="1"} 0)",
           R"(clusterupgrade_node_step_duration_seconds_bucket{step="Draining",le="10"} 1)",
           R"(clusterupgrade_node_step_duration_seconds_bucket{step="Draining",le="+Inf"} 1)",
           R"(clusterupgrade_node_step_duration_seconds_sum{step="Draining"} 5)",
           R"(clusterupgrade_node_failures_total{reason="JobFailed"} 2)",
           R"(clusterupgrade_evictions_total{code="429"} 7)",
           R"(clusterupgrade_status_writes_refused_total{code="422"} 3)",
           R"(clusterupgrade_clock_ahead_seconds -1860)",
           R"(clusterupgrade_drain_blocked{node="node-1",reason="BudgetForbids"} 1)",
           R"(clusterupgrade_cache_staleness_seconds{resource="nodes"} 3.5)",
           R"(clusterupgrade_planning_duration_seconds_count 1)",
           R"(rest_client_requests_total{code="200",method="GET",host="host:6443"} 9)",
           R"(rest_client_request_duration_seconds_count{verb="GET",host="host:6443"} 1)",
           R"(leader_election_master_status{name="lease"} 1)",
       }) {
    INFO(line);
    CHECK(lines.count(line) == 1);
  }
}

TEST_CASE("a leader whose term is over shows no objects, though its core has stopped",
          "[serving]") {
  const std::shared_ptr<core::View> view = FullView();
  Snapshot snapshot;
  view->leads_until = base::SteadyTime(seconds(103));
  snapshot.Publish(view, 0);
  CHECK(Text(snapshot).find("clusterupgrade_nodes{") != std::string::npos);
  view->leads_until = base::SteadyTime(seconds(102));
  const std::string text = Text(snapshot);
  CHECK(Lines(text).count(R"(leader_election_master_status{name="lease"} 0)") == 1);
  CHECK(text.find(R"(upgrade="production")") == std::string::npos);
  CHECK(text.find("clusterupgrade_drain_blocked{") == std::string::npos);
  CHECK(Lines(text).count(R"(clusterupgrade_evictions_total{code="429"} 7)") == 1);
}

TEST_CASE("the process is described before the first turn", "[serving]") {
  const std::string text = Text(Snapshot());
  std::map<std::string, double> values;
  std::istringstream in(text);
  for (std::string name, line; std::getline(in, line);) {
    double value = 0;
    if (std::istringstream(line) >> name >> value) {
      values[name] = value;
    }
  }
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  CHECK(values["process_resident_memory_bytes"] > 1e6);
  CHECK(values["process_virtual_memory_bytes"] > values["process_resident_memory_bytes"]);
  CHECK(values["process_open_fds"] >= 3);
  CHECK(values["process_cpu_seconds_total"] >= 0);
  CHECK(values["process_start_time_seconds"] > now.count() - 3600);
  CHECK(values["process_start_time_seconds"] < now.count() + 60);
  CHECK(text.find("leader_election_master_status") == std::string::npos);
}

TEST_CASE("every family says what it is", "[serving]") {
  Snapshot snapshot;
  snapshot.Publish(FullView(), 0);
  const Metrics metrics(snapshot, {}, [] { return base::SteadyTime(seconds(102)); });
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    INFO(family.name);
    CHECK_FALSE(family.help.empty());
    CHECK_FALSE(family.metric.empty());
  }
}

}  // namespace
}  // namespace cu::serving
