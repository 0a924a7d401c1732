#include "rotator.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* kOld = "old-key";
constexpr const char* kNew = "new-key";
constexpr const char* kIssuer = "https://kubernetes.default.svc.cluster.local";
constexpr const char* kNewIssuer = "https://issuer.example.com";
/// Base64, as in PEM; no controller reads what a certificate says.
const std::vector<std::string> kCertificates{"b2xkIGF1dGhvcml0eQ==", "bmV3IGF1dGhvcml0eQ=="};
/// The controller's own first.
const std::vector<std::string> kNamespaces{
    "cluster-upgrade-system", "cluster-upgrade-jobs", "kube-system", "shop", "team"};

}  // namespace

Rotator::Rotator(Cluster& cluster, const Rotation& rotation, Rng rng)
    : cluster_(cluster), rotation_(rotation), rng_(rng) {}

void Rotator::Begin(int count) {
  cluster_.api_servers.Begin(count, {{kOld}, kOld, kIssuer}, rotation_.new_leases);
  for (const std::string& ns : kNamespaces) {
    cluster_.api_servers.Publish(ns, {kCertificates.front()});
  }
  if (rotation_.dead_lease) {
    cluster_.api_servers.AddDeadLease();
  }
  MakePasses();
  cluster_.timeline.After(rotation_.at, [this] { Start(); });
}

void Rotator::Start() {
  if (std::exchange(started_, true)) {
    return;
  }
  if (rotation_.kind == Rotation::Kind::kAuthority) {
    PublishBoth();
  } else {
    Next();
  }
}

/// kube-controller-manager writes one namespace after the other.
void Rotator::PublishBoth() {
  Duration after{};
  for (const std::string& ns : kNamespaces) {
    cluster_.timeline.After(after, [this, ns] { cluster_.api_servers.Publish(ns, kCertificates); });
    after += rng_.Between(seconds{0}, seconds{30});
  }
  cluster_.timeline.After(after + minutes{1}, [this] { done_ = true; });
}

void Rotator::MakePasses() {
  const int count = cluster_.api_servers.count();
  Keyring now{{kOld}, kOld, kIssuer};
  const auto pass = [&](const Keyring& keys, int servers, Duration wait) {
    const bool same = keys.signer == now.signer && keys.issuer == now.issuer;
    const Duration between = same ? std::min<Duration>(rotation_.between_servers, seconds{30})
                                  : rotation_.between_servers;
    for (int server = 0; server < servers; ++server) {
      steps_.push_back({server, keys, server == 0 ? wait : between});
    }
    now = keys;
  };
  const Duration wait = rotation_.between_passes;
  switch (rotation_.kind) {
    case Rotation::Kind::kSoft:
      pass({{kOld, kNew}, kOld, kIssuer}, count, Duration{});
      pass({{kOld, kNew}, kNew, kIssuer}, count, wait);
      pass({{kNew}, kNew, kIssuer}, count, wait);
      break;
    case Rotation::Kind::kHard:
      pass({{kNew}, kNew, kIssuer}, count, Duration{});
      break;
    case Rotation::Kind::kIssuer:
      pass({{kOld}, kOld, kNewIssuer}, count, Duration{});
      break;
    case Rotation::Kind::kAborted:
      pass({{kOld, kNew}, kOld, kIssuer}, count, Duration{});
      pass({{kOld, kNew}, kNew, kIssuer}, (count + 1) / 2, wait);
      pass({{kOld, kNew}, kOld, kIssuer}, (count + 1) / 2, wait);
      break;
    case Rotation::Kind::kAuthority:
      break;
  }
}

/// One server after the other: the next one is ended when this one is up.
void Rotator::Next() {
  if (next_ == steps_.size()) {
    done_ = true;
    return;
  }
  const Step& step = steps_[next_++];
  const Duration away = rng_.Between(seconds{3}, seconds{20});
  cluster_.api_servers.Restart(step.server, step.keys, away, rotation_.kills);
  const Duration wait = next_ < steps_.size() ? steps_[next_].after : Duration{};
  cluster_.timeline.After(away + std::max<Duration>(wait, seconds{1}), [this] { Next(); });
}

}  // namespace cu::simulation
