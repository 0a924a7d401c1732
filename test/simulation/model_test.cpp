#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "model/cluster.hpp"

using namespace std::chrono_literals;
using cu::port::Method;
using cu::port::Response;
using cu::simulation::Cluster;
using cu::simulation::DefaultedSpec;
using cu::simulation::Json;
using cu::simulation::Kind;

namespace {

const std::string kNodes = "/api/v1/nodes";
const std::string kUpgrade = "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/u";

Response Ask(Cluster& cluster, Method method, const std::string& target, const Json& body = {}) {
  return cluster.server.Serve({method, target, body.is_null() ? "" : body.dump(), false}, "a/1");
}

void RunFor(Cluster& cluster, cu::simulation::Duration duration) {
  bool over = false;
  cluster.timeline.After(duration, [&] { over = true; });
  while (!over && cluster.timeline.Step()) {
  }
}

Json NodeOf(Cluster& cluster, const std::string& name) {
  return cluster.database.Find(Kind::kNode, name)->value();
}

Response Apply(Cluster& cluster, const std::string& node, const Json& uid, bool cordon) {
  Json body{{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", {{"name", node}}}};
  if (!uid.is_null()) {
    body["metadata"]["uid"] = uid;
  }
  if (cordon) {
    body["metadata"]["annotations"]["clusterupgrade.io/cordoned-by"] = "u/1";
    body["spec"]["unschedulable"] = true;
  }
  return Ask(cluster, Method::kApply, kNodes + "/" + node + "?fieldManager=ours", body);
}

std::string CauseOf(const Response& response) {
  return Json::parse(response.body)["details"]["causes"][0].value("reason", "");
}

Response Evict(Cluster& cluster, const std::string& pod, const std::string& uid) {
  return Ask(
      cluster,
      Method::kPost,
      "/api/v1/namespaces/a/pods/" + pod + "/eviction",
      {{"metadata", {{"name", pod}}}, {"deleteOptions", {{"preconditions", {{"uid", uid}}}}}});
}

}  // namespace

TEST_CASE("A cordon that the controller applied is removed once it applies none", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const Json uid = NodeOf(cluster, "n1")["metadata"]["uid"];
  REQUIRE(Apply(cluster, "n1", uid, true).status == 200);
  CHECK(NodeOf(cluster, "n1")["spec"]["unschedulable"] == true);
  REQUIRE(Apply(cluster, "n1", uid, false).status == 200);
  CHECK_FALSE(NodeOf(cluster, "n1")["spec"].contains("unschedulable"));
  CHECK_FALSE(
      NodeOf(cluster, "n1")["metadata"]["annotations"].contains("clusterupgrade.io/cordoned-by"));
}

TEST_CASE("A user's cordon stays when the controller removes its own", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const Json uid = NodeOf(cluster, "n1")["metadata"]["uid"];
  cluster.Cordon("n1", true);
  REQUIRE(Apply(cluster, "n1", uid, true).status == 200);
  REQUIRE(Apply(cluster, "n1", uid, false).status == 200);
  CHECK(NodeOf(cluster, "n1")["spec"]["unschedulable"] == true);
}

TEST_CASE("After a user's uncordon the controller's annotation stays and a second apply cordons",
          "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const Json uid = NodeOf(cluster, "n1")["metadata"]["uid"];
  Apply(cluster, "n1", uid, true);
  cluster.Cordon("n1", false);
  CHECK_FALSE(NodeOf(cluster, "n1")["spec"].contains("unschedulable"));
  CHECK(NodeOf(cluster, "n1")["metadata"]["annotations"].contains("clusterupgrade.io/cordoned-by"));
  CHECK(Apply(cluster, "n1", uid, true).status == 200);
  CHECK(NodeOf(cluster, "n1")["spec"]["unschedulable"] == true);
}

TEST_CASE("An apply with a UID finds a node absent or replaced; without one it creates it",
          "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  CHECK(Apply(cluster, "gone", "some-uid", true).status == 409);
  CHECK(Apply(cluster, "n1", "some-uid", true).status == 422);
  CHECK(Apply(cluster, "gone", nullptr, true).status == 201);
  CHECK(cluster.database.Find(Kind::kNode, "gone") != nullptr);
}

TEST_CASE("An apply of another value than a user's is a conflict", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  cluster.SetNodeMetadata("n1", "labels", "lb", "user");
  const Json body{{"metadata",
                   {{"name", "n1"},
                    {"uid", NodeOf(cluster, "n1")["metadata"]["uid"]},
                    {"labels", {{"lb", ""}}}}}};
  const Response refused = Ask(cluster, Method::kApply, kNodes + "/n1?fieldManager=ours", body);
  CHECK(refused.status == 409);
  CHECK(CauseOf(refused) == "FieldManagerConflict");
}

TEST_CASE("A repeated apply is no write", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const Json uid = NodeOf(cluster, "n1")["metadata"]["uid"];
  Apply(cluster, "n1", uid, true);
  const std::uint64_t version = cluster.database.version();
  Apply(cluster, "n1", uid, true);
  CHECK(cluster.database.version() == version);
}

TEST_CASE("A status patch wants the newest version, and an unchanged status is no write",
          "[model]") {
  Cluster cluster(1);
  cluster.CreateUpgrade("u", DefaultedSpec("v1.36.3", "Job"));
  const auto patch = [](const std::string& version, const Json& status) {
    return Json::array(
        {{{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", version}},
         {{"op", "add"}, {"path", "/status"}, {"value", status}}});
  };
  const std::string first = std::to_string(cluster.database.version());
  const Json status{{"epoch", 1}};
  REQUIRE(Ask(cluster, Method::kJsonPatch, kUpgrade + "/status", patch(first, status)).status ==
          200);
  const std::string second = std::to_string(cluster.database.version());
  CHECK(first != second);
  CHECK(Ask(cluster, Method::kJsonPatch, kUpgrade + "/status", patch(first, status)).status == 409);
  CHECK(Ask(cluster, Method::kJsonPatch, kUpgrade + "/status", patch(second, status)).status ==
        200);
  CHECK(std::to_string(cluster.database.version()) == second);
}

TEST_CASE("A deleted object stays until its finalizer is taken off", "[model]") {
  Cluster cluster(1);
  cluster.CreateUpgrade("u", DefaultedSpec("v1.36.3", "Job"));
  cluster.EditUpgrade(
      "u", [](Json& value) { value["metadata"]["finalizers"] = {"clusterupgrade.io/release"}; });
  cluster.DeleteUpgrade("u");
  REQUIRE(cluster.database.Find(Kind::kUpgrade, "u") != nullptr);
  const Json patch =
      Json::array({{{"op", "replace"},
                    {"path", "/metadata/resourceVersion"},
                    {"value", std::to_string(cluster.database.version())}},
                   {{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", Json::array()}}});
  CHECK(Ask(cluster, Method::kJsonPatch, kUpgrade, patch).status == 200);
  CHECK(cluster.database.Find(Kind::kUpgrade, "u") == nullptr);
}

TEST_CASE("A list in pages is one snapshot, and an old continue token has expired", "[model]") {
  Cluster cluster(1);
  for (int i = 0; i < 5; ++i) {
    cluster.kubelets.Join("n" + std::to_string(i), "v1.35.4", false);
  }
  const Json first = Json::parse(Ask(cluster, Method::kGet, kNodes + "?limit=2").body);
  cluster.kubelets.Join("n9", "v1.35.4", false);
  const std::string token = first["metadata"]["continue"];
  const Json second =
      Json::parse(Ask(cluster, Method::kGet, kNodes + "?limit=9&continue=" + token).body);
  CHECK(first["items"].size() == 2);
  CHECK(second["items"].size() == 3);
  CHECK(first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]);
  cluster.server.ExpirePages();
  CHECK(Ask(cluster, Method::kGet, kNodes + "?limit=9&continue=" + token).status == 410);
}

TEST_CASE("A watch continues from its version, follows its selector and expires with its history",
          "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const std::string from = std::to_string(cluster.database.version());
  cluster.workloads.AddPod("a", "p1", "n1", false);
  cluster.workloads.AddPod("a", "p2", "n2", false);
  std::vector<std::string> types;
  const std::string watch =
      "/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=300"
      "&fieldSelector=spec.nodeName%3Dn1&resourceVersion=";
  const auto sink = [&](const std::string& line, Kind, std::uint64_t) {
    types.push_back(line.empty() ? "end" : Json::parse(line)["type"].get<std::string>());
  };
  REQUIRE(cluster.server.Watch({Method::kGet, watch + from, "", false}, sink).index() == 0);
  cluster.database.Edit(Kind::kPod, "a/p1", "x", [](Json& pod) { pod["spec"]["nodeName"] = "n3"; });
  CHECK(types == std::vector<std::string>{"ADDED", "DELETED"});
  RunFor(cluster, 301s);
  CHECK(std::count(types.begin(), types.end(), "BOOKMARK") == 4);
  CHECK(types.back() == "end");
  cluster.server.watches().Compact();
  const auto refused = cluster.server.Watch({Method::kGet, watch + from, "", false}, sink);
  REQUIRE(refused.index() == 1);
  CHECK(std::get<1>(refused).status == 410);
}

TEST_CASE("Evictions are answered as the API server does", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  cluster.budgets.set_lag(100ms);
  cluster.workloads.Add({"ReplicaSet", "a", "web", 2, 5, false, ""});
  RunFor(cluster, 20s);
  std::vector<Json> pods;
  for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
    pods.push_back(pod->value());
  }
  REQUIRE(pods.size() == 2);
  const std::string name = pods[0]["metadata"]["name"];
  const std::string uid = pods[0]["metadata"]["uid"];
  CHECK(Evict(cluster, "nobody", uid).status == 404);
  CHECK(Evict(cluster, name, "other").status == 409);

  cluster.budgets.Add("a", "web", "web", "minAvailable", 2);
  const Response stale = Evict(cluster, name, uid);
  CHECK(stale.status == 429);
  CHECK(stale.retry_after == std::optional(10s));
  RunFor(cluster, 2s);
  const Response none = Evict(cluster, name, uid);
  CHECK(none.status == 429);
  CHECK_FALSE(none.retry_after);
  CHECK(CauseOf(none) == "DisruptionBudget");

  cluster.budgets.Add("a", "again", "web", "minAvailable", 1);
  CHECK(Evict(cluster, name, uid).status == 500);
  cluster.database.Remove(Kind::kBudget, "a/web", "human");
  RunFor(cluster, 2s);
  cluster.server.SetTerminating("a");
  const Response terminating = Evict(cluster, name, uid);
  CHECK(terminating.status == 403);
  CHECK(CauseOf(terminating) == "NamespaceTerminating");
  cluster.server.ClearTerminating();
  CHECK(Evict(cluster, name, uid).status == 201);
  RunFor(cluster, 20s);
  CHECK(cluster.database.Find(Kind::kPod, "a/" + name) == nullptr);
  CHECK(cluster.database.All(Kind::kPod).size() == 2);
}

TEST_CASE("A StatefulSet's pod comes back under its name with another UID", "[model]") {
  Cluster cluster(3);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  cluster.kubelets.Join("n2", "v1.35.4", false);
  cluster.workloads.Add({"StatefulSet", "a", "db", 1, 5, false, ""});
  RunFor(cluster, 20s);
  const Json pod = cluster.database.Find(Kind::kPod, "a/db-0")->value();
  const std::string node = pod["spec"]["nodeName"];
  cluster.Cordon(node, true);
  REQUIRE(Evict(cluster, "db-0", pod["metadata"]["uid"]).status == 201);
  RunFor(cluster, 20s);
  const Json again = cluster.database.Find(Kind::kPod, "a/db-0")->value();
  CHECK(again["metadata"]["uid"] != pod["metadata"]["uid"]);
  CHECK(again["spec"]["nodeName"] != node);
}

TEST_CASE("A Job's program changes its node's version and completes", "[model]") {
  Cluster cluster(4);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const Json job{
      {"metadata", {{"name", "cu-1"}}},
      {"spec",
       {{"template",
         {{"spec",
           {{"nodeName", "n1"},
            {"containers",
             {{{"name", "x"},
               {"env", {{{"name", "CLUSTERUPGRADE_VERSION"}, {"value", "v1.36.3"}}}}}}}}}}}}}};
  const std::string jobs = "/apis/batch/v1/namespaces/jobs/jobs";
  CHECK(Ask(cluster, Method::kPost, jobs + "?dryRun=All", job).status == 201);
  CHECK(cluster.database.All(Kind::kJob).empty());
  REQUIRE(Ask(cluster, Method::kPost, jobs, job).status == 201);
  CHECK(Ask(cluster, Method::kPost, jobs, job).status == 409);
  RunFor(cluster, 60s);
  CHECK(cu::simulation::KubeletVersion(NodeOf(cluster, "n1")) == "v1.36.3");
  const Json done = cluster.database.Find(Kind::kJob, "jobs/cu-1")->value();
  CHECK(cu::simulation::ConditionOf(done, "Complete") == "True");
  CHECK(Ask(cluster, Method::kDelete, jobs + "/cu-1", {{"preconditions", {{"uid", "x"}}}}).status ==
        409);
  CHECK(Ask(cluster,
            Method::kMergePatch,
            jobs + "/cu-1",
            {{"metadata", {{"uid", done["metadata"]["uid"]}}},
             {"spec", {{"ttlSecondsAfterFinished", 60}}}})
            .status == 200);
  RunFor(cluster, 61s);
  CHECK(cluster.database.All(Kind::kJob).empty());
}

TEST_CASE("A node that goes down is NotReady 40 s later and comes back with another boot",
          "[model]") {
  Cluster cluster(5);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const std::string boot = NodeOf(cluster, "n1")["status"]["nodeInfo"]["bootID"];
  cluster.kubelets.Reboot("n1", 60s);
  RunFor(cluster, 30s);
  CHECK(cu::simulation::IsReadyNode(NodeOf(cluster, "n1")));
  RunFor(cluster, 15s);
  CHECK(cu::simulation::ConditionOf(NodeOf(cluster, "n1"), "Ready") == "Unknown");
  RunFor(cluster, 60s);
  CHECK(cu::simulation::IsReadyNode(NodeOf(cluster, "n1")));
  CHECK(NodeOf(cluster, "n1")["status"]["nodeInfo"]["bootID"] != boot);
}

TEST_CASE("A Lease is written only over the version that was seen", "[model]") {
  Cluster cluster(6);
  const std::string leases = "/apis/coordination.k8s.io/v1/namespaces/s/leases";
  const Json lease{{"metadata", {{"name", "l"}}}, {"spec", {{"holderIdentity", "a"}}}};
  REQUIRE(Ask(cluster, Method::kPost, leases, lease).status == 201);
  CHECK(Ask(cluster, Method::kPost, leases, lease).status == 409);
  Json next = Json::parse(Ask(cluster, Method::kGet, leases + "/l").body);
  next["spec"]["holderIdentity"] = "b";
  CHECK(Ask(cluster, Method::kPut, leases + "/l", next).status == 200);
  CHECK(Ask(cluster, Method::kPut, leases + "/l", next).status == 409);
}

TEST_CASE("A request that the controller should never send is noted", "[model]") {
  Cluster cluster(7);
  Ask(cluster, Method::kDelete, kNodes + "/n1", {});
  CHECK(cluster.server.unexpected().size() == 1);
}
