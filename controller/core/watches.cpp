#include "core/watches.hpp"

#include <algorithm>
#include <chrono>

#include "api/labels.hpp"
#include "base/check.hpp"
#include "kube/paths.hpp"

namespace cu::core {

namespace paths = kube::paths;

Watches::Watches(const Options& options)
    : upgrades_({paths::All<api::ClusterUpgrade>(), "", ""}),
      nodes_({paths::All<api::Node>(), "", ""}),
      budgets_({paths::All<api::PodDisruptionBudget>(), "", ""}),
      jobs_({paths::In<api::Job>(options.namespaces.jobs), "", std::string(api::kJobUpgrade)}),
      wanted_(options.namespaces) {
  if (!options.lease.path.empty()) {
    lease_ = std::make_unique<Watch<api::Lease>>(options.lease);
  }
}

template <class Self, class Visit>
void Watches::EachStanding(Self& self, const Visit& visit) {
  visit(self.upgrades_, "clusterupgrades");
  visit(self.nodes_, "nodes");
  visit(self.budgets_, "poddisruptionbudgets");
  visit(self.jobs_, "jobs");
}

template <class Self, class Visit>
void Watches::EachWatch(Self& self, const Visit& visit) {
  const auto named = [&](auto& watch, const char* name) {
    visit(watch, [name] { return std::string(name); });
  };
  EachStanding(self, named);
  if (self.lease_) {
    named(*self.lease_, "leases");
  }
  self.wanted_.Each([&](auto& watch, planner::WatchKind kind, const std::string& name) {
    visit(watch, [&, kind] { return NameOf(kind, name); });
  });
}

bool Watches::HasUpgrade(const std::string& name, const std::string& uid) const {
  const api::ClusterUpgrade* upgrade = upgrades_.store.Find(name);
  return upgrade != nullptr && upgrade->meta.uid == uid;
}

const kube::Store<api::Lease>& Watches::lease() const {
  CU_CHECK(lease_ != nullptr);
  return lease_->store;
}

bool Watches::Handle(port::CallId id, const port::Event& event, base::Now now, kube::Calls& calls) {
  if (version_.Owns(id)) {
    version_.Handle(event, now, calls);
    return true;
  }
  if (key_set_.Owns(id)) {
    key_set_.Handle(event, now, calls);
    return true;
  }
  if (requested_apis_.Owns(id)) {
    requested_apis_.Handle(event, now, calls);
    return true;
  }
  kube::Reflector* owner = nullptr;
  EachWatch(*this, [&](auto& watch, const auto&) {
    if (watch.reflector.Owns(id)) {
      owner = &watch.reflector;
    }
  });
  if (owner != nullptr) {
    owner->Handle(event, now, calls);
  }
  return owner != nullptr;
}

void Watches::Serve(base::Now now, kube::Calls& calls) {
  EachWatch(*this, [&](auto& watch, const auto&) { watch.reflector.Serve(now, calls); });
  version_.Serve(now, calls);
  requested_apis_.Serve(now, calls);
  key_set_.Serve(now, calls);
}

void Watches::Match(const std::set<planner::WantedWatch>& wanted, kube::Calls& calls) {
  wanted_.Match(wanted, calls);
  version_.Want(wanted.contains({planner::WatchKind::kServerVersion, ""}), calls);
  key_set_.Want(wanted.contains({planner::WatchKind::kKeySet, ""}), calls);
  requested_apis_.Want(wanted.contains({planner::WatchKind::kDeprecatedApis, ""}), calls);
}

void Watches::Refresh(kube::Calls& calls) {
  EachStanding(*this, [&](auto& watch, const char*) { watch.reflector.Refresh(calls); });
}

bool Watches::in_doubt() const {
  bool in_doubt = false;
  EachWatch(*this, [&](const auto& watch, const auto&) {
    in_doubt = in_doubt || watch.reflector.in_doubt();
  });
  return in_doubt;
}

bool Watches::went_back() const {
  bool went_back = false;
  EachWatch(*this, [&](const auto& watch, const auto&) {
    went_back = went_back || watch.reflector.went_back();
  });
  return went_back;
}

void Watches::BeginAnew(kube::Calls& calls) {
  EachWatch(*this, [&](auto& watch, const auto&) { watch.reflector.BeginAnew(calls); });
}

bool Watches::fresh() const {
  bool fresh = true;
  EachStanding(*this,
               [&](const auto& watch, const char*) { fresh = fresh && watch.reflector.fresh(); });
  return fresh;
}

bool Watches::listed() const {
  bool listed = true;
  EachStanding(
      *this, [&](const auto& watch, const char*) { listed = listed && watch.reflector.listed(); });
  return listed;
}

bool Watches::current(base::Now now) const {
  return owners_current(now) && budgets_.reflector.current(now);
}

bool Watches::owners_current(base::Now now) const {
  return upgrades_.reflector.current(now) && nodes_.reflector.current(now) &&
         jobs_.reflector.current(now);
}

void Watches::Fill(planner::World& world) const {
  world.upgrades = &upgrades_.store.items();
  world.nodes = &nodes_.store.items();
  world.budgets = &budgets_.store.items();
  world.jobs = &jobs_.store.items();
  world.current = current(world.now);
  wanted_.Fill(world);
  world.server_version = version_.text();
  world.deprecated_apis = &requested_apis_.found();
  world.key_set = key_set_.keys();
  world.own_tokens = &own_tokens_.tokens();
}

std::vector<std::uint64_t> Watches::ChangeStamp(base::Now now) const {
  std::vector<std::uint64_t> stamp{
      version_.changes(), requested_apis_.changes(), key_set_.changes(), own_tokens_.changes()};
  EachStanding(*this, [&](const auto& watch, const char*) { watch.Stamp(now, stamp); });
  wanted_.Each(
      [&](const auto& watch, planner::WatchKind, const std::string&) { watch.Stamp(now, stamp); });
  return stamp;
}

std::map<std::string, double> Watches::Staleness(base::SteadyTime now) const {
  std::map<std::string, double> seconds;
  const auto note = [&](const auto& watch, const char* name) {
    if (const auto heard = watch.reflector.last_heard()) {
      seconds[name] = std::chrono::duration<double>(now - *heard).count();
    }
  };
  EachStanding(*this, note);
  if (lease_) {
    note(*lease_, "leases");
  }
  return seconds;
}

std::vector<base::LogRecord> Watches::News() {
  std::vector<base::LogRecord> news;
  EachWatch(*this, [&](auto& watch, const auto& name) {
    watch.log.ObjectNews(watch.reflector, name, news);
  });
  EachWatch(*this, [&](auto& watch, const auto& name) {
    watch.log.ProblemNews(watch.reflector, name, news);
  });
  return news;
}

kube::Wake Watches::wake_at() const {
  kube::Wake wake = version_.wake_at();
  kube::Earlier(wake, requested_apis_.wake_at());
  kube::Earlier(wake, key_set_.wake_at());
  EachWatch(*this, [&](const auto& watch, const auto&) {
    kube::Earlier(wake, watch.reflector.wake_at());
  });
  return wake;
}

}  // namespace cu::core
