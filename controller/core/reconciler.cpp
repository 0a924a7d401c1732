#include "core/reconciler.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "codec/decode.hpp"
#include "planner/model/intent.hpp"
#include "planner/nodes/orphans.hpp"
#include "planner/report/event_records.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;
using planner::ActionKind;
using planner::Outcome;

/// How long a write or read of this term proves that nobody else acts on the object.
constexpr auto kConfirmedFor = 10s;
constexpr std::size_t kMaxEventCalls = 4;

}  // namespace

Reconciler::Reconciler(const Options& options, Watches& watches)
    : options_(options), watches_(watches), acts_(options.seed), events_(options.identity) {}

bool Reconciler::Handle(port::CallId id,
                        const port::Event& event,
                        base::Now now,
                        kube::Calls& calls) {
  if (acts_.Owns(id)) {
    if (const auto done = acts_.Handle(id, event, now)) {
      ActDone(*done, now);
    }
    return true;
  }
  if (turn_.call == id) {
    Answered(event, now, calls);
    return true;
  }
  if (survey_.Owns(id)) {
    survey_.Handle(event, now, calls);
    return true;
  }
  return event_calls_.erase(id) > 0;
}

void Reconciler::NoteOutage(std::chrono::nanoseconds away) {
  const auto seconds = static_cast<int>(std::chrono::floor<std::chrono::seconds>(away).count());
  if (seconds == 0) {
    return;
  }
  for (const auto& [name, upgrade] : watches_.upgrades().items()) {
    if (!upgrade.status.in_progress.empty()) {
      int& longest = outages_[upgrade.meta.uid];
      longest = std::max(longest, seconds);
      dirty_.insert(name);
    }
  }
}

void Reconciler::Serve(const Term& term, base::Now now, kube::Calls& calls) {
  Tidy();
  ServeSurvey(term, now, calls);
  FindWork(now, calls);
  if (turn_.state == Turn::State::kReading && !turn_.call && turn_.due <= now.steady) {
    Move(Turn::Input::kDue, now, calls);
  }
  const std::string name = PickDirty();
  if (!name.empty() && Turn::Next(turn_.state, Turn::Input::kDue).step == Turn::Step::kPlan) {
    dirty_.erase(name);
    last_planned_ = name;
    Plan(name, term, now, calls);
  }
  if (orphans_due_ && watches_.owners_current(now)) {
    orphans_due_ = false;
    ReleaseOrphans(term, now, calls);
  }
  ServeSurvey(term, now, calls);
  next_answer_ = acts_.book().NextAfter(Listed(), now.steady);
}

/// For the object that wants one: only the oldest does.
void Reconciler::ServeSurvey(const Term& term, base::Now now, kube::Calls& calls) {
  const auto wants = std::find_if(subjects_.begin(), subjects_.end(), [](const auto& entry) {
    return entry.second.interests.contains({planner::WatchKind::kSurvey, ""});
  });
  if (wants == subjects_.end()) {
    survey_.Stop(calls);
    return;
  }
  const api::ClusterUpgrade& upgrade = *watches_.upgrades().Find(wants->first);
  survey_.Serve(MakeWorld(upgrade, term, now),
                {watches_.nodes().changes(), watches_.budgets().changes()},
                calls);
}

/// What the latest plans want done.
std::set<planner::ActionKey> Reconciler::Listed() const {
  std::set<planner::ActionKey> listed = orphans_;
  for (const auto& [name, subject] : subjects_) {
    listed.insert(subject.listed.begin(), subject.listed.end());
  }
  return listed;
}

void Reconciler::FindWork(base::Now now, const kube::Calls& calls) {
  auto print = watches_.Fingerprint(now);
  print.push_back(survey_.activity());
  const bool room = starved_ && calls.HasRoom(now);
  const std::uint64_t answers = acts_.book().recorded();
  if (print != seen_ || answers != answers_seen_ || room ||
      (next_answer_ && *next_answer_ <= now.steady)) {
    seen_ = std::move(print);
    answers_seen_ = answers;
    starved_ = starved_ && !room;
    MarkAll();
  }
  for (auto& [name, subject] : subjects_) {
    if (subject.look_at && *subject.look_at <= now.steady) {
      subject.look_at.reset();
      dirty_.insert(name);
    }
  }
}

void Reconciler::MarkAll() {
  for (const auto& [name, upgrade] : watches_.upgrades().items()) {
    dirty_.insert(name);
  }
  orphans_due_ = true;
}

void Reconciler::Tidy() {
  std::erase_if(subjects_, [&](const auto& entry) {
    const api::ClusterUpgrade* held = watches_.upgrades().Find(entry.first);
    return held == nullptr || held->meta.uid != entry.second.uid;
  });
  std::erase_if(dirty_,
                [&](const auto& name) { return watches_.upgrades().Find(name) == nullptr; });
}

Reconciler::Subject& Reconciler::SubjectOf(const api::ClusterUpgrade& upgrade) {
  const auto [entry, fresh] = subjects_.try_emplace(upgrade.meta.name);
  if (fresh) {
    entry->second.uid = upgrade.meta.uid;
    entry->second.observed = upgrade.status;
  }
  return entry->second;
}

/// The next after the one planned last, so that a busy object does not starve the others.
std::string Reconciler::PickDirty() const {
  if (dirty_.empty()) {
    return "";
  }
  const auto next = dirty_.upper_bound(last_planned_);
  return next == dirty_.end() ? *dirty_.begin() : *next;
}

planner::World Reconciler::MakeWorld(const api::ClusterUpgrade& upgrade,
                                     const Term& term,
                                     base::Now now) {
  planner::World world;
  world.now = now;
  world.self = {options_.own_pod, options_.own_node, options_.job_namespace, term.epoch};
  world.upgrade = &upgrade;
  watches_.Fill(world);
  world.results = &acts_.book().answers();
  world.scope = &scopes_.Of(upgrade, watches_.nodes(), options_.own_node);
  if (const auto outage = outages_.find(upgrade.meta.uid); outage != outages_.end()) {
    world.api_gap_seconds = outage->second;
  }
  world.survey = survey_.result();
  world.survey_problem = survey_.problem();
  return world;
}

void Reconciler::Plan(const std::string& name,
                      const Term& term,
                      base::Now now,
                      kube::Calls& calls) {
  ++activity_;
  const api::ClusterUpgrade& upgrade = *watches_.upgrades().Find(name);
  if (upgrade.status.in_progress.empty()) {
    outages_.erase(upgrade.meta.uid);
  }
  Subject& subject = SubjectOf(upgrade);
  acts_.book().Prune(Listed(), now.steady);
  planner::Plan plan = planner::MakePlan(MakeWorld(upgrade, term, now), std::move(subject.memory));
  subject.memory = std::move(plan.memory);
  subject.interests = std::move(plan.watches);
  subject.look_at = plan.wake_at;
  for (const auto& record : planner::EventsOfFindings(upgrade, subject.told, plan.refusals)) {
    events_.Add(upgrade, record, now);
  }
  for (const auto& record : planner::EventsOfFindings(upgrade, {}, plan.overflow)) {
    events_.Add(upgrade, record, now);
  }
  subject.told = std::move(plan.refusals);
  subject.listed.clear();
  for (const planner::Action& act : plan.actions) {
    subject.listed.insert(planner::KeyOf(act));
  }
  if (!planner::SameIntent(plan.status, upgrade.status)) {
    Write(upgrade, plan.status, term, now, calls);
    return;
  }
  auto wanted = acts_.Sendable(
      plan.actions, {options_.job_namespace, upgrade.meta.resource_version}, watches_, now);
  const bool confirmed = subject.confirmed && now.steady - *subject.confirmed < kConfirmedFor;
  if (!wanted.empty() && !confirmed) {
    Write(upgrade, plan.status, term, now, calls);
    return;
  }
  Carry(std::move(wanted), term, now, calls);
  if (plan.status != upgrade.status) {
    if (subject.report_after <= now.steady) {
      Write(upgrade, plan.status, term, now, calls);
    } else {
      kube::Earlier(subject.look_at, subject.report_after);
    }
  }
}

void Reconciler::Carry(std::vector<Acts::Wanted> wanted,
                       const Term& term,
                       base::Now now,
                       kube::Calls& calls) {
  for (Acts::Wanted& one : wanted) {
    if (acts_.full()) {
      return;  // an answer will plan again
    }
    if (!acts_.Send(std::move(one), term.valid_until, now, calls)) {
      starved_ = true;
      return;
    }
  }
}

void Reconciler::ReleaseOrphans(const Term& term, base::Now now, kube::Calls& calls) {
  auto acts = planner::ReleaseOrphans(watches_.upgrades().items(),
                                      watches_.nodes().items(),
                                      watches_.jobs().items(),
                                      acts_.book().answers());
  const auto expired =
      planner::ExpireOrphanedJobs(watches_.upgrades().items(), watches_.jobs().items());
  acts.insert(acts.end(), expired.begin(), expired.end());
  orphans_.clear();
  for (const planner::Action& act : acts) {
    orphans_.insert(planner::KeyOf(act));
  }
  Carry(acts_.Sendable(acts, {options_.job_namespace, ""}, watches_, now), term, now, calls);
}

void Reconciler::SendEvents(const Term& term, base::Now now, kube::Calls& calls) {
  events_.Expire(now.steady);
  while (!events_.empty() && event_calls_.size() < kMaxEventCalls) {
    kube::CallOptions options;
    options.not_after = term.valid_until;
    const auto id = calls.Send(events_.front(), now, options);
    if (!id) {
      return;
    }
    event_calls_.insert(*id);
    events_.Pop();
  }
}

void Reconciler::EndTerm(kube::Calls& calls) {
  if (turn_.call) {
    calls.Drop(*turn_.call);
  }
  Move(Turn::Input::kTermEnded, {}, calls);
  turn_ = Pending{};
  acts_.Clear();
  events_.Clear();
  survey_.Stop(calls);
  event_calls_.clear();
  subjects_.clear();
  dirty_.clear();
  orphans_.clear();
  orphans_due_ = false;
  seen_.clear();
  starved_ = false;
  next_answer_.reset();
}

void Reconciler::ActDone(const Acts::Done& done, base::Now now) {
  ++activity_;
  if (done.key.kind == ActionKind::kEvict) {
    ++evictions_[done.code];
  }
  if (done.judgement.outcome == Outcome::kAccepted) {
    AdoptObject(done, now);
  }
  const bool refused =
      done.key.kind != ActionKind::kCheckAccess && (done.judgement.outcome == Outcome::kForbidden ||
                                                    done.judgement.outcome == Outcome::kInvalid);
  if (refused && done.news) {
    Log(base::LogLevel::kError,
        "refused by the server",
        {{"object", planner::NameOf(done.key.object)},
         {"code", done.code},
         {"error", done.judgement.message}});
  }
}

/// The answer of a write is newer than the watch: it saves a round trip.
void Reconciler::AdoptObject(const Acts::Done& done, base::Now now) {
  switch (done.key.kind) {
    case ActionKind::kCordon:
    case ActionKind::kAnnounce:
    case ActionKind::kKeepCordon:
    case ActionKind::kRelease:
    case ActionKind::kSetHints:
    case ActionKind::kClearHints:
      if (auto node = codec::Decode<api::Node>(done.body); node.ok()) {
        watches_.nodes().Adopt(std::move(node).value());
      }
      return;
    case ActionKind::kCreateJob:
    case ActionKind::kExpireJob:
      if (auto job = codec::Decode<api::Job>(done.body); job.ok()) {
        watches_.jobs().Adopt(std::move(job).value());
      }
      return;
    case ActionKind::kSavePodTemplate:
      if (auto saved = codec::Decode<api::SavedPod>(done.body); saved.ok()) {
        watches_.Adopt(std::move(saved).value());
      }
      return;
    case ActionKind::kRecreatePod:
      if (auto pod = codec::Decode<api::Pod>(done.body); pod.ok()) {
        watches_.Adopt(std::move(pod).value());
      }
      return;
    case ActionKind::kSetFinalizer:
      if (auto upgrade = codec::Decode<api::ClusterUpgrade>(done.body); upgrade.ok()) {
        SubjectOf(*upgrade).confirmed = now.steady;
        watches_.upgrades().Adopt(std::move(upgrade).value());
      }
      return;
    case ActionKind::kEvict:
    case ActionKind::kDeletePod:
    case ActionKind::kDeletePodTemplate:
    case ActionKind::kCheckAccess:
    case ActionKind::kDryRunJob:
    case ActionKind::kDeleteJob:
      return;
  }
}

std::set<planner::WantedWatch> Reconciler::Interests() const {
  std::set<planner::WantedWatch> interests;
  for (const auto& [name, subject] : subjects_) {
    interests.insert(subject.interests.begin(), subject.interests.end());
  }
  return interests;
}

kube::Wake Reconciler::WakeAt(base::SteadyTime now) const {
  kube::Wake wake = next_answer_;
  kube::Earlier(wake, survey_.wake_at());
  const bool idle = turn_.state == Turn::State::kIdle;
  if (idle && (!dirty_.empty() || answers_seen_ != acts_.book().recorded())) {
    kube::Earlier(wake, now);
  }
  if (turn_.state == Turn::State::kReading && !turn_.call) {
    kube::Earlier(wake, turn_.due);
  }
  for (const auto& [name, subject] : subjects_) {
    kube::Earlier(wake, subject.look_at);
  }
  return wake;
}

std::vector<base::LogRecord> Reconciler::TakeLogs() {
  return std::exchange(logs_, {});
}

void Reconciler::Log(base::LogLevel level,
                     std::string message,
                     std::map<std::string, std::string> fields) {
  logs_.push_back({level, std::move(message), std::move(fields)});
}

}  // namespace cu::core
