#include "codec/decode/read_spec.hpp"

#include <set>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using nlohmann::json;

namespace {

api::ClusterUpgradeSpec DecodeSpec(const json& spec) {
  const json object = {{"metadata", {{"name", "production"}}}, {"spec", spec}};
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(object.dump());
  REQUIRE(upgrade.ok());
  return upgrade->spec;
}

json SmallSpec() {
  return {{"version", "v1.36.3"}, {"executor", {{"type", "Kubeadm"}}}};
}

api::ClusterUpgradeSpec DecodeWith(const char* pointer, const json& value) {
  json spec = SmallSpec();
  spec[json::json_pointer(pointer)] = value;
  return DecodeSpec(spec);
}

}  // namespace

TEST_CASE("the smallest useful spec takes the documented defaults", "[codec]") {
  const api::ClusterUpgradeSpec spec = DecodeSpec(SmallSpec());
  api::ClusterUpgradeSpec expected;
  expected.version = "v1.36.3";
  expected.executor.type = api::ExecutorType::kKubeadm;
  expected.fingerprint = spec.fingerprint;
  CHECK(spec == expected);
  CHECK(spec.fingerprint.size() == 16);

  CHECK(spec.executor.timeout_seconds == 1800);
  CHECK_FALSE(spec.executor.kill_on_timeout);
  CHECK(spec.executor.pre_pull);
  CHECK(spec.pools.empty());
  CHECK(spec.drain.timeout_seconds == 3600);
  CHECK(spec.drain.volume_detach_timeout_seconds == 300);
  CHECK(spec.drain.recovery_timeout_seconds == 600);
  CHECK(spec.drain.exclude_from_load_balancers);
  CHECK(spec.drain.prefer_upgraded_nodes);
  CHECK(spec.verify.timeout_seconds == 600);
  CHECK(spec.verify.min_ready_seconds == 10);
  CHECK(spec.failure_policy.max_attempts == 2);
  CHECK(spec.failure_policy.max_failed_nodes == 0);
}

TEST_CASE("every field of a spec is read", "[codec]") {
  const auto decoded = codec::Decode<api::ClusterUpgrade>(Testdata("cluster_upgrade.json"));
  REQUIRE(decoded.ok());
  CHECK(decoded->meta.annotations == api::StringMap{{"clusterupgrade.io/retry", "2"}});
  CHECK(decoded->meta.finalizers == std::vector<std::string>{"clusterupgrade.io/release"});
  CHECK(decoded->meta.generation == 4);
  const api::ClusterUpgradeSpec& spec = decoded->spec;
  CHECK(spec.problems.empty());
  CHECK(spec.version == "v1.36.3");
  CHECK(spec.path == std::vector<std::string>{"v1.34.8", "v1.35.4"});
  CHECK(spec.paused);
  CHECK(spec.executor.type == api::ExecutorType::kJob);
  CHECK(spec.executor.timeout_seconds == 900);
  CHECK(spec.executor.kill_on_timeout);
  CHECK_FALSE(spec.executor.pre_pull);
  CHECK(json::parse(spec.executor.job_template)["spec"]["containers"][0]["name"] == "upgrade");
  REQUIRE(spec.control_plane_selector.has_value());
  CHECK(spec.control_plane_selector->match_labels == api::StringMap{{"role", "master"}});
  REQUIRE(spec.pools.size() == 2);
  CHECK(spec.pools[0].name == "gpu");
  REQUIRE(spec.pools[0].node_selector.has_value());
  CHECK(
      spec.pools[0].node_selector->match_expressions ==
      std::vector<api::SelectorRequirement>{{"gpu", api::SelectorOperator::kIn, {"a100", "h100"}}});
  CHECK(spec.pools[0].max_unavailable == api::IntOrPercent{25, true});
  CHECK(spec.pools[0].unhealthy_nodes == api::UnhealthyNodes::kIgnore);
  CHECK(spec.pools[1].max_unavailable == api::IntOrPercent{2, false});
  CHECK_FALSE(spec.pools[1].node_selector.has_value());
  CHECK(spec.drain.when == api::DrainWhen::kMinorUpgrade);
  CHECK(spec.drain.timeout_seconds == 1200);
  CHECK(spec.drain.on_timeout == api::DrainTimeoutPolicy::kSkip);
  CHECK(spec.drain.grace_period_seconds == 0);
  CHECK(spec.drain.unmanaged_pods == api::UnmanagedPods::kRefuse);
  CHECK(spec.drain.empty_dir_pods == api::EmptyDirPods::kRefuse);
  REQUIRE(spec.drain.skip_pods.has_value());
  CHECK(spec.drain.skip_pods->any.at(0).match_labels == api::StringMap{{"stay", "yes"}});
  REQUIRE(spec.drain.wait_for_pods.has_value());
  CHECK(spec.drain.wait_for_pods->timeout_seconds == 7200);
  CHECK(spec.drain.wait_for_pods->selector.any.at(0).match_labels ==
        api::StringMap{{"batch", "yes"}});
  CHECK(spec.drain.volume_detach_timeout_seconds == 0);
  CHECK(spec.drain.recovery_timeout_seconds == 300);
  CHECK_FALSE(spec.drain.exclude_from_load_balancers);
  CHECK_FALSE(spec.drain.prefer_upgraded_nodes);
  CHECK(spec.preflight_ignore == std::vector<std::string>{"BudgetNeverAllows=team-a/web"});
  CHECK(spec.verify.timeout_seconds == 300);
  CHECK(spec.verify.min_ready_seconds == 30);
  CHECK(spec.verify.new_boot);
  CHECK(spec.verify.daemon_sets == api::DaemonSetCheck::kWarn);
  CHECK(spec.verify.daemon_set_namespaces == std::vector<std::string>{"kube-system"});
  CHECK(spec.version_match == api::VersionMatch::kRelease);
  CHECK(spec.run_id == "patches-2");
  CHECK(spec.failure_policy.max_attempts == 3);
  CHECK(spec.failure_policy.max_failed_nodes == 5);
}

TEST_CASE("the settings of a built-in executor are those of the member that its type names",
          "[codec]") {
  json spec = {{"version", "v1.36.3"},
               {"executor",
                {{"type", "Kubeadm"},
                 {"kubeadm",
                  {{"image", "registry.example.com/kubeadm"},
                   {"env", {{{"name", "A"}, {"value", "b"}}}},
                   {"method", "Plain"},
                   {"ignorePreflightErrors", {"Swap", "Mem"}},
                   {"patchesDirectory", "/etc/kubernetes/patches"},
                   {"etcdSnapshot", false}}},
                 {"k3s", {{"image", "other"}}}}}};
  const api::BuiltInSpec built_in = DecodeSpec(spec).executor.built_in;
  CHECK(built_in.image == "registry.example.com/kubeadm");
  CHECK(built_in.env == R"([{"name":"A","value":"b"}])");
  CHECK(built_in.pull_secrets.empty());
  CHECK(built_in.method == api::KubeadmMethod::kPlain);
  CHECK(built_in.ignore_preflight_errors == std::vector<std::string>{"Swap", "Mem"});
  CHECK(built_in.patches_directory == "/etc/kubernetes/patches");
  CHECK_FALSE(built_in.etcd_snapshot);
  spec["executor"]["type"] = "K3s";
  CHECK(DecodeSpec(spec).executor.built_in.image == "other");
  spec["executor"]["type"] = "External";
  CHECK(DecodeSpec(spec).executor.built_in == api::BuiltInSpec{});
}

TEST_CASE("the images of a Job's template are known", "[codec]") {
  const json pod = {{"initContainers", {{{"image", "a:1"}}}},
                    {"containers", {{{"image", "b:2"}}, {{"name", "none"}}}}};
  const json executor = {{"type", "Job"}, {"job", {{"template", {{"spec", pod}}}}}};
  CHECK(DecodeWith("/executor", executor).executor.job_images ==
        std::vector<std::string>{"a:1", "b:2"});
}

TEST_CASE("what a spec cannot mean is reported with its place", "[codec]") {
  struct Case {
    const char* pointer;
    json value;
    const char* problem;
  };
  const std::vector<Case> cases = {
      {"/version", "", "spec.version: must not be empty"},
      {"/version", nullptr, "spec.version: is missing"},
      {"/version", 1.36, "spec.version: must be a string, not number"},
      {"/path", "v1.35.4", "spec.path: must be an array, not string"},
      {"/path", {"v1.35.4", 5}, "spec.path[1]: must be a string, not number"},
      {"/paused", "yes", "spec.paused: must be a boolean, not string"},
      {"/executor", json::object(), "spec.executor.type: is missing"},
      {"/executor/type",
       "Ansible",
       R"(spec.executor.type: must be Kubeadm, K3s, RKE2, Job or External, not "Ansible")"},
      {"/executor/type",
       "Job",
       "spec.executor.job.template.spec.containers: must have at least one container"},
      {"/executor/timeoutSeconds",
       0,
       "spec.executor.timeoutSeconds: must be from 1 to 604800, not 0"},
      {"/executor/timeoutSeconds",
       "30m",
       R"(spec.executor.timeoutSeconds: must be a whole number, not "30m")"},
      {"/controlPlane/nodeSelector",
       json::object(),
       "spec.controlPlane.nodeSelector: must not be empty: it would select everything"},
      {"/controlPlane/nodeSelector",
       {{"matchLabel", {{"a", "b"}}}},
       "spec.controlPlane.nodeSelector: must not be empty: it would select everything"},
      {"/controlPlane/nodeSelector",
       {{"matchExpressions", {{{"key", "a"}, {"operator", "Equals"}}}}},
       "spec.controlPlane.nodeSelector.matchExpressions[0].operator: must be In, NotIn, Exists or "
       "DoesNotExist, not \"Equals\""},
      {"/controlPlane/nodeSelector",
       {{"matchExpressions", {{{"key", "a"}, {"operator", "In"}}}}},
       "spec.controlPlane.nodeSelector.matchExpressions: must each have a key, and values with the "
       "operators In and NotIn only"},
      {"/pools", {{{"name", ""}}}, "spec.pools[0].name: must not be empty"},
      {"/pools",
       {{{"name", "a"}}, {{"name", "a"}}},
       "spec.pools[1].name: must be unique and not \"control-plane\""},
      {"/pools",
       {{{"name", "control-plane"}}},
       "spec.pools[0].name: must be unique and not \"control-plane\""},
      {"/pools",
       {{{"name", "a"}, {"nodeSelector", json::object()}}},
       "spec.pools[0].nodeSelector: must not be empty: it would select everything"},
      {"/drain/when",
       "Foo",
       R"(spec.drain.when: must be Always, MinorUpgrade or Never, not "Foo")"},
      {"/drain/when", false, "spec.drain.when: must be Always, MinorUpgrade or Never, not false"},
      {"/drain/timeoutSeconds", -1, "spec.drain.timeoutSeconds: must be from 0 to 604800, not -1"},
      {"/drain/skipPods",
       json::object(),
       "spec.drain.skipPods: must not be empty: it would select everything"},
      {"/drain/waitForPods", json::object(), "spec.drain.waitForPods.selector: is missing"},
      {"/verify/minReadySeconds",
       100000,
       "spec.verify.minReadySeconds: must be from 0 to 86400, not 100000"},
      {"/failurePolicy/maxAttempts",
       11,
       "spec.failurePolicy.maxAttempts: must be from 1 to 10, not 11"},
      {"/failurePolicy/maxFailedNodes",
       4294967296,
       "spec.failurePolicy.maxFailedNodes: must be from 0 to 50, not 4294967296"},
      {"/drain", "fast", "spec.drain: must be an object, not string"},
  };
  for (const Case& c : cases) {
    INFO(c.pointer << " = " << c.value.dump());
    CHECK(DecodeWith(c.pointer, c.value).problems == std::vector<std::string>{c.problem});
  }
}

TEST_CASE("maxUnavailable is a positive number or a percentage", "[codec]") {
  const auto decode = [](const json& value) {
    return DecodeWith("/pools", {{{"name", "a"}, {"maxUnavailable", value}}});
  };
  for (const auto& [value, expected] : std::vector<std::pair<json, api::IntOrPercent>>{
           {1, {1, false}}, {50, {50, false}}, {"1%", {1, true}}, {"100%", {100, true}}}) {
    INFO(value);
    const api::ClusterUpgradeSpec spec = decode(value);
    CHECK(spec.problems.empty());
    CHECK(spec.pools.at(0).max_unavailable == expected);
  }
  for (const json& value : std::vector<json>{0,
                                             -1,
                                             1.5,
                                             true,
                                             "3",
                                             "",
                                             "%",
                                             "0%",
                                             "101%",
                                             "-5%",
                                             " 5%",
                                             "5% ",
                                             "5%%",
                                             "1e1%",
                                             "99999999999999999999%",
                                             18446744073709551615U}) {
    INFO(value);
    const api::ClusterUpgradeSpec spec = decode(value);
    REQUIRE(spec.problems.size() == 1);
    CHECK_THAT(spec.problems[0], Catch::StartsWith("spec.pools[0].maxUnavailable: must be "));
    CHECK(spec.pools.at(0).max_unavailable == api::IntOrPercent{1, false});
  }
}

TEST_CASE("a missing spec is a problem, not an error", "[codec]") {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(R"({"metadata":{"name":"a"}})");
  REQUIRE(upgrade.ok());
  CHECK(upgrade->spec.problems ==
        std::vector<std::string>{"spec.version: is missing", "spec.executor.type: is missing"});
  CHECK(upgrade->status.observed_generation == -1);
}

TEST_CASE("problems are bounded, however much is wrong", "[codec]") {
  json pools = json::array();
  for (int i = 0; i < 100; ++i) {
    pools.push_back({{"name", std::string(1000, 'x')}, {"maxUnavailable", std::string(1000, 'y')}});
  }
  const api::ClusterUpgradeSpec spec = DecodeWith("/pools", pools);
  CHECK(spec.problems.size() == 20);
  for (const std::string& problem : spec.problems) {
    CHECK(problem.size() <= 400);
  }
}

TEST_CASE("the fingerprint covers all of the spec but paused", "[codec]") {
  const std::string base = DecodeSpec(SmallSpec()).fingerprint;
  CHECK(DecodeWith("/paused", true).fingerprint == base);
  CHECK(DecodeWith("/paused", false).fingerprint == base);
  CHECK(DecodeWith("/version", "v1.36.4").fingerprint != base);
  CHECK(DecodeWith("/executor/kubeadm/image", "x").fingerprint != base);
  CHECK(DecodeWith("/unknownField", 1).fingerprint != base);

  const auto ordered = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"a"},"spec":{"version":"v1.36.3","executor":{"type":"Kubeadm"}}})");
  const auto reordered = codec::Decode<api::ClusterUpgrade>(
      R"({"spec":{"executor": {"type":"Kubeadm"}, "version":"v1.36.3"},"metadata":{"name":"a"}})");
  REQUIRE(ordered.ok());
  REQUIRE(reordered.ok());
  CHECK(ordered->spec.fingerprint == base);
  CHECK(reordered->spec.fingerprint == base);
}

TEST_CASE("selectors of pods take one selector or several", "[codec]") {
  const auto read = [](const std::string& skip) {
    return DecodeWith("/drain/skipPods", json::parse(skip));
  };
  const api::ClusterUpgradeSpec several = read(
      R"({"anyOf":[{"matchLabels":{"app":"a"}},{"matchExpressions":[{"key":"b","operator":"Exists"}]}]})");
  CHECK(several.problems.empty());
  REQUIRE(several.drain.skip_pods.has_value());
  CHECK(several.drain.skip_pods->any.size() == 2);
  CHECK(several.drain.skip_pods->Matches({{"b", "1"}}));
  CHECK(several.drain.skip_pods->Matches({{"app", "a"}}));
  CHECK_FALSE(several.drain.skip_pods->Matches({{"app", "b"}}));
  CHECK(read(R"({"matchLabels":{"app":"a"}})").drain.skip_pods->any.size() == 1);
  CHECK_FALSE(read(R"({"anyOf":[{}]})").problems.empty());
  CHECK_FALSE(
      read(R"({"anyOf":[{"matchLabels":{"a":"b"}}],"matchLabels":{"c":"d"}})").problems.empty());
  CHECK_FALSE(read(R"({"anyOf":[]})").problems.empty());
}
