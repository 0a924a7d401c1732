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
#include "core/acts.hpp"
#include "core/events.hpp"
#include "core/progress.hpp"
#include "core/scopes.hpp"
#include "core/survey.hpp"
#include "core/turn.hpp"
#include "core/watches.hpp"
#include "kube/calls.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/plan.hpp"

namespace cu::core {

/// A leader's term. Nothing that changes anything begins after `valid_until`.
struct Term {
  std::int64_t epoch = 0;
  base::SteadyTime valid_until;
};

/// The work of a leader: plans on the stores, makes intents durable, then acts.
///
/// A plan whose intent differs from the durable one is written first (JSON Patch with the
/// resourceVersion of the copy planned on); its answer is adopted and planned on again. Acts are
/// sent only under a durable intent, in a term that has confirmed the object within 10 s. Reports,
/// which differ in nothing that gates, follow at most once a second. A write that the server
/// refuses, or answers with 5xx, rests for 1 s doubling to 60 s; so does the third in a row that
/// conflicts or gets no answer, and a read of the object, which without an answer is due again
/// within 2.5 s.
class Reconciler {
 public:
  struct Options {
    std::string identity;
    std::string own_pod;
    std::string own_node;
    std::string job_namespace;
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
  /// Forgets the turn, the answers and what plans remembered. The caller drops mutating calls.
  void EndTerm(kube::Calls& calls);

  /// What the latest plans want watched.
  std::set<planner::WantedWatch> Interests() const;
  kube::Wake WakeAt(base::SteadyTime now) const;
  std::vector<base::LogRecord> TakeLogs();

  Scopes& scopes() { return scopes_; }
  const Progress& progress() const { return progress_; }
  const std::map<std::string, std::uint64_t>& evictions() const { return evictions_; }
  /// Counts answers and plans: something to show may have changed.
  std::uint64_t activity() const { return activity_; }

 private:
  /// What is remembered of one ClusterUpgrade during a term.
  struct Subject {
    std::string uid;
    planner::Memory memory;
    std::set<planner::WantedWatch> interests;
    std::set<planner::ActionKey> listed;
    std::vector<planner::Finding> told;  ///< findings told in Events
    std::optional<base::SteadyTime> look_at;
    std::optional<base::SteadyTime> confirmed;  ///< the last write or read of this term
    api::ClusterUpgradeStatus observed;         ///< durable, told in log, events and metrics
    base::SteadyTime report_after;              ///< reports are written at most once a second
    base::SteadyTime write_after;               ///< back-off after a write that was not kept
    int refusals = 0;                           ///< writes that were not kept, in a row
    int look_ups = 0;                           ///< of them, conflicts and lost replies
    int losses = 0;  ///< reports in a row of which the server did not keep all
  };
  struct Pending {
    Turn::State state = Turn::State::kIdle;
    std::string name;
    std::optional<port::CallId> call;
    api::ClusterUpgradeStatus status;  ///< being written
    base::SteadyTime due;              ///< Reading without a call: when to ask again
    bool answered = false;             ///< the last call was
    int failures = 0;
  };

  void MarkAll();
  void FindWork(base::Now now, const kube::Calls& calls);
  void Tidy();
  std::set<planner::ActionKey> Listed() const;
  Subject& SubjectOf(const api::ClusterUpgrade& upgrade);
  std::string PickDirty() const;

  void Plan(const std::string& name, const Term& term, base::Now now, kube::Calls& calls);
  planner::World MakeWorld(const api::ClusterUpgrade& upgrade, const Term& term, base::Now now);
  void Carry(std::vector<Acts::Wanted> wanted, const Term& term, base::Now now, kube::Calls& calls);
  void ReleaseOrphans(const Term& term, base::Now now, kube::Calls& calls);
  void ServeSurvey(const Term& term, base::Now now, kube::Calls& calls);
  void Write(const api::ClusterUpgrade& upgrade,
             const api::ClusterUpgradeStatus& status,
             const Term& term,
             base::Now now,
             kube::Calls& calls);
  void Move(Turn::Input input, base::Now now, kube::Calls& calls);
  void Answered(const port::Event& event, base::Now now, kube::Calls& calls);
  Turn::Input AdoptAnswer(const port::Response& response, base::Now now);
  bool Kept(Subject& subject, const api::ClusterUpgradeStatus& kept, base::Now now) const;
  void Forget(const std::string& name, base::Now now, kube::Calls& calls);
  void BackOff(base::Now now, kube::Calls& calls);
  void NotWritten(Turn::Input input, const port::Event& event, base::Now now, kube::Calls& calls);
  void Committed(const api::ClusterUpgrade& upgrade, base::Now now);
  void ActDone(const Acts::Done& done, base::Now now);
  void AdoptObject(const Acts::Done& done, base::Now now);
  void Log(base::LogLevel level, std::string message, std::map<std::string, std::string> fields);

  Options options_;
  Watches& watches_;
  Scopes scopes_;
  Acts acts_;
  EventQueue events_;
  SurveyReader survey_;
  Progress progress_;
  std::map<std::string, std::uint64_t> evictions_;

  std::map<std::string, Subject, base::NaturalLess> subjects_;
  std::set<std::string, base::NaturalLess> dirty_;
  std::string last_planned_;
  Pending turn_;
  std::map<std::string, int> outages_;  ///< the longest in seconds, by UID of the object
  bool orphans_due_ = false;
  std::set<planner::ActionKey> orphans_;
  std::set<port::CallId> event_calls_;

  std::vector<std::uint64_t> seen_;  ///< the world that was planned on
  std::uint64_t answers_seen_ = 0;
  bool starved_ = false;  ///< something was not sent for want of room
  std::optional<base::SteadyTime> next_answer_;
  std::uint64_t activity_ = 0;
  std::vector<base::LogRecord> logs_;
};

}  // namespace cu::core
