#include "codec/encode/pulling_pod.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "codec/encode/job_body.hpp"

using namespace cu;
using nlohmann::json;

namespace {

json Pulled(const std::string& pod_template, api::ExecutorType executor = api::ExecutorType::kJob) {
  api::JobRequest job;
  job.name = "cu-pull-worker-1-0123456789ab";
  job.node = "worker-1";
  job.upgrade = "production";
  job.upgrade_uid = "u1";
  job.version = "v1.36.3+k3s1";
  job.attempt = 0;
  job.executor = executor;
  job.pod_template = pod_template;
  job.built_in.image = "registry.example.com/kubeadm";
  job.active_deadline_seconds = 900;
  job.pulls_images = true;
  const auto body = codec::JobBody(job, "cluster-upgrade-jobs");
  REQUIRE(body.ok());
  return json::parse(*body);
}

const char* const kTemplate = R"json({"spec":{
  "initContainers":[{"name":"copy","image":"tools:1","imagePullPolicy":"Always"}],
  "containers":[{"name":"upgrade","image":"upgrade:$(CLUSTERUPGRADE_IMAGE_TAG)","args":["--now"],
                 "ports":[{"containerPort":1,"hostPort":1}]},
                {"name":"again","image":"tools:1"}],
  "serviceAccountName":"puller","imagePullSecrets":[{"name":"registry"}],
  "tolerations":[{"key":"gpu","operator":"Exists"}],"runtimeClassName":"gvisor",
  "securityContext":{"runAsUser":0}}})json";

}  // namespace

TEST_CASE("a pulling pod has each image once, from the same place", "[codec]") {
  const json job = Pulled(kTemplate);
  const json& pod = job["spec"]["template"]["spec"];
  REQUIRE(pod["containers"].size() == 2);
  CHECK(pod["containers"][0]["image"] == "tools:1");
  CHECK(pod["containers"][0]["imagePullPolicy"] == "Always");
  CHECK(pod["containers"][1]["image"] == "upgrade:v1.36.3-k3s1");
  CHECK_FALSE(pod["containers"][1].contains("imagePullPolicy"));
  CHECK_FALSE(pod.contains("initContainers"));
  CHECK(pod["nodeName"] == "worker-1");
  CHECK(pod["serviceAccountName"] == "puller");
  CHECK(pod["imagePullSecrets"] == json::array({{{"name", "registry"}}}));
  CHECK(pod["tolerations"].size() == 2);
  CHECK(pod["runtimeClassName"] == "gvisor");
  CHECK(Pulled("",
               api::ExecutorType::kKubeadm)["spec"]["template"]["spec"]["containers"][0]["image"] ==
        "registry.example.com/kubeadm:v1.36.3-k3s1");
}

TEST_CASE("a pulling pod can do nothing, and leaves nothing", "[codec]") {
  const json job = Pulled(kTemplate);
  const json& pod = job["spec"]["template"]["spec"];
  for (const char* name :
       {"volumes", "hostPID", "hostIPC", "priorityClassName", "securityContext"}) {
    CHECK_FALSE(pod.contains(name));
  }
  CHECK(pod["automountServiceAccountToken"] == false);
  CHECK(pod["restartPolicy"] == "Never");
  for (const json& container : pod["containers"]) {
    CHECK(container["command"] == json::array({"true"}));
    for (const char* name : {"args", "env", "volumeMounts", "ports"}) {
      CHECK_FALSE(container.contains(name));
    }
    const json& rights = container["securityContext"];
    CHECK(rights["runAsNonRoot"] == true);
    CHECK(rights["allowPrivilegeEscalation"] == false);
    CHECK(rights["capabilities"] == json{{"drop", {"ALL"}}});
    CHECK_FALSE(rights.contains("privileged"));
  }
  CHECK(job["spec"]["activeDeadlineSeconds"] == 900);
  CHECK(job["spec"]["ttlSecondsAfterFinished"] == 300);
}

TEST_CASE("a Job that pulls has the labels of an attempt, and none of its annotations", "[codec]") {
  const json job = Pulled(kTemplate);
  for (const json& metadata : {job["metadata"], job["spec"]["template"]["metadata"]}) {
    CHECK(metadata["labels"]["clusterupgrade.io/pulls-images"] == "true");
    CHECK(metadata["labels"]["clusterupgrade.io/node"] == "worker-1");
    CHECK(metadata["annotations"] == json{{"clusterupgrade.io/upgrade-uid", "u1"}});
  }
}
