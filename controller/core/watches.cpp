#include "core/watches.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "api/marks.hpp"
#include "codec/decode.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;
namespace paths = kube::paths;

constexpr auto kVersionPeriod = 5min;
constexpr auto kNoRoomPause = 250ms;
constexpr auto kVersionRetry = 2s;
constexpr const char* kNodeLeases = "kube-node-lease";
constexpr const char* kOwnLabel = "app.kubernetes.io/name=cluster-upgrade-controller";

/// `make` gives the watch of one name.
template <class T, class Make>
void MatchKind(std::map<std::string, std::unique_ptr<Watch<T>>>& open,
               const std::set<std::string>& wanted,
               const Make& make,
               kube::Calls& calls) {
  for (auto watch = open.begin(); watch != open.end();) {
    if (wanted.contains(watch->first)) {
      ++watch;
    } else {
      watch->second->reflector.Close(calls);
      watch = open.erase(watch);
    }
  }
  for (const std::string& name : wanted) {
    if (!open.contains(name)) {
      open.emplace(name, make(name));
    }
  }
}

template <class T>
std::unique_ptr<Watch<T>> Open(kube::Collection collection,
                               typename kube::Store<T>::Keep keep = {}) {
  return std::make_unique<Watch<T>>(std::move(collection), std::move(keep));
}

std::unique_ptr<Watch<api::Pod>> PodsOnNode(const std::string& node) {
  return Open<api::Pod>({paths::All<api::Pod>(), "spec.nodeName=" + node, ""});
}

std::unique_ptr<Watch<api::Lease>> LeaseOfNode(const std::string& node) {
  return Open<api::Lease>({paths::In<api::Lease>(kNodeLeases), "metadata.name=" + node, ""});
}

/// The server has no field selector for the node of an attachment.
std::unique_ptr<Watch<api::VolumeAttachment>> Attachments(const std::string&) {
  return Open<api::VolumeAttachment>({paths::All<api::VolumeAttachment>(), "", ""});
}

/// One object, by "namespace/name".
template <class T>
std::unique_ptr<Watch<T>> OpenOne(const std::string& key) {
  const std::size_t slash = key.find('/');
  return Open<T>(
      {paths::In<T>(key.substr(0, slash)), "metadata.name=" + key.substr(slash + 1), ""});
}

std::unique_ptr<Watch<api::WholePod>> PodByKey(const std::string& key) {
  return OpenOne<api::WholePod>(key);
}

std::unique_ptr<Watch<api::DaemonSet>> DaemonSetByKey(const std::string& key) {
  return OpenOne<api::DaemonSet>(key);
}

std::unique_ptr<Watch<api::SavedPod>> SavedPods(const std::string&) {
  return Open<api::SavedPod>({paths::All<api::SavedPod>(), "", std::string(api::kSavedPod)});
}

std::unique_ptr<Watch<api::Pod>> RecreatedPods(const std::string&) {
  return Open<api::Pod>({paths::All<api::Pod>(), "", std::string(api::kSavedPod)});
}

template <class T>
planner::Observed<T> Seen(const Watch<T>& watch, base::Now now) {
  return {&watch.store.items(), watch.reflector.current(now)};
}

template <class T>
void Print(const Watch<T>& watch, base::Now now, std::vector<std::uint64_t>& into) {
  into.push_back(watch.store.changes());
  into.push_back((watch.reflector.listed() ? 1U : 0U) + (watch.reflector.current(now) ? 2U : 0U));
}

}  // namespace

void ServerVersion::Want(bool wanted, kube::Calls& calls) {
  if (!wanted && wanted_) {
    if (call_) {
      calls.Drop(*call_);
    }
    *this = ServerVersion();
  }
  wanted_ = wanted;
}

void ServerVersion::Serve(base::Now now, kube::Calls& calls) {
  if (wanted_ && !call_ && due_ <= now.steady) {
    call_ = calls.Send({port::Method::kGet, paths::Version(), "", false}, now);
    if (!call_) {
      due_ = calls.After(now, kNoRoomPause);
    }
  }
}

void ServerVersion::Handle(const port::Event& event, base::Now now, kube::Calls& calls) {
  call_.reset();
  due_ = calls.After(now, kVersionRetry);
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event);
      answer != nullptr && answer->response.status == 200) {
    auto version = codec::DecodeServerVersion(answer->response.body);
    if (version.ok()) {
      text_ = std::move(version).value();
      due_ = now.steady + kVersionPeriod;
    }
  }
}

kube::Wake ServerVersion::wake_at() const {
  return wanted_ && !call_ && due_ > base::SteadyTime::min() ? kube::Wake(due_) : std::nullopt;
}

Watches::Watches(const Options& options)
    : options_(options),
      upgrades_({paths::All<api::ClusterUpgrade>(), "", ""}),
      nodes_({paths::All<api::Node>(), "", ""}),
      budgets_({paths::All<api::PodDisruptionBudget>(), "", ""}),
      jobs_({paths::In<api::Job>(options.job_namespace), "", std::string(api::kJobUpgrade)}) {
  if (!options.lease.path.empty()) {
    lease_ = std::make_unique<Watch<api::Lease>>(options.lease);
  }
}

template <class Visit>
void Watches::EachOpened(const Visit& visit) const {
  visit(pods_, "pods");
  visit(leases_, "lease");
  visit(attachments_, "volume attachments");
  visit(whole_pods_, "manifest");
  visit(daemon_sets_, "daemon set");
  visit(replicas_, "own replicas");
  visit(saved_pods_, "saved pods");
  visit(recreated_pods_, "pods created again");
}

bool Watches::Handle(port::CallId id, const port::Event& event, base::Now now, kube::Calls& calls) {
  if (version_.Owns(id)) {
    const std::string before = version_.text();
    version_.Handle(event, now, calls);
    version_changes_ += before == version_.text() ? 0U : 1U;
    return true;
  }
  kube::Reflector* owner = nullptr;
  Each([&](kube::Reflector& reflector) {
    if (reflector.Owns(id)) {
      owner = &reflector;
    }
  });
  if (owner != nullptr) {
    owner->Handle(event, now, calls);
  }
  return owner != nullptr;
}

void Watches::Serve(base::Now now, kube::Calls& calls) {
  Each([&](kube::Reflector& reflector) { reflector.Serve(now, calls); });
  version_.Serve(now, calls);
}

void Watches::Match(const std::set<planner::WantedWatch>& wanted, kube::Calls& calls) {
  std::map<planner::WatchKind, std::set<std::string>> names;
  for (const planner::WantedWatch& interest : wanted) {
    names[interest.kind].insert(interest.name);
  }
  using planner::WatchKind;
  MatchKind(pods_, names[WatchKind::kPodsOnNode], PodsOnNode, calls);
  MatchKind(leases_, names[WatchKind::kNodeLease], LeaseOfNode, calls);
  MatchKind(attachments_, names[WatchKind::kVolumeAttachments], Attachments, calls);
  MatchKind(whole_pods_, names[WatchKind::kWholePod], PodByKey, calls);
  MatchKind(daemon_sets_, names[WatchKind::kDaemonSet], DaemonSetByKey, calls);
  MatchKind(saved_pods_, names[WatchKind::kSavedPods], SavedPods, calls);
  MatchKind(recreated_pods_, names[WatchKind::kRecreatedPods], RecreatedPods, calls);
  MatchKind(
      replicas_,
      names[WatchKind::kOwnReplicas],
      [this](const std::string&) {
        return Open<api::Pod>({paths::In<api::Pod>(options_.pod_namespace), "", kOwnLabel});
      },
      calls);
  version_.Want(!names[WatchKind::kServerVersion].empty(), calls);
}

void Watches::Adopt(const api::SavedPod& saved) {
  for (const auto& [name, watch] : saved_pods_) {
    watch->store.Adopt(saved);
  }
}

void Watches::Adopt(const api::Pod& recreated) {
  for (const auto& [name, watch] : recreated_pods_) {
    watch->store.Adopt(recreated);
  }
}

void Watches::Refresh(kube::Calls& calls) {
  upgrades_.reflector.Refresh(calls);
  nodes_.reflector.Refresh(calls);
  budgets_.reflector.Refresh(calls);
  jobs_.reflector.Refresh(calls);
}

bool Watches::fresh() const {
  return upgrades_.reflector.fresh() && nodes_.reflector.fresh() && budgets_.reflector.fresh() &&
         jobs_.reflector.fresh();
}

bool Watches::listed() const {
  return upgrades_.reflector.listed() && nodes_.reflector.listed() && budgets_.reflector.listed() &&
         jobs_.reflector.listed();
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
  for (const auto& [node, watch] : pods_) {
    world.pods[node] = Seen(*watch, world.now);
  }
  for (const auto& [node, watch] : leases_) {
    world.leases[node] = Seen(*watch, world.now);
  }
  for (const auto& [name, watch] : attachments_) {
    world.attachments = Seen(*watch, world.now);
  }
  for (const auto& [key, watch] : whole_pods_) {
    world.whole_pods[key] = Seen(*watch, world.now);
  }
  for (const auto& [key, watch] : daemon_sets_) {
    world.daemon_sets[key] = Seen(*watch, world.now);
  }
  for (const auto& [name, watch] : replicas_) {
    world.replicas = Seen(*watch, world.now);
  }
  for (const auto& [name, watch] : saved_pods_) {
    world.saved_pods = Seen(*watch, world.now);
  }
  for (const auto& [name, watch] : recreated_pods_) {
    world.recreated_pods = Seen(*watch, world.now);
  }
  world.server_version = version_.text();
}

std::vector<std::uint64_t> Watches::Fingerprint(base::Now now) const {
  std::vector<std::uint64_t> print;
  Print(upgrades_, now, print);
  Print(nodes_, now, print);
  Print(budgets_, now, print);
  Print(jobs_, now, print);
  print.push_back(version_changes_);
  EachOpened([&](const auto& watches, const char*) {
    for (const auto& [name, watch] : watches) {
      Print(*watch, now, print);
    }
  });
  return print;
}

std::map<std::string, double> Watches::Staleness(base::SteadyTime now) const {
  std::map<std::string, double> seconds;
  for (const Named& watch : Standing()) {
    if (const auto heard = watch.reflector->last_heard()) {
      seconds[watch.name] = std::chrono::duration<double>(now - *heard).count();
    }
  }
  return seconds;
}

std::vector<base::LogRecord> Watches::News() {
  std::vector<base::LogRecord> news = UnreadableNews();
  std::map<std::string, std::string> problems;
  for (const Named& watch : All()) {
    const std::string& name = watch.name;
    const auto told = problems_.find(name);
    if (const auto& error = watch.reflector->error()) {
      problems[name] = error->message;
      if (told == problems_.end() || told->second != error->message) {
        news.push_back({base::LogLevel::kWarning,
                        "watch interrupted",
                        {{"resource", name}, {"error", error->message}}});
      }
    } else if (told != problems_.end()) {
      news.push_back({base::LogLevel::kInfo, "watch restored", {{"resource", name}}});
    }
  }
  problems_ = std::move(problems);
  return news;
}

std::vector<base::LogRecord> Watches::UnreadableNews() {
  std::vector<base::LogRecord> news;
  std::map<std::string, std::map<std::string, std::string>> unreadable;
  for (const Named& watch : All()) {
    for (const auto& [object, what] : watch.reflector->unreadable()) {
      unreadable[watch.name][object] = what;
      const std::string& told = unreadable_[watch.name][object];
      if (told != what) {
        news.push_back({base::LogLevel::kWarning,
                        "object not wholly readable",
                        {{"resource", watch.name}, {"object", object}, {"error", what}}});
      }
    }
  }
  unreadable_ = std::move(unreadable);
  return news;
}

kube::Wake Watches::wake_at() const {
  kube::Wake wake = version_.wake_at();
  for (const Named& watch : All()) {
    kube::Earlier(wake, watch.reflector->wake_at());
  }
  return wake;
}

std::vector<Watches::Named> Watches::Standing() const {
  std::vector<Named> standing = {{"clusterupgrades", &upgrades_.reflector},
                                 {"nodes", &nodes_.reflector},
                                 {"poddisruptionbudgets", &budgets_.reflector},
                                 {"jobs", &jobs_.reflector}};
  if (lease_) {
    standing.push_back({"leases", &lease_->reflector});
  }
  return standing;
}

std::vector<Watches::Named> Watches::All() const {
  std::vector<Named> all = Standing();
  EachOpened([&](const auto& watches, const char* what) {
    for (const auto& [name, watch] : watches) {
      all.push_back({name.empty() ? what : std::string(what) + " of " + name, &watch->reflector});
    }
  });
  return all;
}

void Watches::Each(const std::function<void(kube::Reflector&)>& visit) {
  visit(upgrades_.reflector);
  visit(nodes_.reflector);
  visit(budgets_.reflector);
  visit(jobs_.reflector);
  if (lease_) {
    visit(lease_->reflector);
  }
  EachOpened([&](const auto& watches, const char*) {
    for (const auto& [name, watch] : watches) {
      visit(watch->reflector);
    }
  });
}

}  // namespace cu::core
