#include "config/config.hpp"

#include <catch2/catch.hpp>

#include "unit/temporary_folder.hpp"

namespace cu::config {
namespace {

using Arguments = std::vector<std::string>;

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Environment Pod() {
  return {
      .variables = {{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "443"}},
      .service_account = "/nonexistent"};
}

Config Good(const Arguments& arguments, const Environment& environment) {
  const auto loaded = Load(arguments, environment, "1.2.3");
  if (!loaded) {
    INFO(loaded.error().message);
    REQUIRE(loaded.ok());
  }
  REQUIRE(std::holds_alternative<Config>(*loaded));
  return std::get<Config>(*loaded);
}

std::string Complaint(const Arguments& arguments, const Environment& environment) {
  const auto loaded = Load(arguments, environment, "1.2.3");
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().kind == base::ErrorKind::kInvalid);
  return loaded.error().message;
}

std::string Output(const Arguments& arguments) {
  const auto loaded = Load(arguments, {}, "1.2.3");
  REQUIRE(loaded.ok());
  REQUIRE(std::holds_alternative<EarlyExit>(*loaded));
  return std::get<EarlyExit>(*loaded).text;
}

TEST_CASE("in a pod nothing has to be set", "[config]") {
  const Config config = Good({}, Pod());
  CHECK(config.cluster.server == "https://10.96.0.1:443");
  CHECK(config.cluster.tls.authority.file == "/nonexistent/ca.crt");
  CHECK(config.cluster.token.file == "/nonexistent/token");
  CHECK(config.namespace_name == "cluster-upgrade-system");
  CHECK(config.job_namespace == "cluster-upgrade-jobs");
  CHECK(config.leader_elect);
  CHECK(config.metrics == BindAddress{"", 8080});
  CHECK(config.health == BindAddress{"", 8081});
  CHECK(config.log_format == base::LogFormat::kJson);
  CHECK(config.verbosity == 0);
}

TEST_CASE("the namespace of the pod is found in its mount", "[config]") {
  const test::TemporaryFolder folder;
  folder.Write("namespace", "team-a");
  Environment environment = Pod();
  environment.service_account = folder.path();
  CHECK(Good({}, environment).namespace_name == "team-a");
  environment.variables["POD_NAMESPACE"] = "team-b";
  CHECK(Good({}, environment).namespace_name == "team-b");
}

TEST_CASE("the Lease may be elsewhere than the pod", "[config]") {
  const test::TemporaryFolder folder;
  Environment environment = Pod();
  environment.service_account = folder.path();
  CHECK(Good({"--namespace=lease"}, environment).pod_namespace == "lease");
  folder.Write("namespace", "team-a");
  const Config mounted = Good({"--namespace=lease"}, environment);
  CHECK(mounted.namespace_name == "lease");
  CHECK(mounted.pod_namespace == "team-a");
  environment.variables["POD_NAMESPACE"] = "team-b";
  CHECK(Good({"--namespace=lease"}, environment).pod_namespace == "team-b");
}

TEST_CASE("outside a pod a kubeconfig is asked for", "[config]") {
  const std::string complaint = Complaint({}, {});
  CHECK(Contains(complaint, "--kubeconfig"));
  CHECK(Contains(complaint, "KUBECONFIG"));
  CHECK(Contains(Complaint({"--kubeconfig", "a:b"}, {}), "several files"));
  CHECK(Contains(Complaint({"--kubeconfig", "/nonexistent/k"}, Pod()), "/nonexistent/k"));
}

TEST_CASE("a flag goes before the environment, that before the file, that before the default",
          "[config]") {
  const test::TemporaryFolder folder;
  Environment environment = Pod();
  const Arguments file{"--config", folder.Write("c.yaml", "job-namespace: file\nv: 5\n")};
  CHECK(Good({}, environment).job_namespace == "cluster-upgrade-jobs");
  CHECK(Good(file, environment).job_namespace == "file");
  CHECK(Good(file, environment).verbosity == 5);
  environment.variables["CLUSTER_UPGRADE_CONTROLLER_JOB_NAMESPACE"] = "environment";
  CHECK(Good(file, environment).job_namespace == "environment");
  Arguments all = file;
  all.emplace_back("--job-namespace=flag");
  CHECK(Good(all, environment).job_namespace == "flag");
}

TEST_CASE("every flag is read", "[config]") {
  const Config config = Good({"--namespace=n",
                              "--job-namespace=j",
                              "--pod-name=p",
                              "--node-name=node.example",
                              "--leader-elect=false",
                              "--executor-image-k3s=registry/b",
                              "--metrics-bind-address=127.0.0.1:9090",
                              "--health-probe-bind-address=0",
                              "--log-format=text",
                              "--v=4"},
                             Pod());
  CHECK(config.namespace_name == "n");
  CHECK(config.job_namespace == "j");
  CHECK(config.pod_name == "p");
  CHECK(config.node_name == "node.example");
  CHECK_FALSE(config.leader_elect);
  CHECK(config.metrics == BindAddress{"127.0.0.1", 9090});
  CHECK_FALSE(config.health);
  CHECK(config.log_format == base::LogFormat::kText);
  CHECK(config.verbosity == 4);
  CHECK(Good({"--leader-elect"}, Pod()).leader_elect);
  CHECK(Good({"--metrics-bind-address=[::1]:9090"}, Pod()).metrics == BindAddress{"::1", 9090});
}

TEST_CASE("a bad value is refused with where it came from and what to write", "[config]") {
  struct Case {
    const char* argument;
    const char* instead;
  };
  for (const Case& one : {
           Case{"--v=x", "0 to 10"},
           Case{"--v=11", "0 to 10"},
           Case{"--log-format=xml", "json or text"},
           Case{"--leader-elect=maybe", "true or false"},
           Case{"--namespace=Team_A", "lower-case"},
           Case{"--node-name=-a", "lower-case"},
           Case{"--metrics-bind-address=8080", ":PORT"},
           Case{"--metrics-bind-address=:99999", ":PORT"},
           Case{"--metrics-bind-address=localhost:8080", ":PORT"},
           Case{"--metrics-bind-address=::1:8080", ":PORT"},
           Case{"--health-probe-bind-address=:8080", "must differ"},
       }) {
    const std::string complaint = Complaint({one.argument}, Pod());
    INFO(complaint);
    const std::string argument = one.argument;
    CHECK(Contains(complaint, argument.substr(2, argument.find('=') - 2)));
    CHECK(Contains(complaint, one.instead));
  }
  Environment environment = Pod();
  environment.variables["CLUSTER_UPGRADE_CONTROLLER_V"] = "much";
  CHECK(Contains(Complaint({}, environment), "CLUSTER_UPGRADE_CONTROLLER_V"));
}

TEST_CASE("an unknown flag is refused", "[config]") {
  CHECK(Contains(Complaint({"--nonsense"}, Pod()), "--nonsense"));
  CHECK(Contains(Complaint({"stray"}, Pod()), "stray"));
  CHECK(Contains(Complaint({"--v"}, Pod()), "--v"));
  const test::TemporaryFolder folder;
  struct Case {
    const char* text;
    const char* named;
  };
  for (const Case& one : {Case{"logformat: text", "logformat"},
                          Case{"config: other.yaml", "config"},
                          Case{"v: [1]", "v must be a single value"},
                          Case{"- v", "flag: value"},
                          Case{"v: 77", "v in "},
                          Case{"a: [", "c.yaml"}}) {
    INFO(one.text);
    CHECK(Contains(Complaint({"--config", folder.Write("c.yaml", one.text)}, Pod()), one.named));
  }
  CHECK(Contains(Complaint({"--config=/nonexistent.yaml"}, Pod()),
                 "/nonexistent.yaml: the file cannot be opened"));
  CHECK(Good({"--config", folder.Write("c.yaml", "# nothing\n")}, Pod()).verbosity == 0);
}

TEST_CASE("help names every flag, version only itself", "[config]") {
  const std::string help = Output({"--help"});
  for (const char* flag : {"--kubeconfig",
                           "--namespace",
                           "--job-namespace",
                           "--pod-name",
                           "--node-name",
                           "--leader-elect",
                           "--executor-image-kubeadm",
                           "--executor-image-k3s",
                           "--executor-image-rke2",
                           "--metrics-bind-address",
                           "--health-probe-bind-address",
                           "--log-format",
                           "--v ",
                           "--config",
                           "CLUSTER_UPGRADE_CONTROLLER_"}) {
    INFO(flag);
    CHECK(Contains(help, flag));
  }
  CHECK(Output({"--version"}) == "1.2.3\n");
}

}  // namespace
}  // namespace cu::config
