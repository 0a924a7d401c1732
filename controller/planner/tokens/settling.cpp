#include "planner/tokens/settling.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "planner/tokens/key_change.hpp"

namespace cu::planner {
namespace {

using namespace std::chrono_literals;
using api::SettledBy;

constexpr auto kAlive = 60s;  // they renew every 10 s
constexpr auto kUnchanged = 2min;
constexpr auto kQuietSoft = 1h;
constexpr auto kQuietHard = 15min;  // our own token is renewed once in that time
/// Clocks, and kubelets that wait for their next look at a pod.
constexpr auto kKubelets = 60s;
constexpr auto kPublishing = 10min;

/// A server that was killed leaves its Lease for an hour.
std::vector<const api::Lease*> LiveServers(const api::ObjectMap<api::Lease>& leases) {
  std::optional<base::WallTime> newest;
  for (const auto& [key, lease] : leases) {
    newest = std::max(newest, base::ParseTime(lease.renew_time));
  }
  std::vector<const api::Lease*> live;
  for (const auto& [key, lease] : leases) {
    const auto renewed = base::ParseTime(lease.renew_time);
    if (renewed && lease.meta.created && *newest - *renewed <= kAlive) {
      live.push_back(&lease);
    }
  }
  return live;
}

std::ptrdiff_t VisibleServers(const Planning& planning) {
  const auto& nodes = planning.nodes();
  return std::count_if(
      nodes.begin(), nodes.end(), [](const NodeView& view) { return view.api_server; });
}

class Judge {
 public:
  Judge(const Planning& planning, Settling& work) : planning_(planning), work_(work) {}

  void JudgeServers() {
    api::TokenChange& change = *work_.status.change;
    if (!HasToSettle(change) || change.since) {
      return;
    }
    work_.add.Watch(WatchKind::kApiServers, "");
    if (ServersDisagree(planning_.world(), work_.status)) {
      work_.memory.same_since.reset();
      work_.waits_for = "a new token was signed in the old way again";
      return;
    }
    const std::vector<const api::Lease*> servers = Steady();
    base::WallTime since = work_.status.keys.since.value_or(change.seen);
    const std::optional<base::WallTime> old = LastOldToken(planning_.world(), work_.status);
    if (SignedSinceLastStart(servers) && servers.size() == 1) {
      change.settled_by = SettledBy::kOneServer;
    } else if (SignedSinceLastStart(servers) && old && AllStarted(servers, *old, since)) {
      change.settled_by = SettledBy::kAllServersStarted;
    } else if (IsQuiet(change, old)) {
      change.settled_by = SettledBy::kQuiet;
      since = std::max(since, planning_.now());  // the last server may have changed just now
    } else {
      return;
    }
    work_.waits_for.clear();
    for (const api::Lease* server : servers) {
      since = std::max(since, *server->meta.created);
    }
    if (HasReason(change, api::TokenChangeReason::kRequested)) {
      since = std::max(since, planning_.spec().token_refresh.started_before.value_or(since));
    }
    change.since = since;
  }

  /// Every namespace has what ours has, or has had time enough.
  void JudgeAuthorities() {
    api::TokenChange& change = *work_.status.change;
    if (!HasReason(change, api::TokenChangeReason::kCertificateAuthority) ||
        change.authority_since) {
      return;
    }
    work_.add.Watch(WatchKind::kAuthorities, "");
    const Observed<api::AuthorityBundle>& all = planning_.world().authorities;
    int behind = 0;
    if (all.current) {
      for (const auto& [key, bundle] : *all.items) {
        behind += bundle.fingerprints == work_.status.keys.authorities ? 0 : 1;
      }
    }
    const bool patient = !Passed(change.seen + kPublishing);
    if (patient && (!all.current || behind > 0)) {
      work_.waits_for = "ConfigMap kube-root-ca.crt of " +
                        (all.current ? std::to_string(behind) : std::string("some")) +
                        " namespaces is not renewed yet";
      return;
    }
    change.authority_since = planning_.now() + kKubelets;
  }

 private:
  /// In the new way. Both times are whole seconds of an API server's clock.
  bool SignedSinceLastStart(const std::vector<const api::Lease*>& servers) const {
    const auto last = LastNewToken(planning_.world(), work_.status);
    return last && std::all_of(servers.begin(), servers.end(), [&](const auto* server) {
             return *server->meta.created < *last;
           });
  }

  /// `old`: the last token of the old kind. `first`: the first of the new kind.
  static bool AllStarted(const std::vector<const api::Lease*>& servers,
                         base::WallTime old,
                         base::WallTime first) {
    const auto started_after = [&](base::WallTime time) {
      return std::count_if(servers.begin(), servers.end(), [&](const auto* server) {
        return *server->meta.created > time;
      });
    };
    const std::ptrdiff_t all = std::ssize(servers);
    return all > 0 && started_after(old) == all && started_after(first) + 1 >= all;
  }

  bool Passed(base::WallTime time) {
    if (planning_.now() < time) {
      work_.add.WakeAt(planning_.WakeFor(time));
      return false;
    }
    return true;
  }

  /// Those that are up, once they have been the same long enough; else none.
  std::vector<const api::Lease*> Steady() {
    const Observed<api::Lease>& leases = planning_.world().api_servers;
    if (!leases.current) {
      work_.waits_for = leases.denied.empty()
                            ? "looking at the Leases of the API servers"
                            : "the Leases of the API servers may not be read: " + leases.denied;
      return {};
    }
    std::vector<const api::Lease*> live = LiveServers(*leases.items);
    std::set<std::string> uids;
    for (const api::Lease* lease : live) {
      uids.insert(lease->meta.uid);
    }
    const base::SteadyTime now = planning_.world().now.steady;
    if (uids != work_.memory.servers || !work_.memory.same_since) {
      work_.memory.servers = std::move(uids);
      work_.memory.same_since = now;
    }
    const base::SteadyTime steady = *work_.memory.same_since + kUnchanged;
    const auto visible = VisibleServers(planning_);
    work_.waits_for = std::to_string(live.size()) + " API servers are seen" +
                      (visible > 0 ? " of " + std::to_string(visible) : "") +
                      ": not all of them are known to sign in the new way";
    if (std::ssize(live) < visible || live.empty()) {
      return {};
    }
    if (now < steady) {
      work_.add.WakeAt(steady);
      return {};
    }
    return live;
  }

  bool IsQuiet(const api::TokenChange& change, const std::optional<base::WallTime>& old) {
    const bool hard = change.urgency == api::TokenUrgency::kHard;
    const base::WallTime last = std::max(change.seen, old.value_or(change.seen));
    return Passed(last + (hard ? base::WallTime::duration(kQuietHard)
                               : base::WallTime::duration(kQuietSoft)));
  }

  const Planning& planning_;
  Settling& work_;
};

}  // namespace

Settling Settle(const Planning& planning, api::TokenRefreshStatus status, TokenMemory memory) {
  Settling work{std::move(status), std::move(memory), "", {}};
  Judge judge(planning, work);
  judge.JudgeServers();
  judge.JudgeAuthorities();
  const auto& until = work.status.change->authority_since;
  if (work.waits_for.empty() && until && planning.now() < *until) {
    work.add.WakeAt(planning.WakeFor(*until));
    work.waits_for = "kubelets write the new authorities into the pods";
  }
  return work;
}

}  // namespace cu::planner
