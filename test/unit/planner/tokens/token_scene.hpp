#pragma once
#include <string>

#include "unit/planner/scene.hpp"

/// Clusters whose keys change.
namespace cu::planner {

inline api::TokenClaims TokenOf(const std::string& signer,
                                int issued,
                                const std::string& issuer = "https://cluster") {
  return {signer, issuer, After(issued), After(issued + 900), After(issued + 720)};
}

inline void AddApiServer(Scene& scene, const std::string& name, int started) {
  api::Lease lease;
  lease.meta.name = name;
  lease.meta.ns = "kube-system";
  lease.meta.uid = name + "-" + std::to_string(started);
  lease.meta.created = After(started);
  lease.renew_time = base::FormatMicroTime(scene.now.wall);
  scene.api_servers[lease.meta.Key()] = lease;
}

/// All of them renew their Leases, as they do every ten seconds.
inline void PassWithServers(Scene& scene, int seconds) {
  scene.Pass(seconds);
  for (auto& [key, lease] : scene.api_servers) {
    lease.renew_time = base::FormatMicroTime(scene.now.wall);
  }
}

inline api::AuthorityBundle BundleOf(const std::string& ns,
                                     const std::vector<std::string>& fingerprints) {
  api::AuthorityBundle bundle;
  bundle.meta.name = "kube-root-ca.crt";
  bundle.meta.ns = ns;
  bundle.fingerprints = fingerprints;
  return bundle;
}

/// An upgraded cluster of one API server whose key "a" signs, in mode Report. Pod shop/web-1 holds
/// a token since the beginning.
inline Scene QuietCluster() {
  Scene scene(UpgradeBuilder().With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.token_refresh.mode = api::TokenRefreshMode::kReport;
  }));
  scene.self.pod = "cluster-upgrade-system/controller-1";
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w").At(kNew));
  scene.own_tokens.seen = {TokenOf("a", 0)};
  scene.key_set = api::KeySet{{"a"}, ""};
  scene.authority["x"] = BundleOf("cluster-upgrade-system", {"ca1"});
  scene.authorities["x"] = BundleOf("shop", {"ca1"});
  AddApiServer(scene, "server-1", -1000);
  api::Pod pod = PodBuilder("web-1").In("shop").OwnedBy("ReplicaSet", "web-7d9f");
  pod.holds_token = true;
  pod.holds_authority = true;
  pod.accepted = true;
  pod.meta.created = After(-500);
  scene.Add("w", pod);
  scene.Settle();
  return scene;
}

inline const api::TokenRefreshStatus& TokensOf(Scene& scene) {
  return *scene.status().token_refresh;
}

/// The server was started anew and signs with "b"; "a" is accepted still if `soft`. A first token
/// of the new key was issued after 60 s.
inline void ChangeKey(Scene& scene, bool soft) {
  PassWithServers(scene, 60);
  scene.api_servers.clear();
  AddApiServer(scene, "server-1", 50);
  scene.own_tokens.seen.push_back(TokenOf("b", 60));
  scene.key_set =
      api::KeySet{soft ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{"b"}, ""};
}

}  // namespace cu::planner
