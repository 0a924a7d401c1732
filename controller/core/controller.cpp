#include "core/controller.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/program.hpp"
#include "core/telemetry/view_builder.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr auto kStopPatience = 10s;
constexpr auto kViewPeriod = 1s;
/// So that no mistake about a time can keep the processor busy.
constexpr auto kWakeApart = 1ms;
// Independent streams of jitter from one seed.
constexpr std::uint64_t kCallsStream = 0x43616C6C73U;
constexpr std::uint64_t kAnswersStream = 0x416E7377U;

std::optional<kube::LeaderElection> MakeElection(const Controller::Options& options) {
  if (!options.leader_elect) {
    return std::nullopt;
  }
  return kube::LeaderElection({options.namespace_name, base::kProgram, options.identity});
}

}  // namespace

Controller::Controller(const Options& options)
    : options_(options),
      calls_(options.seed ^ kCallsStream, options.log_calls),
      election_(MakeElection(options)),
      watches_({{options.own_pod.substr(0, options.own_pod.find('/')), options.job_namespace},
                election_ ? election_->LeaseCollection() : kube::Collection{}}),
      reconciler_(
          {options.identity,
           {options.own_pod, options.own_node, options.job_namespace, options.executor_images, 0},
           options.seed ^ kAnswersStream},
          watches_),
      view_(std::make_shared<View>()) {}

port::Reaction Controller::Handle(std::span<const port::Event> batch, base::Now own) {
  CU_CHECK(last_ <= own.steady);
  const base::Now now = calls_.Correct(own);
  last_ = now.steady;
  if (exited_) {
    return {};
  }
  for (const port::CallFailed& failed : calls_.Expired(now)) {
    Route(failed.id, failed, now);
  }
  watches_.Serve(now, calls_);
  for (const port::Event& event : batch) {
    Dispatch(event, now);
  }
  watches_.Serve(now, calls_);
  FollowBack(now);
  LogOutage(now);
  watches_.own_tokens().Serve(calls_, now);
  reconciler_.NoteOutage(calls_.outage().TakeLongest());
  Lead(now);
  if (Works()) {
    reconciler_.Serve(*term_, now, calls_);
    watches_.Match(reconciler_.WantedWatches(), calls_);
    watches_.Serve(now, calls_);
    reconciler_.SendEvents(*term_, now, calls_);
  }
  Stop(now);
  RefreshView(!batch.empty(), now);
  return React(now);
}

/// One line when it goes away, one when it is back; a call that is lost among others is no news.
void Controller::LogOutage(base::Now now) {
  constexpr auto kNews = std::chrono::seconds(3);
  const auto since = calls_.outage().since();
  if (since && !away_since_ && now.steady - *since >= kNews) {
    away_since_ = since;
    Log(base::LogLevel::kWarning, "the API server does not answer", {});
  } else if (!since && away_since_) {
    const auto away = std::chrono::floor<std::chrono::seconds>(now.steady - *away_since_);
    away_since_.reset();
    Log(base::LogLevel::kInfo,
        "the API server answers again",
        {{"seconds", std::to_string(away.count())}});
  }
}

void Controller::Dispatch(const port::Event& event, base::Now now) {
  if (std::holds_alternative<port::StopRequested>(event)) {
    if (!stop_by_) {
      stop_by_ = now.steady + kStopPatience;
      Log(base::LogLevel::kInfo, "stopping", {});
    }
    return;
  }
  if (const auto* read = std::get_if<port::TokenRead>(&event)) {
    watches_.own_tokens().Handle(*read);
    return;
  }
  if (const auto id = calls_.Accept(event, now)) {
    Route(*id, event, now);
  }
}

void Controller::Route(port::CallId id, const port::Event& event, base::Now now) {
  if (election_ && election_->Owns(id)) {
    election_->Handle(event, now);
  } else if (!watches_.Handle(id, event, now, calls_)) {
    reconciler_.Handle(id, event, now, calls_);
  }
}

void Controller::Lead(base::Now now) {
  if (!election_) {
    LeadWithoutLease();
    return;
  }
  // The epoch must be above every status's: before they are known nobody may acquire.
  if (watches_.lease_listed() && watches_.upgrades_listed()) {
    election_->Saw(watches_.lease(), now);
  }
  election_->Serve(now, calls_, HighestEpoch());
  const bool holds = election_->Holds(now);
  const bool ended = election_->TakeTermEnded();
  if (term_ && (ended || !holds || term_->epoch != election_->epoch())) {
    EndTerm();
  }
  if (holds) {
    const Term term{election_->epoch(), election_->valid_until()};
    if (!term_) {
      BeginTerm(term);
    }
    term_ = term;
  }
}

void Controller::LeadWithoutLease() {
  if (!watches_.upgrades_listed()) {
    return;
  }
  const std::int64_t highest = HighestEpoch();
  if (term_ && highest > term_->epoch) {
    EndTerm();
  }
  if (!term_) {
    BeginTerm({highest + 1, base::SteadyTime::max()});
  }
}

void Controller::BeginTerm(const Term& term) {
  term_ = term;
  watches_.Refresh(calls_);
  Log(base::LogLevel::kInfo, "leading", {{"epoch", std::to_string(term.epoch)}});
}

void Controller::EndTerm() {
  CU_CHECK(term_.has_value());
  Log(base::LogLevel::kInfo, "no longer leading", {{"epoch", std::to_string(term_->epoch)}});
  term_.reset();
  calls_.DropMutating();
  reconciler_.EndTerm(calls_);
  watches_.Match({}, calls_);
}

/// After a restore of etcd: what was seen is forgotten, and what is under way, too.
void Controller::FollowBack(base::Now now) {
  const bool by_lease = election_ && election_->TakeWentBack();
  if (!by_lease && !watches_.went_back()) {
    return;
  }
  Log(base::LogLevel::kWarning,
      "the API server has gone back to an older state, as after a restore of etcd from a backup: "
      "everything is read anew",
      {});
  epoch_before_ = HighestEpoch();
  if (election_ && !by_lease) {
    election_->BeginAnew(now);
  }
  calls_.DropMutating();
  reconciler_.EndTerm(calls_);
  watches_.Match({}, calls_);
  watches_.BeginAnew(calls_);
  watches_.Serve(now, calls_);
}

/// Leads, knows the world as of the term's beginning, does not doubt it, and was not asked to stop.
bool Controller::Works() const {
  return term_ && !stop_by_ && watches_.listed() && watches_.fresh() && !watches_.in_doubt();
}

/// After a stop request: waits for what is in flight, gives the lease back, exits.
void Controller::Stop(base::Now now) {
  if (!stop_by_) {
    return;
  }
  if (!releasing_) {
    const bool over = *stop_by_ <= now.steady;
    if (calls_.mutating_in_flight() > 0 && !over) {
      return;
    }
    calls_.DropMutating();
    releasing_ = true;
    if (election_) {
      election_->Release();
      election_->Serve(now, calls_, HighestEpoch());
    }
  }
  if (!election_ || election_->state() == kube::LeaderElection::State::kReleased) {
    exited_ = true;
  }
}

void Controller::RefreshView(bool eventful, base::Now now) {
  std::vector<std::uint64_t> shows = watches_.ChangeStamp(now);
  shows.push_back(reconciler_.activity());
  shows.push_back(term_ ? 1 : 0);
  view_due_ = view_due_ || shows != shown_;
  shown_ = std::move(shows);
  const bool old =
      now.steady - view_->made_at >= kViewPeriod || view_->made_at == base::SteadyTime{};
  if (old && (view_due_ || eventful)) {
    const bool synced = watches_.listed() && (!election_ || watches_.lease_listed());
    view_ = BuildView({&watches_,
                       &reconciler_.scopes(),
                       options_.own_node,
                       &calls_.stats(),
                       &reconciler_.progress(),
                       &reconciler_.evictions(),
                       term_ ? std::optional(term_->valid_until) : std::nullopt,
                       synced,
                       &reconciler_.status_refusals()},
                      now);
    view_due_ = false;
  }
}

port::Reaction Controller::React(base::Now now) {
  port::Reaction reaction;
  std::vector<base::LogRecord> logs = std::exchange(logs_, {});
  for (auto& more : {reconciler_.TakeLogs(), watches_.News(), watches_.own_tokens().TakeLogs()}) {
    logs.insert(logs.end(), more.begin(), more.end());
  }
  for (base::LogRecord& record : logs) {
    reaction.effects.emplace_back(port::WriteLog{std::move(record)});
  }
  for (port::Effect& effect : calls_.Take()) {
    reaction.effects.push_back(std::move(effect));
  }
  if (exited_) {
    reaction.effects.emplace_back(port::Exit{0});
    return reaction;
  }
  reaction.wake_at = WakeAt(now);
  return reaction;
}

kube::Wake Controller::WakeAt(base::Now now) const {
  kube::Wake wake = watches_.wake_at();
  kube::Earlier(wake, calls_.wake_at());
  if (election_) {
    kube::Earlier(wake, election_->wake_at());
  }
  if (Works()) {
    kube::Earlier(wake, reconciler_.WakeAt(now.steady));
  }
  if (stop_by_ && !releasing_) {
    kube::Earlier(wake, stop_by_);
  }
  if (view_due_) {
    kube::Earlier(wake, view_->made_at + kViewPeriod);
  }
  return wake ? kube::Wake(std::max(*wake, now.steady + kWakeApart)) : wake;
}

std::int64_t Controller::HighestEpoch() const {
  std::int64_t highest = epoch_before_;
  for (const auto& [name, upgrade] : watches_.upgrades().items()) {
    highest = std::max(highest, upgrade.status.epoch);
  }
  return highest;
}

void Controller::Log(base::LogLevel level,
                     std::string message,
                     std::map<std::string, std::string> fields) {
  logs_.push_back({level, std::move(message), std::move(fields)});
}

}  // namespace cu::core
