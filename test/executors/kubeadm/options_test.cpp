#include "node/options.hpp"

#include <map>

#include <catch2/catch.hpp>

namespace cu::node {
namespace {

using Variables = std::map<std::string, std::string>;

base::Result<std::variant<Options, Answer>> Parse(std::vector<std::string> arguments,
                                                  Variables variables) {
  return ParseOptions(std::move(arguments), [variables](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

Variables Job() {
  return {{"CLUSTERUPGRADE_NODE", "cp1"},
          {"CLUSTERUPGRADE_VERSION", "v1.36.3"},
          {"CLUSTERUPGRADE_STAGE", "ControlPlane"},
          {"CLUSTERUPGRADE_ATTEMPT", "2"}};
}

std::string ErrorOf(std::vector<std::string> arguments, Variables variables) {
  const auto parsed = Parse(std::move(arguments), std::move(variables));
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().kind == base::ErrorKind::kInvalid);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("the environment of the Job is all that is needed") {
  const auto parsed = Parse({}, Job());
  REQUIRE(parsed.ok());
  const Options& options = std::get<Options>(*parsed);
  CHECK(options.node == "cp1");
  CHECK(options.version == "v1.36.3");
  CHECK(options.stage == Stage::kControlPlane);
  CHECK(options.attempt == 2);
  CHECK(options.method == Method::kAuto);
  CHECK(options.etcd_snapshot);
  CHECK(options.health_timeout == std::chrono::seconds(240));
}

TEST_CASE("a flag wins over the environment") {
  const auto parsed = Parse({"--node",
                             "cp2",
                             "--stage=ControlPlaneAndNode",
                             "--method=Plain",
                             "--ignore-preflight-errors=SystemVerification,Swap",
                             "--patches=/etc/kubernetes/patches",
                             "--etcd-snapshot=false",
                             "--health-timeout=60"},
                            Job());
  REQUIRE(parsed.ok());
  const Options& options = std::get<Options>(*parsed);
  CHECK(options.node == "cp2");
  CHECK(options.stage == Stage::kControlPlaneAndNode);
  CHECK(options.method == Method::kPlain);
  CHECK(options.ignore_preflight_errors == std::vector<std::string>{"SystemVerification", "Swap"});
  CHECK(options.patches == "/etc/kubernetes/patches");
  CHECK_FALSE(options.etcd_snapshot);
  CHECK(options.health_timeout == std::chrono::seconds(60));
}

TEST_CASE("checks of kubeadm are named as kubeadm and the CRD write them") {
  for (const char* check :
       {"Swap", "Port-6443", "FileAvailable--etc-kubernetes-kubelet.conf", "CRI", "all"}) {
    INFO(check);
    CHECK(Parse({std::string("--ignore-preflight-errors=") + check}, Job()).ok());
  }
  CHECK_FALSE(Parse({"--ignore-preflight-errors=--swap"}, Job()).ok());
}

TEST_CASE("wrong input names the field and what to write") {
  Variables job = Job();
  job["CLUSTERUPGRADE_VERSION"] = "1.36";
  CHECK(ErrorOf({}, job) ==
        "CLUSTERUPGRADE_VERSION (--kubernetes-version) is \"1.36\": write a whole version, as "
        "v1.36.3");
  job = Job();
  job.erase("CLUSTERUPGRADE_NODE");
  CHECK(ErrorOf({}, job) ==
        "CLUSTERUPGRADE_NODE (--node) is missing: write the name of the node object");
  job = Job();
  job["CLUSTERUPGRADE_STAGE"] = "Worker";
  CHECK(ErrorOf({}, job) ==
        "CLUSTERUPGRADE_STAGE (--stage) is \"Worker\": write ControlPlane, Node or "
        "ControlPlaneAndNode");
  CHECK(ErrorOf({"--health-timeout=5"}, Job()) ==
        "--health-timeout is \"5\": write seconds, from 30 to 3600");
  CHECK(ErrorOf({"--method=Fast"}, Job()) == "--method is \"Fast\": write Auto, OneSwap or Plain");
  CHECK(ErrorOf({"--etcd-snapshot=no"}, Job()) == "--etcd-snapshot is \"no\": write true or false");
  CHECK(ErrorOf({"--patches=patches"}, Job()) ==
        "--patches is \"patches\": write a whole path on the host, as /etc/kubernetes/patches");
  CHECK(ErrorOf({"--attempt=0"}, Job()) ==
        "CLUSTERUPGRADE_ATTEMPT (--attempt) is \"0\": write a number from 1 on");
  CHECK(ErrorOf({"--unknown"}, Job()).find("--unknown") != std::string::npos);
}

TEST_CASE("help and version are answered without a Job") {
  const auto help = Parse({"--help"}, {});
  REQUIRE(help.ok());
  CHECK(std::get<Answer>(*help).text.find("CLUSTERUPGRADE_VERSION") != std::string::npos);
  const auto version = Parse({"--version"}, {});
  REQUIRE(version.ok());
  CHECK(std::get<Answer>(*version).text.rfind("upgrade-node ", 0) == 0);
}

}  // namespace cu::node
