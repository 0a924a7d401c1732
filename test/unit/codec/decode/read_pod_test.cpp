#include "codec/decode/read_pod.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using base::ParseTime;
using codec::Decode;

namespace {

/// A pod with these members of status.
api::Pod PodWithStatus(const std::string& status) {
  const auto pod = Decode<api::Pod>(R"({"metadata":{"name":"p"},"status":)" + status + "}");
  REQUIRE(pod.ok());
  return *pod;
}

}  // namespace

TEST_CASE("a Pod in its grace period gives what the controller reads", "[codec]") {
  const auto decoded = Decode<api::Pod>(Testdata("pod.json"));
  REQUIRE(decoded.ok());
  const api::Pod& pod = *decoded;
  CHECK(pod.meta.Key() == "team-a/web-7d4b9c6f5d-x2x8q");
  CHECK(pod.meta.deleted == ParseTime("2026-11-22T18:21:30Z"));
  CHECK(pod.meta.annotations.empty());
  REQUIRE(pod.meta.controller.has_value());
  CHECK(*pod.meta.controller ==
        api::Owner{"ReplicaSet", "web-7d4b9c6f5d", "11111111-2222-3333-4444-555555555555"});
  CHECK(pod.node_name == "worker-2");
  CHECK(pod.phase == api::PodPhase::kRunning);
  CHECK(pod.ready);
  CHECK(pod.has_empty_dir);
  CHECK(pod.started);
  CHECK(pod.problem.empty());
  CHECK(pod.grace_seconds == 30);
  CHECK(pod.deletion_grace_seconds == 30);
}

TEST_CASE("a container that waits for a person is the Pod's problem", "[codec]") {
  const auto waiting = [](const std::string& reason, const std::string& message) {
    return PodWithStatus(R"({"containerStatuses":[{"state":{"waiting":{"reason":")" + reason +
                         R"(","message":")" + message + R"("}}}]})");
  };
  CHECK(waiting("ImagePullBackOff", "no such tag").problem == "ImagePullBackOff: no such tag");
  CHECK(waiting("InvalidImageName", "").problem == "InvalidImageName");
  for (const char* reason : {"ErrImagePull",
                             "ImagePullBackOff",
                             "InvalidImageName",
                             "ErrImageNeverPull",
                             "ImageInspectError",
                             "RegistryUnavailable",
                             "SignatureValidationFailed"}) {
    CHECK(waiting(reason, "").lacks_image);
    CHECK(waiting(reason, "").problem == reason);
  }
  CHECK_FALSE(waiting("CreateContainerError", "no such user").lacks_image);
  // An image that is missing is said before anything else.
  const api::Pod both = PodWithStatus(
      R"({"containerStatuses":[{"state":{"waiting":{"reason":"CreateContainerError"}}},
                                             {"state":{"waiting":{"reason":"ErrImagePull"}}}]})");
  CHECK(both.lacks_image);
  CHECK(both.problem == "ErrImagePull");
  CHECK(waiting("ContainerCreating", "soon").problem.empty());
  CHECK(waiting("PodInitializing", "").problem.empty());
  CHECK(PodWithStatus(R"({"initContainerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull"}}}],
                          "containerStatuses":[{"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})")
            .problem == "ErrImagePull");
  CHECK(PodWithStatus(
            R"({"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
                              "message":"0/3 nodes are available"}]})")
            .problem == "Unschedulable: 0/3 nodes are available");
  CHECK(
      PodWithStatus(R"({"conditions":[{"type":"PodScheduled","status":"True"}]})").problem.empty());
}

TEST_CASE("a Pod has started once any container of it ran", "[codec]") {
  for (const char* statuses : {R"({"containerStatuses":[{"state":{"running":{}}}]})",
                               R"({"containerStatuses":[{"state":{"terminated":{"exitCode":1}}}]})",
                               R"({"initContainerStatuses":[{"state":{"running":{}}}]})",
                               R"({"containerStatuses":[{"restartCount":1}]})",
                               R"({"containerStatuses":[{"lastState":{"terminated":{}}}]})"}) {
    INFO(statuses);
    CHECK(PodWithStatus(statuses).started);
  }
  CHECK_FALSE(PodWithStatus(R"({"containerStatuses":[{"state":{"waiting":{}},"lastState":{},
                                "restartCount":0}]})")
                  .started);
  CHECK_FALSE(PodWithStatus("{}").started);
}

TEST_CASE("an absurd grace period is a year, a negative one none", "[codec]") {
  const auto pod = Decode<api::Pod>(
      R"({"metadata":{"name":"p","deletionGracePeriodSeconds":-5},
          "spec":{"terminationGracePeriodSeconds":9223372036854775807}})");
  REQUIRE(pod.ok());
  CHECK(pod->grace_seconds == 366 * 24 * 3600);
  CHECK(pod->deletion_grace_seconds == 0);
}

TEST_CASE("the words of a kubelet are cut", "[codec]") {
  const std::string words(42'000, 'x');
  const api::Pod pod = PodWithStatus(
      R"({"containerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull","message":")" + words +
      R"("}}}]})");
  CHECK(pod.problem.starts_with("ErrImagePull: xxx"));
  CHECK(pod.problem.size() == 512);
}

TEST_CASE("a container that the runtime could not start has not run", "[codec]") {
  const auto ended = [](const std::string& container) {
    return PodWithStatus(R"({"phase":"Failed","containerStatuses":[{"name":"upgrade",)" +
                         container + "}]}")
        .started;
  };
  CHECK_FALSE(ended(R"("state":{"terminated":{"exitCode":128,"reason":"StartError"}})"));
  CHECK_FALSE(ended(R"("state":{"terminated":{"exitCode":127,"reason":"ContainerCannotRun"}})"));
  // The kubelet has ended a pod that was still pulling its image.
  CHECK_FALSE(
      ended(R"("state":{"terminated":{"exitCode":137,"reason":"ContainerStatusUnknown"}})"));
  CHECK(ended(R"("containerID":"containerd://1",
                 "state":{"terminated":{"exitCode":137,"reason":"ContainerStatusUnknown"}})"));
  CHECK(ended(R"("state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}})"));
}

TEST_CASE("a Pod says why it has ended", "[codec]") {
  const api::Pod rejected = PodWithStatus(
      R"({"phase":"Failed","reason":"OutOfcpu","message":"Pod was rejected:\nnot enough cpu"})");
  CHECK(rejected.ended_by == "OutOfcpu: Pod was rejected: not enough cpu");
  CHECK_FALSE(rejected.started);
  CHECK_FALSE(rejected.failure);

  const api::Pod failed = PodWithStatus(
      R"({"phase":"Failed","containerStatuses":[
          {"name":"side","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},
          {"name":"upgrade","state":{"terminated":{"exitCode":3,"reason":"Error",
                                                   "message":"fetching\nno space left\n"}}},
          {"name":"late","state":{"terminated":{"exitCode":9}}}]})");
  CHECK(failed.ended_by.empty());
  CHECK(failed.failure == api::ContainerEnd{"upgrade", 3, 0, "Error", "fetching no space left"});
  CHECK_FALSE(failed.running);

  const api::Pod killed = PodWithStatus(
      R"({"initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0,"signal":9}}}],
          "containerStatuses":[{"name":"c","state":{"running":{}}}]})");
  CHECK(killed.failure == api::ContainerEnd{"i", 0, 9, "", ""});
  CHECK(killed.running);
}

TEST_CASE("of a program's output the end is kept, of a report the beginning", "[codec]") {
  const auto kept = [](const std::string& words) {
    return PodWithStatus(
               R"({"containerStatuses":[{"state":{"terminated":{"exitCode":1,"message":")" + words +
               R"("}}}]})")
        .failure->message;
  };
  const std::string more(600, 'x');
  CHECK(kept("fetching " + more + " no space left").ends_with("x no space left"));
  CHECK(
      kept("failed: node w: no space left; " + more).starts_with("failed: node w: no space left"));
  CHECK(kept("failed: " + more).size() <= 400);
}

TEST_CASE("what others say of a Pod is bounded", "[codec]") {
  const std::string words(5000, 'a');
  const api::Pod pod = PodWithStatus(
      R"({"reason":"Evicted","message":")" + words +
      R"(","containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":99999999999,"message":")" +
      words + R"(b"}}}]})");
  CHECK(pod.ended_by.size() == 400);
  REQUIRE(pod.failure);
  CHECK(pod.failure->message.size() == 400);
  CHECK(pod.failure->message.back() == 'b');
  CHECK(pod.failure->exit_code == 1'000'000);
}

TEST_CASE("tolerations that cover the taint of a cordon", "[codec]") {
  const auto tolerates = [](const std::string& toleration) {
    const auto pod = Decode<api::Pod>(R"({"metadata":{"name":"p"},"spec":{"tolerations":[)" +
                                      toleration + "]}}");
    REQUIRE(pod.ok());
    return pod->tolerates_cordon;
  };
  CHECK(tolerates(R"({"operator":"Exists"})"));
  CHECK(tolerates(R"({"operator":"Exists","effect":"NoSchedule"})"));
  CHECK(tolerates(R"({"key":"node.kubernetes.io/unschedulable","operator":"Exists"})"));
  CHECK(tolerates(R"({"key":"node.kubernetes.io/unschedulable"})"));
  CHECK(tolerates(R"({"key":"a","operator":"Exists"},{"operator":"Exists"})"));
  CHECK_FALSE(tolerates(R"({"operator":"Exists","effect":"NoExecute"})"));
  CHECK_FALSE(tolerates(R"({"key":"node.kubernetes.io/unschedulable","value":"x"})"));
  CHECK_FALSE(tolerates(R"({"key":"node.kubernetes.io/not-ready","operator":"Exists"})"));
  CHECK_FALSE(tolerates(""));
}

TEST_CASE("a pod holds the credentials that its volumes have", "[codec]") {
  const auto with = [](const std::string& volumes) {
    const auto pod = Decode<api::Pod>(R"({"metadata":{"name":"p"},"spec":{"volumes":[)" + volumes +
                                      R"(]},"status":{"startTime":"2026-11-30T10:00:00Z"}})");
    REQUIRE(pod.ok());
    CHECK(pod->accepted);
    return std::pair(pod->holds_token, pod->holds_authority);
  };
  CHECK(with("") == std::pair(false, false));
  CHECK(with(R"({"name":"kube-api-access","projected":{"sources":[
      {"serviceAccountToken":{"path":"token"}},{"configMap":{"name":"kube-root-ca.crt"}}]}})") ==
        std::pair(true, true));
  CHECK(with(R"({"projected":{"sources":[{"serviceAccountToken":{"audience":"vault"}}]}})") ==
        std::pair(true, false));
  CHECK(with(R"({"configMap":{"name":"kube-root-ca.crt"}})") == std::pair(false, true));
  CHECK(with(R"({"configMap":{"name":"other"}},{"secret":{"secretName":"token"}})") ==
        std::pair(false, false));
  CHECK_FALSE(Decode<api::Pod>(R"({"metadata":{"name":"p"}})")->accepted);
}
