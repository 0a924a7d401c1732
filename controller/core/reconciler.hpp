#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/log.hpp"
#include "base/natural_order.hpp"
#include "core/actions/action_dispatcher.hpp"
#include "core/event_queue.hpp"
#include "core/orphan_work.hpp"
#include "core/outages.hpp"
#include "core/scopes.hpp"
#include "core/status_writer.hpp"
#include "core/survey_reader.hpp"
#include "core/telemetry/progress.hpp"
#include "core/watches.hpp"
#include "kube/calls.hpp"
#include "planner/plan.hpp"

namespace cu::core {

/// A leader's term. Nothing that changes anything begins after `valid_until`.
struct Term {
  std::int64_t epoch = 0;
  base::SteadyTime valid_until;
};

/// The work of a leader: plans on the stores when something has changed, and lets what the plan
/// wants be written, sent and watched (core/decide.hpp has the rule).
class Reconciler {
 public:
  struct Options {
    std::string identity;
    planner::Self self;  ///< its epoch is the term's
    std::uint64_t seed = 0;
  };
  /// `watches` outlives it.
  Reconciler(const Options& options, Watches& watches);

  /// Takes the event if its call is one of ours.
  bool Handle(port::CallId id, const port::Event& event, base::Now now, kube::Calls& calls);
  /// The API server was away for so long. Remembered, past the end of the term too, for each object
  /// that has nodes in work, as long as it has; whole seconds count.
  void NoteOutage(std::chrono::nanoseconds away);
  /// Plans at most one object and sends what follows from it. Pre: the term holds, and no status
  /// known has a higher epoch.
  void Serve(const Term& term, base::Now now, kube::Calls& calls);
  /// After everything else: Events, as far as there is room.
  void SendEvents(const Term& term, base::Now now, kube::Calls& calls);
  /// Forgets what is being written, what was answered and what plans remembered. The caller drops
  /// mutating calls.
  void EndTerm(kube::Calls& calls);

  /// What the latest plans want watched.
  std::set<planner::WantedWatch> WantedWatches() const;
  kube::Wake WakeAt(base::SteadyTime now) const;
  std::vector<base::LogRecord> TakeLogs();

  Scopes& scopes() { return scopes_; }
  const Progress& progress() const { return progress_; }
  const std::map<std::string, std::uint64_t>& evictions() const { return evictions_; }
  const std::map<std::string, std::uint64_t>& status_refusals() const { return status_refusals_; }
  /// Counts answers and plans: something to show may have changed.
  std::uint64_t activity() const { return activity_; }

 private:
  /// What the last plan on one ClusterUpgrade has left.
  struct Planned {
    std::string uid;
    planner::Memory memory;
    std::set<planner::WantedWatch> watches;
    std::set<planner::ActionKey> wanted;
    std::vector<planner::Finding> reported;  ///< findings reported in Events
    std::optional<base::SteadyTime> wake_at;
  };

  void Tidy();
  void FindWork(base::Now now, const kube::Calls& calls);
  void MarkAll();
  void MarkFor(const std::string& upgrade, const planner::ObjectRef& object);
  Planned& PlannedOf(const api::ClusterUpgrade& upgrade);
  std::string PickDirty() const;
  const api::ClusterUpgrade& UpgradeOf(const std::string& name) const;
  bool IsWanted(const planner::ActionKey& key) const;
  void PruneAnswers(base::Now now);

  void Plan(const api::ClusterUpgrade& upgrade,
            const Term& term,
            base::Now now,
            kube::Calls& calls);
  planner::Plan MakePlan(const api::ClusterUpgrade& upgrade,
                         Planned& planned,
                         const Term& term,
                         base::Now now);
  planner::World MakeWorld(const api::ClusterUpgrade& upgrade, const Term& term, base::Now now);
  void TellFindings(const api::ClusterUpgrade& upgrade,
                    Planned& planned,
                    planner::Plan& plan,
                    base::Now now);
  void Write(const api::ClusterUpgrade& upgrade,
             const api::ClusterUpgradeStatus& status,
             const Term& term,
             base::Now now,
             kube::Calls& calls);
  std::vector<ActionDispatcher::Sendable> Choose(const std::vector<planner::Action>& actions,
                                                 const api::ClusterUpgrade* upgrade,
                                                 base::Now now);
  void SendAll(std::vector<ActionDispatcher::Sendable> chosen,
               const Term& term,
               base::Now now,
               kube::Calls& calls);
  void ServeSurvey(const Term& term, base::Now now, kube::Calls& calls);

  void StatusDone(StatusWriter::Result result, base::Now now);
  void ActionDone(const ActionDispatcher::Done& done, base::Now now);
  void TellProgress(const std::string& name,
                    const api::ClusterUpgradeStatus& before,
                    base::Now now);

  Options options_;
  Watches& watches_;
  Scopes scopes_;
  Outages outages_;
  OrphanWork orphans_;
  ActionDispatcher actions_;
  StatusWriter writer_;
  EventQueue events_;
  SurveyReader survey_;
  Progress progress_;
  std::map<std::string, std::uint64_t> evictions_;        ///< by HTTP code
  std::map<std::string, std::uint64_t> status_refusals_;  ///< by HTTP code

  std::map<std::string, Planned, base::NaturalLess> planned_;  ///< by name
  std::set<std::string, base::NaturalLess> dirty_;
  std::string last_planned_;

  std::vector<std::uint64_t> seen_;  ///< ChangeStamp of the world that was planned on
  bool send_blocked_ = false;        ///< something was not sent for want of room
  std::optional<base::SteadyTime> next_retry_;
  std::uint64_t activity_ = 0;
  std::vector<base::LogRecord> logs_;
};

}  // namespace cu::core
