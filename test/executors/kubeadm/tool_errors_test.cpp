#include "node/tool_errors.hpp"

#include <catch2/catch.hpp>

#include "node/facts.hpp"
#include "node/health.hpp"
#include "node/unit.hpp"

namespace cu::node {

TEST_CASE("of kubeadm's preflight the errors are told, without what stands around them") {
  CHECK(
      Cause("[preflight] Running pre-flight checks.\n"
            "\t[WARNING ContainerRuntimeVersion]: old\n"
            "error: error execution phase preflight: [preflight] Some fatal errors occurred:\n"
            "\t[ERROR SystemVerification]: cgroups v1 support is deprecated\n"
            "\t[ERROR ImagePull]: failed to pull image registry.k8s.io/etcd:3.6.8-0\n"
            "[preflight] If you know what you are doing, you can make a check non-fatal with ...\n"
            "To see the stack trace of this error execute with --v=5 or higher\n") ==
      "[ERROR SystemVerification]: cgroups v1 support is deprecated\n"
      "[ERROR ImagePull]: failed to pull image registry.k8s.io/etcd:3.6.8-0");
}

TEST_CASE("another error is told from its announcement on") {
  CHECK(Cause("[upgrade] a\n[upgrade] b\nerror: couldn't upgrade control plane: timeout\n"
              "To see the stack trace of this error execute with --v=5 or higher\n") ==
        "error: couldn't upgrade control plane: timeout");
  CHECK(Cause("The connection to the server 10.0.0.1:6443 was refused\n") ==
        "The connection to the server 10.0.0.1:6443 was refused");
}

TEST_CASE("an output without an announcement gives its last lines") {
  CHECK(Cause("a\nb\n\nc\nd\n") == "b\nc\nd");
  CHECK(Cause("").empty());
}

TEST_CASE("a failure says the command and how it ended") {
  const Command command{Tool::kKubeadm, {"certs", "renew", "all"}, std::chrono::seconds(90)};
  CHECK(Failure(command, {1, false, "", "error: no"}) ==
        "kubeadm certs renew all: exit status 1: error: no");
  CHECK(Failure(command, {143, true, "", ""}) == "kubeadm certs renew all: no end after 90 s");
  CHECK(Failure(command, {137, false, "", ""}) == "kubeadm certs renew all: ended by signal 9");
  CHECK(Failure(command, {127, false, "", ""}) ==
        "kubeadm certs renew all: it could not be started");
}

TEST_CASE("the kubelet's unit is read as systemctl shows it") {
  const Unit unit = ParseUnit(
      "NRestarts=2\nExecStart={ path=/opt/bin/kubelet ; argv[]=/opt/bin/kubelet $A ; }\n"
      "ActiveState=activating\nActiveEnterTimestampMonotonic=77\n");
  CHECK(unit.program == "/opt/bin/kubelet");
  CHECK(unit.state == "activating");
  CHECK(unit.restarts == "2");
  CHECK(unit.entered == "77");
  CHECK(unit.on());
  CHECK_FALSE(unit.SameRun(unit));
}

TEST_CASE("the kubelet's health is asked where its configuration says") {
  CHECK(HealthzOf("") == "http://127.0.0.1:10248");
  CHECK(HealthzOf("healthzBindAddress: 0.0.0.0\nhealthzPort: 1\n") == "http://127.0.0.1:1");
  CHECK(HealthzOf("healthzBindAddress: '::'\n") == "http://[::1]:10248");
  CHECK(HealthzOf("healthzPort: 0\n").empty());
  CHECK(HealthzOf("a: [") == "http://127.0.0.1:10248");
}

TEST_CASE("a version is found in what programs say") {
  CHECK(VersionIn("Kubernetes v1.36.3\n") == "v1.36.3");
  CHECK(VersionIn("v1.36.0-rc.1") == "v1.36.0-rc.1");
  CHECK(VersionIn("no").empty());
}

}  // namespace cu::node
