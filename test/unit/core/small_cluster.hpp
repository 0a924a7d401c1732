#pragma once
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/controller.hpp"
#include "unit/core/tiny_api.hpp"

/// A small cluster for tests of the whole core.
namespace cu::core {

using Json = TinyApi::Json;

inline const std::string kUpgrades = "/apis/clusterupgrade.io/v1alpha1/clusterupgrades";
inline const std::string kUpgrade = kUpgrades + "/production";
inline const std::string kStatus = kUpgrade + "/status";
inline const std::string kNodes = "/api/v1/nodes";
inline const std::string kLease =
    "/apis/coordination.k8s.io/v1/namespaces/system/leases/cluster-upgrade-controller";

inline Controller::Options Options() {
  Controller::Options options;
  options.identity = "me";
  options.namespace_name = "system";
  options.job_namespace = "jobs";
  options.seed = 11;
  return options;
}

inline Json Node(const std::string& version) {
  return {
      {"metadata", Json::object()},
      {"spec", Json::object()},
      {"status",
       {{"conditions",
         {{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2019-12-01T00:00:00Z"}}}},
        {"nodeInfo", {{"kubeletVersion", version}, {"bootID", "boot-" + version}}}}}};
}

inline Json Upgrade() {
  return {{"metadata", {{"generation", 1}, {"creationTimestamp", "2019-12-01T00:00:00Z"}}},
          {"spec",
           {{"version", "v1.36.3"},
            {"executor", {{"type", "External"}}},
            {"verify", {{"minReadySeconds", 2}}}}},
          {"status", {{"observedGeneration", -1}}}};
}

/// Two workers under a managed control plane, and whoever changes them once they are drained.
struct Cluster {
  explicit Cluster(const Controller::Options& options = Options(), int pods = 2) : api(options) {
    for (const char* name : {"n1", "n2"}) {
      api.Put(kNodes + "/" + name, Node("v1.35.4"));
      for (int i = 0; i < pods; ++i) {
        api.Put(
            "/api/v1/namespaces/team/pods/" + std::string(name) + "-" + std::to_string(i),
            {{"metadata",
              {{"ownerReferences",
                {{{"kind", "ReplicaSet"}, {"name", "r"}, {"uid", "r"}, {"controller", true}}}}}},
             {"spec", {{"nodeName", name}}},
             {"status", {{"phase", "Running"}}}});
      }
    }
    api.Put(kUpgrade, Upgrade());
  }

  void Agent() {
    for (const char* name : {"n1", "n2"}) {
      RenewLease(name);
      Json node = api.Get(kNodes + "/" + name);
      const std::string wanted = node.value(
          Json::json_pointer("/metadata/annotations/clusterupgrade.io~1desired-version"), "");
      if (!wanted.empty() && node["status"]["nodeInfo"]["kubeletVersion"] != wanted) {
        node["status"]["nodeInfo"]["kubeletVersion"] = wanted;
        api.Put(kNodes + "/" + name, node);
      }
    }
  }

  /// As its kubelet does, every ten seconds.
  void RenewLease(const std::string& node) {
    constexpr std::chrono::seconds kEvery{10};
    const base::WallTime now{std::chrono::duration_cast<base::WallTime::duration>(api.now())};
    if (now - renewed_[node] >= kEvery) {
      renewed_[node] = now;
      api.Put("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/" + node,
              {{"metadata", Json::object()}, {"spec", {{"renewTime", base::FormatTime(now)}}}});
    }
  }

  std::string Condition(const std::string& type) const {
    for (const Json& condition : api.Get(kUpgrade)["status"].value("conditions", Json::array())) {
      if (condition["type"] == type) {
        return condition["status"];
      }
    }
    return "";
  }
  bool Ready() const { return Condition("Ready") == "True"; }
  Json InProgress() const { return api.Get(kUpgrade)["status"].value("inProgress", Json::array()); }
  std::string Step() const {
    const Json nodes = InProgress();
    return nodes.empty() ? "" : nodes[0].value("step", "");
  }

  bool RunUntil(const std::function<bool()>& done,
                std::chrono::milliseconds limit = std::chrono::minutes{10}) {
    const auto end = api.now() + limit;
    while (!done() && api.now() < end && !api.exit_code) {
      api.RunUntil(done, std::chrono::milliseconds{50});
      Agent();
    }
    return done();
  }
  bool Finish() {
    return RunUntil([this] { return Ready(); });
  }

  std::vector<TinyApi::Seen> Requests(const std::string& part, port::Method method) const {
    std::vector<TinyApi::Seen> found;
    std::copy_if(
        api.seen.begin(), api.seen.end(), std::back_inserter(found), [&](const auto& seen) {
          return seen.request.method == method &&
                 seen.request.target.find(part) != std::string::npos;
        });
    return found;
  }
  std::vector<TinyApi::Seen> StatusWrites() const {
    return Requests(kStatus, port::Method::kJsonPatch);
  }
  /// Watches that were ever opened.
  int Opened() const {
    return static_cast<int>(
        std::count_if(api.transcript.begin(), api.transcript.end(), [](const std::string& effect) {
          return effect.starts_with("open ");
        }));
  }
  int Logged(const std::string& message) const {
    return static_cast<int>(
        std::count_if(api.logs.begin(), api.logs.end(), [&](const auto& record) {
          return record.message == message;
        }));
  }

  TinyApi api;

 private:
  std::map<std::string, base::WallTime> renewed_;
};

inline bool Mutates(const TinyApi::Seen& seen) {
  return seen.request.method != port::Method::kGet;
}
/// Of the leader's, not of a node's.
inline bool OfLease(const TinyApi::Seen& seen) {
  return seen.request.target.find("/namespaces/system/leases") != std::string::npos;
}
inline bool IsDryRun(const port::Request& request) {
  return request.target.find("dryRun=All") != std::string::npos;
}

inline bool IsAction(const TinyApi::Seen& seen) {
  return Mutates(seen) && !OfLease(seen) && seen.request.target != kStatus &&
         seen.request.target.find("/events") == std::string::npos && !IsDryRun(seen.request);
}

}  // namespace cu::core
