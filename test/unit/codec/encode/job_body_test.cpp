#include "codec/encode/job_body.hpp"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "codec/decode.hpp"

using namespace cu;
using nlohmann::json;

namespace {

const std::string kJobNamespace = "cluster-upgrade-jobs";

api::JobRequest Input(const std::string& pod_template) {
  api::JobRequest input;
  input.name = "cu-worker-1-0123456789ab";
  input.node = "worker-1";
  input.upgrade = "production";
  input.upgrade_uid = "u1";
  input.version = "v1.36.3+k3s1";
  input.stage = api::Stage::kNode;
  input.attempt = 2;
  input.pod_template = pod_template;
  return input;
}

json Body(const std::string& pod_template) {
  const auto body = codec::JobBody(Input(pod_template), kJobNamespace);
  REQUIRE(body.ok());
  return json::parse(*body);
}

const std::string kSmall = R"({"spec":{"containers":[{"name":"upgrade","image":"x"}]}})";

/// The value of a container's variable; null if it is not there exactly once.
json Variable(const json& container, const std::string& name) {
  std::vector<json> found;
  for (const json& variable : container["env"]) {
    if (variable["name"] == name) {
      found.push_back(variable.value("value", variable));
    }
  }
  return found.size() == 1 ? found[0] : json();
}

/// Of the pod's required node affinity.
json Terms(const json& pod) {
  return pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            ["nodeSelectorTerms"];
}

const json kOnWorker1 = json::array(
    {{{"key", "metadata.name"}, {"operator", "In"}, {"values", json::array({"worker-1"})}}});

}  // namespace

TEST_CASE("a Job runs once, on its node, whatever the node's taints", "[codec]") {
  const json job = Body(kSmall);
  CHECK(job["apiVersion"] == "batch/v1");
  CHECK(job["kind"] == "Job");
  CHECK(job["metadata"]["name"] == "cu-worker-1-0123456789ab");
  CHECK(job["metadata"]["namespace"] == kJobNamespace);
  CHECK_FALSE(job["metadata"].contains("ownerReferences"));
  CHECK(job["spec"]["backoffLimit"] == 0);
  CHECK(job["spec"]["podReplacementPolicy"] == "Failed");
  CHECK_FALSE(job["spec"].contains("activeDeadlineSeconds"));
  const json& pod = job["spec"]["template"]["spec"];
  CHECK(pod["nodeName"] == "worker-1");
  CHECK(Terms(pod) == json::array({{{"matchFields", kOnWorker1}}}));
  CHECK(pod["restartPolicy"] == "Never");
  CHECK(pod["automountServiceAccountToken"] == false);
  CHECK(pod["tolerations"] == json::array({{{"operator", "Exists"}}}));
}

TEST_CASE("Job and pod carry the marks, as labels and exactly", "[codec]") {
  const json job = Body(kSmall);
  for (const json& metadata : {job["metadata"], job["spec"]["template"]["metadata"]}) {
    CHECK(metadata["labels"] == json{{"clusterupgrade.io/upgrade", "production"},
                                     {"clusterupgrade.io/node", "worker-1"},
                                     {"clusterupgrade.io/version", "v1.36.3_k3s1"},
                                     {"clusterupgrade.io/attempt", "2"},
                                     {"clusterupgrade.io/stage", "Node"}});
    CHECK(metadata["annotations"] == json{{"clusterupgrade.io/upgrade", "production"},
                                          {"clusterupgrade.io/upgrade-uid", "u1"},
                                          {"clusterupgrade.io/node", "worker-1"},
                                          {"clusterupgrade.io/version", "v1.36.3+k3s1"},
                                          {"clusterupgrade.io/attempt", "2"},
                                          {"clusterupgrade.io/stage", "Node"}});
  }
}

TEST_CASE("a silent template gets a privileged pod in the host's namespaces", "[codec]") {
  const json pod = Body(kSmall)["spec"]["template"]["spec"];
  CHECK(pod["hostPID"] == true);
  CHECK(pod["hostIPC"] == true);
  CHECK(pod["hostNetwork"] == true);
  CHECK(pod["priorityClassName"] == "system-node-critical");
  CHECK(pod["containers"][0]["securityContext"]["privileged"] == true);
  CHECK(pod["volumes"] == json::array({{{"name", "clusterupgrade-host"},
                                        {"hostPath", {{"path", "/"}, {"type", "Directory"}}}}}));
  CHECK(pod["containers"][0]["volumeMounts"] ==
        json::array({{{"name", "clusterupgrade-host"}, {"mountPath", "/host"}}}));
}

TEST_CASE("what the template says about defaults stays", "[codec]") {
  const json pod = Body(R"({"spec":{"hostPID":false,"hostIPC":false,"hostNetwork":false,
      "priorityClassName":"mine","hostIPC":null,"containers":[{"name":"a",
      "securityContext":{"privileged":false,"runAsUser":5},
      "volumeMounts":[{"name":"root","mountPath":"/host/"}]}],
      "volumes":[{"name":"root","hostPath":{"path":"/"}}],
      "tolerations":[{"key":"x","operator":"Exists"}],"serviceAccountName":"s"}})")["spec"]
                                                                                   ["template"]
                                                                                   ["spec"];
  CHECK(pod["hostPID"] == false);
  CHECK(pod["hostIPC"] == true);  // null is silence
  CHECK(pod["hostNetwork"] == false);
  CHECK(pod["priorityClassName"] == "mine");
  CHECK(pod["serviceAccountName"] == "s");
  CHECK(pod["containers"][0]["securityContext"] == json{{"privileged", false}, {"runAsUser", 5}});
  CHECK(pod["containers"][0]["volumeMounts"].size() == 1);
  CHECK(pod["volumes"].size() == 2);
  CHECK(pod["tolerations"].size() == 2);
}

TEST_CASE("what the controller sets wins over the template", "[codec]") {
  const json job = Body(R"({"metadata":{"labels":{"clusterupgrade.io/node":"other","team":"a"},
      "annotations":{"clusterupgrade.io/attempt":"99"}},
      "spec":{"nodeName":"other","restartPolicy":"OnFailure","automountServiceAccountToken":true,
      "volumes":[{"name":"clusterupgrade-host","emptyDir":{}}],
      "containers":[{"name":"a","env":[{"name":"CLUSTERUPGRADE_NODE","value":"other"},
      {"name":"CHANNEL","value":"stable"}]}]}})");
  const json& pod_template = job["spec"]["template"];
  CHECK(pod_template["metadata"]["labels"]["clusterupgrade.io/node"] == "worker-1");
  CHECK(pod_template["metadata"]["labels"]["team"] == "a");
  CHECK(pod_template["metadata"]["annotations"]["clusterupgrade.io/attempt"] == "2");
  const json& pod = pod_template["spec"];
  CHECK(pod["nodeName"] == "worker-1");
  CHECK(pod["restartPolicy"] == "Never");
  CHECK(pod["automountServiceAccountToken"] == false);
  REQUIRE(pod["volumes"].size() == 1);
  CHECK(pod["volumes"][0]["hostPath"]["path"] == "/");
  CHECK(Variable(pod["containers"][0], "CLUSTERUPGRADE_NODE") == "worker-1");
  CHECK(Variable(pod["containers"][0], "CHANNEL") == "stable");
  CHECK(pod["containers"][0]["env"].back()["name"] == "CHANNEL");
}

TEST_CASE("a volume of the template that is called host stays what it is", "[codec]") {
  const json pod = Body(R"({"spec":{"volumes":[{"name":"host","emptyDir":{}}],
      "containers":[{"name":"a","volumeMounts":[{"name":"host","mountPath":"/scratch"}]}]}})")
      ["spec"]["template"]["spec"];
  REQUIRE(pod["volumes"].size() == 2);
  CHECK(pod["volumes"][0] == json{{"name", "host"}, {"emptyDir", json::object()}});
  const json& mounts = pod["containers"][0]["volumeMounts"];
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0]["name"] == "host");
  CHECK(mounts[1] == json{{"name", "clusterupgrade-host"}, {"mountPath", "/host"}});
}

TEST_CASE("every container, also those that go before, has the environment and the host",
          "[codec]") {
  const json pod = Body(R"({"spec":{"initContainers":[{"name":"prepare"},{"name":"check"}],
      "containers":[{"name":"a"},{"name":"b"}]}})")["spec"]["template"]["spec"];
  for (const char* list : {"initContainers", "containers"}) {
    REQUIRE(pod[list].size() == 2);
    for (const json& container : pod[list]) {
      INFO(container["name"]);
      CHECK(Variable(container, "CLUSTERUPGRADE_NODE") == "worker-1");
      CHECK(Variable(container, "CLUSTERUPGRADE_VERSION") == "v1.36.3+k3s1");
      CHECK(Variable(container, "CLUSTERUPGRADE_STAGE") == "Node");
      CHECK(Variable(container, "CLUSTERUPGRADE_ATTEMPT") == "2");
      CHECK(Variable(container, "SYSTEM_UPGRADE_NODE_NAME") == "worker-1");
      CHECK(Variable(container, "SYSTEM_UPGRADE_POD_NAME")["valueFrom"]["fieldRef"]["fieldPath"] ==
            "metadata.name");
      CHECK(Variable(container, "SYSTEM_UPGRADE_POD_UID")["valueFrom"]["fieldRef"]["fieldPath"] ==
            "metadata.uid");
      CHECK(Variable(container, "SYSTEM_UPGRADE_PLAN_NAME") == "production");
      CHECK(Variable(container, "SYSTEM_UPGRADE_PLAN_LATEST_VERSION") == "v1.36.3-k3s1");
      CHECK(Variable(container, "SYSTEM_UPGRADE_PLAN_LATEST_HASH") ==
            base::Sha256Hex("v1.36.3+k3s1"));
      CHECK(container["volumeMounts"][0]["mountPath"] == "/host");
      CHECK(container["securityContext"]["privileged"] == true);
    }
  }
}

TEST_CASE("images may name the version", "[codec]") {
  const json pod = Body(R"json({"spec":{
      "containers":[
        {"name":"a","image":"r.example/k3s-upgrade:$(CLUSTERUPGRADE_IMAGE_TAG)"},
        {"name":"b","image":"x/$(CLUSTERUPGRADE_VERSION)/$(CLUSTERUPGRADE_VERSION):$(X)"},
        {"name":"c"}],
      "initContainers":[{"name":"d","image":"i:$(CLUSTERUPGRADE_IMAGE_TAG)"}]}})json")["spec"]
                                                                                      ["template"]
                                                                                      ["spec"];
  CHECK(pod["containers"][0]["image"] == "r.example/k3s-upgrade:v1.36.3-k3s1");
  CHECK(pod["containers"][1]["image"] == "x/v1.36.3+k3s1/v1.36.3+k3s1:$(X)");
  CHECK_FALSE(pod["containers"][2].contains("image"));
  CHECK(pod["initContainers"][0]["image"] == "i:v1.36.3-k3s1");
}
