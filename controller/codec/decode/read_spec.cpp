#include "codec/decode/read_spec.hpp"

#include <array>
#include <limits>
#include <set>

#include "api/names.hpp"
#include "base/sha256.hpp"
#include "codec/decode/read_token_refresh.hpp"

namespace cu::codec {
namespace {

// The bounds of crds/clusterupgrades.yaml.
constexpr int kWeek = 604800;
constexpr int kDay = 86400;
constexpr std::size_t kMostPools = 50;
constexpr int kMostFailedNodes = 50;
constexpr int kMostAttempts = 10;

constexpr auto kDrainWhens = std::to_array<std::pair<std::string_view, api::DrainWhen>>(
    {{"Always", api::DrainWhen::kAlways},
     {"MinorUpgrade", api::DrainWhen::kMinorUpgrade},
     {"Never", api::DrainWhen::kNever}});
constexpr auto kTimeoutPolicies =
    std::to_array<std::pair<std::string_view, api::DrainTimeoutPolicy>>(
        {{"Fail", api::DrainTimeoutPolicy::kFail},
         {"Skip", api::DrainTimeoutPolicy::kSkip},
         {"Delete", api::DrainTimeoutPolicy::kDelete}});
constexpr auto kUnmanagedPods = std::to_array<std::pair<std::string_view, api::UnmanagedPods>>(
    {{"Evict", api::UnmanagedPods::kEvict},
     {"Refuse", api::UnmanagedPods::kRefuse},
     {"Recreate", api::UnmanagedPods::kRecreate}});
constexpr auto kEmptyDirPods = std::to_array<std::pair<std::string_view, api::EmptyDirPods>>(
    {{"Evict", api::EmptyDirPods::kEvict}, {"Refuse", api::EmptyDirPods::kRefuse}});
constexpr auto kUnhealthyNodes = std::to_array<std::pair<std::string_view, api::UnhealthyNodes>>(
    {{"Wait", api::UnhealthyNodes::kWait}, {"Ignore", api::UnhealthyNodes::kIgnore}});
constexpr auto kDaemonSetChecks = std::to_array<std::pair<std::string_view, api::DaemonSetCheck>>(
    {{"Require", api::DaemonSetCheck::kRequire}, {"Warn", api::DaemonSetCheck::kWarn}});

/// An empty selector would select everything: it is never what was meant.
std::optional<api::LabelSelector> StrictSelector(const Reader& reader) {
  std::optional<api::LabelSelector> selector = reader.Selector();
  if (selector && selector->empty() && reader["matchExpressions"].Items().empty()) {
    reader.Problem("must not be empty: it would select everything");
  }
  if (selector) {
    for (const api::SelectorRequirement& requirement : selector->match_expressions) {
      const bool needs_values = requirement.op == api::SelectorOperator::kIn ||
                                requirement.op == api::SelectorOperator::kNotIn;
      if (requirement.key.empty() || needs_values == requirement.values.empty()) {
        reader["matchExpressions"].Problem(
            "must each have a key, and values with the operators In and NotIn only");
      }
    }
  }
  return selector;
}

/// One selector, or several of which any may match: {anyOf: […]}.
std::optional<api::AnySelector> StrictSelectors(const Reader& reader) {
  const std::vector<Reader> items = reader["anyOf"].Items();
  if (items.empty()) {
    std::optional<api::LabelSelector> one = StrictSelector(reader);
    return one ? std::optional(api::AnySelector{{*std::move(one)}}) : std::nullopt;
  }
  if (reader["matchLabels"].present() || reader["matchExpressions"].present()) {
    reader.Problem("must have either anyOf, or matchLabels and matchExpressions");
  }
  api::AnySelector selectors;
  for (const Reader& item : items) {
    if (std::optional<api::LabelSelector> one = StrictSelector(item)) {
      selectors.any.push_back(*std::move(one));
    }
  }
  return selectors;
}

std::string TextOf(const Reader& reader) {
  return reader.present() ? Dump(reader.Copy()) : "";
}

api::BuiltInSpec ReadBuiltIn(const Reader& settings) {
  api::BuiltInSpec spec;
  spec.image = settings["image"].Text();
  spec.pull_secrets = TextOf(settings["imagePullSecrets"]);
  spec.env = TextOf(settings["env"]);
  spec.resources = TextOf(settings["resources"]);
  spec.method = settings["method"].Choose(api::kKubeadmMethods, spec.method);
  spec.ignore_preflight_errors = settings["ignorePreflightErrors"].Texts();
  spec.patches_directory = settings["patchesDirectory"].Text();
  spec.etcd_snapshot = settings["etcdSnapshot"].Flag(spec.etcd_snapshot);
  return spec;
}

/// Images of all containers of a pod template.
std::vector<std::string> ImagesOf(const Reader& pod) {
  std::vector<std::string> images;
  for (const char* list : {"initContainers", "containers"}) {
    for (const Reader& container : pod[list].Items()) {
      if (std::string image = container["image"].Text(); !image.empty()) {
        images.push_back(std::move(image));
      }
    }
  }
  return images;
}

api::ExecutorSpec ReadExecutor(const Reader& executor) {
  api::ExecutorSpec spec;
  executor["type"].RequiredText();
  spec.type = executor["type"].Choose(api::kExecutorTypes, spec.type);
  spec.timeout_seconds = executor["timeoutSeconds"].Int(spec.timeout_seconds, 1, kWeek);
  spec.kill_on_timeout = executor["killOnTimeout"].Flag(spec.kill_on_timeout);
  spec.pre_pull = executor["prePull"].Flag(spec.pre_pull);
  const Reader job_template = executor["job"]["template"];
  if (job_template.present()) {
    spec.job_template = Dump(job_template.Copy());
    spec.job_images = ImagesOf(job_template["spec"]);
  }
  if (const std::string member = api::SettingsOf(spec.type); !member.empty()) {
    spec.built_in = ReadBuiltIn(executor[member.c_str()]);
  }
  const Reader containers = job_template["spec"]["containers"];
  if (spec.type == api::ExecutorType::kJob && containers.Items().empty()) {
    containers.Problem("must have at least one container");
  }
  return spec;
}

std::vector<api::PoolSpec> ReadPools(const Reader& pools) {
  std::vector<api::PoolSpec> specs;
  std::set<std::string> names;
  for (const Reader& pool : pools.Items()) {
    api::PoolSpec spec;
    spec.name = pool["name"].RequiredText();
    spec.node_selector = StrictSelector(pool["nodeSelector"]);
    spec.max_unavailable = pool["maxUnavailable"].IntOrPercent(1).value_or(spec.max_unavailable);
    spec.unhealthy_nodes = pool["unhealthyNodes"].Choose(kUnhealthyNodes, spec.unhealthy_nodes);
    if (spec.name == "control-plane" || !names.insert(spec.name).second) {
      pool["name"].Problem("must be unique and not \"control-plane\"");
    }
    specs.push_back(std::move(spec));
  }
  if (specs.size() > kMostPools) {
    pools.Problem("must not be more than " + std::to_string(kMostPools));
  }
  return specs;
}

std::optional<api::WaitForPods> ReadWaitForPods(const Reader& wait) {
  if (!wait.present()) {
    return std::nullopt;
  }
  api::WaitForPods spec;
  spec.timeout_seconds = wait["timeoutSeconds"].Int(spec.timeout_seconds, 1, kWeek);
  const std::optional<api::AnySelector> selector = StrictSelectors(wait["selector"]);
  if (selector) {
    spec.selector = *selector;
  } else {
    wait["selector"].Problem("is missing");
  }
  return spec;
}

api::DrainSpec ReadDrain(const Reader& drain) {
  api::DrainSpec spec;
  spec.when = drain["when"].Choose(kDrainWhens, spec.when);
  spec.timeout_seconds = drain["timeoutSeconds"].Int(spec.timeout_seconds, 0, kWeek);
  spec.on_timeout = drain["onTimeout"].Choose(kTimeoutPolicies, spec.on_timeout);
  spec.grace_period_seconds = drain["gracePeriodSeconds"].OptionalInt(0, kWeek);
  spec.unmanaged_pods = drain["unmanagedPods"].Choose(kUnmanagedPods, spec.unmanaged_pods);
  spec.empty_dir_pods = drain["emptyDirPods"].Choose(kEmptyDirPods, spec.empty_dir_pods);
  spec.skip_pods = StrictSelectors(drain["skipPods"]);
  spec.wait_for_pods = ReadWaitForPods(drain["waitForPods"]);
  spec.volume_detach_timeout_seconds =
      drain["volumeDetachTimeoutSeconds"].Int(spec.volume_detach_timeout_seconds, 0, kWeek);
  spec.recovery_timeout_seconds =
      drain["recoveryTimeoutSeconds"].Int(spec.recovery_timeout_seconds, 0, kWeek);
  spec.exclude_from_load_balancers =
      drain["excludeFromLoadBalancers"].Flag(spec.exclude_from_load_balancers);
  spec.prefer_upgraded_nodes = drain["preferUpgradedNodes"].Flag(spec.prefer_upgraded_nodes);
  return spec;
}

api::VerifySpec ReadVerify(const Reader& verify) {
  api::VerifySpec spec;
  spec.timeout_seconds = verify["timeoutSeconds"].Int(spec.timeout_seconds, 1, kWeek);
  spec.min_ready_seconds = verify["minReadySeconds"].Int(spec.min_ready_seconds, 0, kDay);
  spec.new_boot = verify["newBoot"].Flag(spec.new_boot);
  spec.daemon_sets = verify["daemonSets"].Choose(kDaemonSetChecks, spec.daemon_sets);
  spec.daemon_set_namespaces = verify["daemonSetNamespaces"].Texts();
  return spec;
}

api::FailurePolicy ReadFailurePolicy(const Reader& policy) {
  api::FailurePolicy spec;
  spec.max_attempts = policy["maxAttempts"].Int(spec.max_attempts, 1, kMostAttempts);
  spec.max_failed_nodes = policy["maxFailedNodes"].Int(spec.max_failed_nodes, 0, kMostFailedNodes);
  return spec;
}

std::string Fingerprint(Json spec) {
  if (spec.is_object()) {
    spec.erase("paused");
  }
  return base::Sha256Hex(Dump(spec)).substr(0, 16);
}

}  // namespace

api::ClusterUpgradeSpec ReadSpec(const Reader& object_spec) {
  Problems problems;
  const Reader reader = object_spec.Rebased("spec", problems);
  api::ClusterUpgradeSpec spec;
  spec.fingerprint = Fingerprint(reader.Copy());
  spec.version = reader["version"].RequiredText();
  spec.version_match = reader["versionMatch"].Choose(api::kVersionMatches, spec.version_match);
  spec.run_id = reader["runID"].Text();
  spec.path = reader["path"].Texts();
  spec.paused = reader["paused"].Flag();
  spec.executor = ReadExecutor(reader["executor"]);
  spec.control_plane_selector = StrictSelector(reader["controlPlane"]["nodeSelector"]);
  spec.pools = ReadPools(reader["pools"]);
  spec.drain = ReadDrain(reader["drain"]);
  spec.preflight_ignore = reader["preflight"]["ignore"].Texts();
  spec.verify = ReadVerify(reader["verify"]);
  spec.failure_policy = ReadFailurePolicy(reader["failurePolicy"]);
  spec.token_refresh = ReadTokenRefreshSpec(reader["tokenRefresh"]);
  spec.problems = problems.texts();
  return spec;
}

}  // namespace cu::codec
