#include "core/reconciler.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "core/decide.hpp"
#include "planner/report/event_records.hpp"

namespace cu::core {

using planner::ActionKind;
using planner::Outcome;

Reconciler::Reconciler(const Options& options, Watches& watches)
    : options_(options),
      watches_(watches),
      actions_(options.seed, watches),
      writer_(watches),
      events_(options.identity) {}

bool Reconciler::Handle(port::CallId id,
                        const port::Event& event,
                        base::Now now,
                        kube::Calls& calls) {
  if (actions_.Owns(id)) {
    if (const auto done = actions_.Handle(id, event, now)) {
      ActionDone(*done, now);
    }
    return true;
  }
  if (writer_.Owns(id)) {
    StatusDone(writer_.Handle(event, now, calls), now);
    return true;
  }
  if (survey_.Owns(id)) {
    survey_.Handle(event, now, calls);
    return true;
  }
  return events_.Handle(id);
}

void Reconciler::NoteOutage(std::chrono::nanoseconds away) {
  for (std::string& name : outages_.Note(away, watches_.upgrades().items())) {
    dirty_.insert(std::move(name));
  }
}

void Reconciler::Serve(const Term& term, base::Now now, kube::Calls& calls) {
  CU_CHECK(now.steady < term.valid_until);
  Tidy();
  ServeSurvey(term, now, calls);
  FindWork(now, calls);
  writer_.Serve(now, calls);
  const std::string name = PickDirty();
  if (!name.empty() && writer_.idle()) {
    dirty_.erase(name);
    last_planned_ = name;
    Plan(UpgradeOf(name), term, now, calls);
  }
  if (orphans_.due() && watches_.owners_current(now)) {
    PruneAnswers(now);
    const auto actions = orphans_.Plan(watches_, actions_.table().results(), now.steady);
    SendAll(Choose(actions, nullptr, now), term, now, calls);
  }
  ServeSurvey(term, now, calls);
  next_retry_ =
      actions_.table().NextAfter([&](const auto& key) { return IsWanted(key); }, now.steady);
}

/// For the object that wants one: only the oldest does.
void Reconciler::ServeSurvey(const Term& term, base::Now now, kube::Calls& calls) {
  const auto wants = std::find_if(planned_.begin(), planned_.end(), [](const auto& entry) {
    return entry.second.watches.contains({planner::WatchKind::kSurvey, ""});
  });
  if (wants == planned_.end()) {
    survey_.Stop(calls);
    return;
  }
  const api::ClusterUpgrade& upgrade = UpgradeOf(wants->first);
  survey_.Serve(MakeWorld(upgrade, term, now),
                {watches_.nodes().changes(), watches_.budgets().changes()},
                calls);
}

const api::ClusterUpgrade& Reconciler::UpgradeOf(const std::string& name) const {
  const api::ClusterUpgrade* upgrade = watches_.upgrades().Find(name);
  CU_CHECK(upgrade != nullptr);
  return *upgrade;
}

bool Reconciler::IsWanted(const planner::ActionKey& key) const {
  return orphans_.Wants(key) ||
         std::any_of(planned_.begin(), planned_.end(), [&](const auto& entry) {
           return entry.second.wanted.contains(key);
         });
}

void Reconciler::FindWork(base::Now now, const kube::Calls& calls) {
  auto stamp = watches_.ChangeStamp(now);
  stamp.push_back(survey_.activity());
  const bool room = send_blocked_ && calls.HasRoom(now) && !actions_.full();
  if (stamp != seen_ || room || (next_retry_ && *next_retry_ <= now.steady)) {
    seen_ = std::move(stamp);
    send_blocked_ = send_blocked_ && !room;
    MarkAll();
  }
  if (orphans_.wake_at() && *orphans_.wake_at() <= now.steady) {
    orphans_.Mark();
  }
  for (auto& [name, planned] : planned_) {
    if (planned.wake_at && *planned.wake_at <= now.steady) {
      planned.wake_at.reset();
      dirty_.insert(name);
    }
  }
}

void Reconciler::MarkAll() {
  for (const auto& [name, upgrade] : watches_.upgrades().items()) {
    dirty_.insert(name);
  }
  orphans_.Mark();
}

/// Who has sent an action that was answered, and who wants one on the same object, plans again.
void Reconciler::MarkFor(const std::string& upgrade, const planner::ObjectRef& object) {
  const auto wants = [&](const std::set<planner::ActionKey>& wanted) {
    const auto first = wanted.lower_bound({object, "", ActionKind{}});
    return first != wanted.end() && first->object == object;
  };
  for (const auto& [name, planned] : planned_) {
    if (name == upgrade || wants(planned.wanted)) {
      dirty_.insert(name);
    }
  }
  if (upgrade.empty() || wants(orphans_.wanted())) {
    orphans_.Mark();
  }
}

void Reconciler::Tidy() {
  std::erase_if(planned_, [&](const auto& entry) {
    return !watches_.HasUpgrade(entry.first, entry.second.uid);
  });
  std::erase_if(dirty_,
                [&](const auto& name) { return watches_.upgrades().Find(name) == nullptr; });
  writer_.Tidy();
}

Reconciler::Planned& Reconciler::PlannedOf(const api::ClusterUpgrade& upgrade) {
  Planned& planned = planned_[upgrade.meta.name];
  if (planned.uid != upgrade.meta.uid) {
    planned = Planned{};
    planned.uid = upgrade.meta.uid;
  }
  return planned;
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
  world.self = options_.self;
  world.self.epoch = term.epoch;
  world.upgrade = &upgrade;
  watches_.Fill(world);
  world.results = &actions_.table().results();
  world.scope = &scopes_.Of(upgrade, watches_, options_.self.node);
  world.api_outages = outages_.Of(upgrade);
  world.survey = survey_.result();
  world.survey_problem = survey_.problem();
  return world;
}

/// Of actions that nobody wants any more.
void Reconciler::PruneAnswers(base::Now now) {
  actions_.table().Prune([&](const auto& key) { return IsWanted(key); }, now.steady);
}

planner::Plan Reconciler::MakePlan(const api::ClusterUpgrade& upgrade,
                                   Planned& planned,
                                   const Term& term,
                                   base::Now now) {
  outages_.Tidy(upgrade);
  PruneAnswers(now);
  planner::Plan plan = planner::MakePlan(MakeWorld(upgrade, term, now),
                                         std::exchange(planned.memory, {}),
                                         writer_.LevelOf(upgrade, now));
  planned.memory = std::move(plan.memory);
  planned.watches = std::move(plan.watches);
  planned.wake_at = plan.wake_at;
  planned.wanted.clear();
  for (const planner::Action& action : plan.actions) {
    planned.wanted.insert(planner::KeyOf(action));
  }
  return plan;
}

void Reconciler::TellFindings(const api::ClusterUpgrade& upgrade,
                              Planned& planned,
                              planner::Plan& plan,
                              base::Now now) {
  for (const auto& record : planner::EventsOfFindings(upgrade, planned.reported, plan.refusals)) {
    events_.Add(upgrade, record, now);
  }
  for (const auto& record : planner::EventsOfFindings(upgrade, {}, plan.overflow)) {
    events_.Add(upgrade, record, now);
  }
  planned.reported = std::move(plan.refusals);
}

void Reconciler::Plan(const api::ClusterUpgrade& upgrade,
                      const Term& term,
                      base::Now now,
                      kube::Calls& calls) {
  ++activity_;
  writer_.Know(upgrade);
  Planned& planned = PlannedOf(upgrade);
  planner::Plan plan = MakePlan(upgrade, planned, term, now);
  TellFindings(upgrade, planned, plan, now);
  const Decision decision = Decide(plan, upgrade.status, writer_.Confirmed(upgrade, now));
  if (decision.next == Decision::Next::kWriteFirst) {
    Write(upgrade, plan.status, term, now, calls);
    return;
  }
  auto chosen = Choose(plan.actions, &upgrade, now);
  if (decision.next == Decision::Next::kConfirmFirst && !chosen.empty()) {
    Write(upgrade, plan.status, term, now, calls);
    return;
  }
  SendAll(std::move(chosen), term, now, calls);
  if (decision.report && writer_.ReportAfter(upgrade) <= now.steady) {
    Write(upgrade, plan.status, term, now, calls);
  } else if (decision.report) {
    kube::Earlier(planned.wake_at, writer_.ReportAfter(upgrade));
  }
}

/// An action that is answered at once, for want of a request, is planned on again.
std::vector<ActionDispatcher::Sendable> Reconciler::Choose(
    const std::vector<planner::Action>& actions,
    const api::ClusterUpgrade* upgrade,
    base::Now now) {
  const std::uint64_t recorded = actions_.table().recorded();
  Place place{options_.self.job_namespace, "", ""};
  if (upgrade != nullptr) {
    place.upgrade = upgrade->meta.name;
    place.upgrade_version = upgrade->meta.resource_version;
  }
  auto chosen = actions_.Choose(actions, place, now);
  if (actions_.table().recorded() != recorded) {
    MarkAll();
  }
  return chosen;
}

void Reconciler::Write(const api::ClusterUpgrade& upgrade,
                       const api::ClusterUpgradeStatus& status,
                       const Term& term,
                       base::Now now,
                       kube::Calls& calls) {
  const std::string& name = upgrade.meta.name;
  if (actions_.InFlight({planner::ObjectKind::kUpgrade, name})) {
    return;  // its answer plans again
  }
  switch (writer_.Write(upgrade, status, term.valid_until, now, calls)) {
    case StatusWriter::Begun::kSent:
      return;
    case StatusWriter::Begun::kResting:
      kube::Earlier(PlannedOf(upgrade).wake_at, writer_.RestsUntil(upgrade));
      return;
    case StatusWriter::Begun::kNoRoom:
      send_blocked_ = true;
      return;
  }
}

void Reconciler::SendAll(std::vector<ActionDispatcher::Sendable> chosen,
                         const Term& term,
                         base::Now now,
                         kube::Calls& calls) {
  for (ActionDispatcher::Sendable& action : chosen) {
    if (actions_.full() || !actions_.Send(std::move(action), term.valid_until, now, calls)) {
      send_blocked_ = true;
      return;
    }
  }
}

void Reconciler::SendEvents(const Term& term, base::Now now, kube::Calls& calls) {
  events_.Send(term.valid_until, now, calls);
}

void Reconciler::EndTerm(kube::Calls& calls) {
  writer_.Clear(calls);
  actions_.Clear();
  events_.Clear();
  survey_.Stop(calls);
  planned_.clear();
  dirty_.clear();
  orphans_.Clear();
  seen_.clear();
  send_blocked_ = false;
  next_retry_.reset();
}

void Reconciler::ActionDone(const ActionDispatcher::Done& done, base::Now now) {
  ++activity_;
  const planner::ActionKey& key = done.key;
  const Outcome outcome = done.judgement.outcome;
  if (key.kind == ActionKind::kEvict) {
    ++evictions_[done.code];
  }
  if (outcome == Outcome::kAccepted && key.object.kind == planner::ObjectKind::kUpgrade) {
    writer_.Confirm(key.object.name, now);
  }
  MarkFor(done.upgrade, key.object);
  if (auto line = RefusalOf(done)) {
    logs_.push_back(*std::move(line));
  }
}

void Reconciler::StatusDone(StatusWriter::Result result, base::Now now) {
  ++activity_;
  if (result.before) {
    TellProgress(result.name, *result.before, now);
  }
  if (!result.refused.empty()) {
    ++status_refusals_[result.refused];
  }
  if (result.log) {
    logs_.push_back(std::move(*result.log));
  }
  if (result.forget) {
    planned_.erase(result.name);
    dirty_.erase(result.name);
  }
  if (result.plan) {
    dirty_.insert(result.name);
  }
  const api::ClusterUpgrade* cached = watches_.upgrades().Find(result.name);
  if (result.rests && cached != nullptr) {
    kube::Earlier(PlannedOf(*cached).wake_at, writer_.RestsUntil(*cached));
  }
}

/// What a durable status has changed, once.
void Reconciler::TellProgress(const std::string& name,
                              const api::ClusterUpgradeStatus& before,
                              base::Now now) {
  const api::ClusterUpgradeStatus& after = writer_.durable(name);
  for (base::LogRecord& line : progress_.Committed(name, before, after, now.wall)) {
    logs_.push_back(std::move(line));
  }
  if (const api::ClusterUpgrade* cached = watches_.upgrades().Find(name)) {
    for (const auto& record : planner::EventsBetween(*cached, before, after)) {
      events_.Add(*cached, record, now);
    }
  }
}

std::set<planner::WantedWatch> Reconciler::WantedWatches() const {
  std::set<planner::WantedWatch> wanted;
  for (const auto& [name, planned] : planned_) {
    wanted.insert(planned.watches.begin(), planned.watches.end());
  }
  return wanted;
}

kube::Wake Reconciler::WakeAt(base::SteadyTime now) const {
  kube::Wake wake = next_retry_;
  kube::Earlier(wake, survey_.wake_at());
  kube::Earlier(wake, writer_.wake_at());
  kube::Earlier(wake, orphans_.wake_at());
  if (writer_.idle() && !dirty_.empty()) {
    kube::Earlier(wake, now);
  }
  for (const auto& [name, planned] : planned_) {
    kube::Earlier(wake, planned.wake_at);
  }
  return wake;
}

std::vector<base::LogRecord> Reconciler::TakeLogs() {
  return std::exchange(logs_, {});
}

}  // namespace cu::core
