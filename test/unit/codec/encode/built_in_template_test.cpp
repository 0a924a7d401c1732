#include "codec/encode/built_in_template.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "codec/encode/job_body.hpp"

using namespace cu;
using nlohmann::json;

namespace {

api::JobRequest Input(api::ExecutorType executor) {
  api::JobRequest job;
  job.name = "cu-cp-1-0123456789ab";
  job.node = "cp-1";
  job.version = "v1.36.3+k3s1";
  job.stage = api::Stage::kControlPlane;
  job.executor = executor;
  job.built_in.image = "registry.example.com:5000/upgrade";
  return job;
}

json PodOf(const api::JobRequest& job) {
  const auto body = codec::JobBody(job, "jobs");
  REQUIRE(body.ok());
  return json::parse(*body)["spec"]["template"]["spec"];
}

}  // namespace

TEST_CASE("the Job of Kubeadm runs the image's own program without privileges", "[codec]") {
  api::JobRequest job = Input(api::ExecutorType::kKubeadm);
  job.built_in.ignore_preflight_errors = {"Swap", "Mem"};
  job.built_in.patches_directory = "/etc/kubernetes/patches";
  job.built_in.etcd_snapshot = false;
  job.built_in.method = api::KubeadmMethod::kOneSwap;
  job.built_in.env = R"([{"name":"A","value":"b"}])";
  job.built_in.resources = R"({"requests":{"cpu":"100m"}})";
  job.built_in.pull_secrets = R"([{"name":"registry"}])";
  const json pod = PodOf(job);
  const json& container = pod["containers"][0];
  CHECK(container["image"] == "registry.example.com:5000/upgrade:v1.36.3-k3s1");
  CHECK_FALSE(container.contains("command"));
  CHECK(container["args"] == json({"--method=OneSwap",
                                   "--ignore-preflight-errors=Swap,Mem",
                                   "--patches=/etc/kubernetes/patches",
                                   "--etcd-snapshot=false"}));
  CHECK(container["env"].back() == json{{"name", "A"}, {"value", "b"}});
  CHECK(container["resources"]["requests"]["cpu"] == "100m");
  CHECK(container["terminationMessagePolicy"] == "FallbackToLogsOnError");
  CHECK(pod["imagePullSecrets"][0]["name"] == "registry");
}

TEST_CASE("the pod of Kubeadm has these rights and no more", "[codec]") {
  const json pod = PodOf(Input(api::ExecutorType::kKubeadm));
  CHECK(pod["hostPID"] == true);
  CHECK(pod["hostNetwork"] == true);
  CHECK(pod["hostIPC"] == false);
  CHECK(pod["terminationGracePeriodSeconds"] == 900);
  CHECK(pod["automountServiceAccountToken"] == false);
  CHECK(pod["volumes"].size() == 1);
  CHECK(pod["volumes"][0]["hostPath"]["path"] == "/");
  CHECK(pod["containers"].size() == 1);
  CHECK(pod["containers"][0]["volumeMounts"].size() == 1);
  CHECK(pod["containers"][0]["securityContext"] ==
        json{{"privileged", false},
             {"allowPrivilegeEscalation", false},
             {"readOnlyRootFilesystem", true},
             {"runAsUser", 0},
             {"seccompProfile", {{"type", "RuntimeDefault"}}},
             {"capabilities",
              {{"drop", {"ALL"}},
               {"add", {"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SYS_CHROOT"}}}}});
}

TEST_CASE("an image with a tag or a digest stays as it is", "[codec]") {
  const auto image = [](const std::string& written) {
    api::JobRequest job = Input(api::ExecutorType::kKubeadm);
    job.built_in.image = written;
    return PodOf(job)["containers"][0]["image"];
  };
  CHECK(image("r.example.com/k:v1") == "r.example.com/k:v1");
  CHECK(image("r.example.com/k@sha256:00") == "r.example.com/k@sha256:00");
  CHECK(image("k:$(CLUSTERUPGRADE_VERSION)-2") == "k:v1.36.3+k3s1-2");
}

TEST_CASE("K3s and RKE2 run Rancher's images as their plans do", "[codec]") {
  const json pod = PodOf(Input(GENERATE(api::ExecutorType::kK3s, api::ExecutorType::kRke2)));
  const json& container = pod["containers"][0];
  CHECK(container["image"] == "registry.example.com:5000/upgrade:v1.36.3-k3s1");
  CHECK_FALSE(container.contains("command"));
  CHECK_FALSE(container.contains("args"));
  CHECK(container["securityContext"]["privileged"] == true);
  CHECK(container["securityContext"]["capabilities"]["add"] == json({"SYS_BOOT"}));
  CHECK(container["volumeMounts"][0]["mountPath"] == "/host");
  for (const char* host : {"hostPID", "hostIPC", "hostNetwork"}) {
    CHECK(pod[host] == true);
  }
}
