#include "model/api_servers.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* kLeaseNamespace = "kube-system";
constexpr const char* kAuthority = "kube-root-ca.crt";

bool HasSource(const Json& pod, const char* source) {
  for (const Json& volume : ValueAt(pod, {"spec", "volumes"})) {
    for (const Json& one : ValueAt(volume, {"projected", "sources"})) {
      if (one.contains(source)) {
        return true;
      }
    }
  }
  return false;
}

Json LeaseOf(const std::string& name, base::WallTime now) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata",
           {{"name", name},
            {"namespace", kLeaseNamespace},
            {"labels", {{"apiserver.kubernetes.io/identity", "kube-apiserver"}}}}},
          {"spec",
           {{"holderIdentity", name},
            {"leaseDurationSeconds", 3600},
            {"renewTime", base::FormatMicroTime(now)}}}};
}

}  // namespace

ApiServers::ApiServers(Timeline& timeline, Database& database, Rng rng)
    : timeline_(timeline), database_(database), rng_(rng) {
  database_.Subscribe([this](const Change& change) {
    if (begun() && change.kind == Kind::kPod) {
      OnPod(change);
    }
  });
}

void ApiServers::Begin(int count, const Keyring& keys, bool new_leases) {
  new_leases_ = new_leases;
  for (int i = 0; i < count; ++i) {
    const std::string name = "apiserver-" + std::to_string(i);
    servers_.push_back({keys, true, std::string(kLeaseNamespace) + "/" + name});
    database_.Put(Kind::kLease, LeaseOf(name, timeline_.wall()), "kube-apiserver");
  }
  timeline_.After(seconds{10}, [this] { RenewLeases(); });
}

void ApiServers::AddDeadLease() {
  database_.Put(Kind::kLease, LeaseOf("apiserver-dead", timeline_.wall()), "kube-apiserver");
}

void ApiServers::RenewLeases() {
  for (const Server& server : servers_) {
    if (server.up) {
      database_.Edit(Kind::kLease, server.lease, "kube-apiserver", [&](Json& lease) {
        lease["spec"]["renewTime"] = base::FormatMicroTime(timeline_.wall());
      });
    }
  }
  timeline_.After(seconds{10}, [this] { RenewLeases(); });
}

void ApiServers::Restart(int server, const Keyring& keys, Duration away, bool killed) {
  const auto index = static_cast<std::size_t>(server);
  Server& one = servers_.at(index);
  one.up = false;
  if (!killed) {
    database_.Remove(Kind::kLease, one.lease, "kube-apiserver");
  }
  if (on_restart_) {
    on_restart_();
  }
  timeline_.After(away, [this, index, keys] {
    servers_[index].keys = keys;
    StartServer(index);
    if (on_restart_) {
      on_restart_();
    }
  });
}

/// A server of before 1.36 renews the Lease that it finds.
void ApiServers::StartServer(std::size_t index) {
  Server& server = servers_[index];
  server.up = true;
  const ObjectPtr lease = database_.Find(Kind::kLease, server.lease);
  if (lease != nullptr && new_leases_) {
    database_.Remove(Kind::kLease, server.lease, "kube-apiserver");
  }
  if (lease == nullptr || new_leases_) {
    const std::string name = server.lease.substr(server.lease.find('/') + 1);
    database_.Put(Kind::kLease, LeaseOf(name, timeline_.wall()), "kube-apiserver");
  }
}

void ApiServers::Publish(const std::string& ns, const std::vector<std::string>& certificates) {
  std::string pem;
  for (const std::string& certificate : certificates) {
    pem += "-----BEGIN CERTIFICATE-----\n" + certificate + "\n-----END CERTIFICATE-----\n";
  }
  Bundle& bundle = published_[ns];
  bundle.before = bundle.now;
  bundle.now = certificates.size();
  bundle.seen_from = timeline_.now() + rng_.Between(milliseconds{1}, seconds{50});
  database_.Put(Kind::kConfigMap,
                Json{{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"metadata", {{"name", kAuthority}, {"namespace", ns}}},
                     {"data", {{"ca.crt", pem}}}},
                "kube-controller-manager");
}

bool ApiServers::all_down() const {
  return begun() &&
         std::none_of(servers_.begin(), servers_.end(), [](const auto& one) { return one.up; });
}

ApiServers::Server& ApiServers::PickUp() {
  std::vector<Server*> up;
  for (Server& server : servers_) {
    if (server.up) {
      up.push_back(&server);
    }
  }
  return up.empty() ? servers_.front() : *rng_.Pick(up);
}

Token ApiServers::Issue() {
  const Keyring& keys = PickUp().keys;
  return {keys.signer, keys.issuer, std::chrono::floor<seconds>(timeline_.wall())};
}

bool ApiServers::Accepts(const Token& token) {
  const Keyring& keys = PickUp().keys;
  return keys.accepted.contains(token.signer) && keys.issuer == token.issuer;
}

bool ApiServers::AllAccept(const Token& token) const {
  return std::all_of(servers_.begin(), servers_.end(), [&](const Server& server) {
    return server.up && server.keys.accepted.contains(token.signer) &&
           server.keys.issuer == token.issuer;
  });
}

Json ApiServers::KeySet() {
  if (!begun()) {
    return {};
  }
  Json keys = Json::array();
  for (const std::string& kid : PickUp().keys.accepted) {
    keys.push_back({{"use", "sig"}, {"kty", "RSA"}, {"kid", kid}, {"alg", "RS256"}});
  }
  return {{"keys", std::move(keys)}};
}

std::optional<Keyring> ApiServers::common() const {
  if (!begun()) {
    return std::nullopt;
  }
  const Keyring& first = servers_.front().keys;
  const bool same = std::all_of(servers_.begin(), servers_.end(), [&](const Server& server) {
    return server.up && server.keys.signer == first.signer && server.keys.issuer == first.issuer;
  });
  return same ? std::optional(first) : std::nullopt;
}

/// The kubelet gets the token of a pod before it starts its containers.
void ApiServers::OnPod(const Change& change) {
  if (change.after == nullptr) {
    tokens_.erase(UidOf(change.before->value()));
    bundles_.erase(UidOf(change.before->value()));
    return;
  }
  const Json& pod = change.after->value();
  const std::string uid = UidOf(pod);
  if (TextAt(pod, {"status", "startTime"}).empty() || tokens_.contains(uid)) {
    return;
  }
  if (HasSource(pod, "serviceAccountToken")) {
    tokens_[uid] = Issue();
  }
  const auto bundle = published_.find(NamespaceOf(pod));
  if (bundle != published_.end() && HasSource(pod, "configMap") && !bundles_.contains(uid)) {
    const Bundle& found = bundle->second;
    bundles_[uid] = timeline_.now() < found.seen_from ? found.before : found.now;
  }
}

const Token* ApiServers::TokenOf(const std::string& pod_uid) const {
  const auto found = tokens_.find(pod_uid);
  return found == tokens_.end() ? nullptr : &found->second;
}

std::size_t ApiServers::AuthoritiesOf(const std::string& pod_uid) const {
  const auto found = bundles_.find(pod_uid);
  return found == bundles_.end() ? 0 : found->second;
}

TokenFiles::TokenFiles(Timeline& timeline, ApiServers& servers, Rng rng)
    : timeline_(timeline), servers_(servers), rng_(rng) {}

void TokenFiles::Begin(const std::vector<std::string>& replicas) {
  for (const std::string& replica : replicas) {
    const Duration age = rng_.Between(seconds{0}, kTokenLife / 5 * 4);
    Token token = servers_.Issue();
    token.issued = std::chrono::floor<seconds>(token.issued - age);
    files_[replica] = token;
    RenewAfter(replica, kTokenLife - age);
  }
}

void TokenFiles::RenewAfter(const std::string& replica, Duration life) {
  const Duration wait = std::max<Duration>(life - kTokenLife / 5, seconds{0});
  timeline_.After(wait + rng_.Between(seconds{0}, seconds{90}), [this, replica] {
    if (servers_.all_down()) {
      timeline_.After(seconds{10}, [this, replica] { RenewAfter(replica, Duration{0}); });
      return;
    }
    files_[replica] = servers_.Issue();
    RenewAfter(replica, kTokenLife);
  });
}

const Token* TokenFiles::Of(const std::string& replica) const {
  const auto found = files_.find(replica);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace cu::simulation
