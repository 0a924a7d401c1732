#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/log.hpp"
#include "base/natural_order.hpp"
#include "base/time.hpp"
#include "core/watches.hpp"
#include "core/write_cycle.hpp"
#include "kube/calls.hpp"

namespace cu::core {

/// Makes statuses durable: one write at a time in the process, by JSON Patch with the
/// resourceVersion of the copy that was planned on. What the server answers is adopted.
///
/// A write whose outcome is unknown is looked up by a read of the object. One that the server
/// refuses, or answers with 5xx, rests for 1 s doubling to 60 s; so does the third in a row that
/// conflicts or gets no answer, and a read, which without an answer is due again within 2.5 s.
/// Reports are written at most once a second; rarely, where the server drops a part of them. What
/// the server says is invalid or too large is made smaller at the next plan, for an hour.
class StatusWriter {
 public:
  /// `watches` outlives it.
  explicit StatusWriter(Watches& watches) : watches_(&watches) {}

  /// Nothing is being written or read: plans may be made.
  bool idle() const { return state_ == WriteCycle::State::kIdle; }
  /// This term has written or read the object within 10 s: nobody else acts on it.
  bool Confirmed(const api::ClusterUpgrade& upgrade, base::Now now) const;
  /// So it has by another write than of the status.
  void Confirm(const std::string& name, base::Now now);
  /// When a status that differs in reports alone may be written.
  base::SteadyTime ReportAfter(const api::ClusterUpgrade& upgrade) const;

  enum class Begun { kSent, kResting, kNoRoom };
  /// kResting: until `RestsUntil`. Pre: idle().
  Begun Write(const api::ClusterUpgrade& upgrade,
              const api::ClusterUpgradeStatus& status,
              base::SteadyTime not_after,
              base::Now now,
              kube::Calls& calls);
  base::SteadyTime RestsUntil(const api::ClusterUpgrade& upgrade) const;
  /// At which the next status is to be cut (planner/report/bounds.hpp).
  int LevelOf(const api::ClusterUpgrade& upgrade, base::Now now) const;

  /// What follows for the object that was written or read.
  struct Result {
    std::string name;
    bool plan = false;                                ///< it is to be planned on again
    bool forget = false;                              ///< it is gone
    bool rests = false;                               ///< its writes rest until RestsUntil
    std::optional<api::ClusterUpgradeStatus> before;  ///< durable() was this
    std::string refused;  ///< the server refuses the write: the code of HTTP; or ""
    std::optional<base::LogRecord> log;
  };
  bool Owns(port::CallId id) const { return call_ == id; }
  /// Pre: Owns(id).
  Result Handle(const port::Event& event, base::Now now, kube::Calls& calls);
  /// Sends the read that is due.
  void Serve(base::Now now, kube::Calls& calls);
  /// The last durable status of the object that is known by own writes and reads, or by what the
  /// watch showed first. Pre: the object is known.
  const api::ClusterUpgradeStatus& durable(const std::string& name) const;

  /// From the first plan on an object on: what the watch shows is durable.
  void Know(const api::ClusterUpgrade& upgrade);
  /// Forgets objects that are gone or were replaced.
  void Tidy();
  /// The term has ended: forgets everything.
  void Clear(kube::Calls& calls);
  kube::Wake wake_at() const;

 private:
  /// What is remembered of one object during a term.
  struct Object {
    std::string uid;
    api::ClusterUpgradeStatus durable;
    std::optional<base::SteadyTime> confirmed;  ///< the last write or read of this term
    base::SteadyTime report_after;
    base::SteadyTime write_after;  ///< back-off after a write that was not kept
    int refusals = 0;              ///< writes that were not kept, in a row
    int look_ups = 0;              ///< of them, conflicts and lost replies
    int level = 0;                 ///< at which statuses are cut
    base::SteadyTime tightened;    ///< when `level` became that
    int losses = 0;                ///< reports in a row of which the server did not keep all
  };

  const Object* Find(const api::ClusterUpgrade& upgrade) const;
  Object& ObjectOf(const std::string& name);  ///< that is known
  WriteCycle::Input Adopt(const port::Response& response, base::Now now, Result& result);
  bool Kept(Object& object, const api::ClusterUpgradeStatus& kept, base::Now now) const;
  void Move(WriteCycle::Input input, base::Now now, kube::Calls& calls, Result& result);
  void Read(base::Now now, kube::Calls& calls);
  void Forget(base::Now now, kube::Calls& calls, Result& result);
  void BackOff(base::Now now, kube::Calls& calls, Result& result);
  void NotWritten(WriteCycle::Input input,
                  const port::Event& event,
                  base::Now now,
                  kube::Calls& calls,
                  Result& result);

  Watches* watches_;
  std::map<std::string, Object, base::NaturalLess> objects_;  ///< by name
  WriteCycle::State state_ = WriteCycle::State::kIdle;
  std::string name_;                  ///< being written or read
  api::ClusterUpgradeStatus status_;  ///< being written
  std::optional<port::CallId> call_;
  base::SteadyTime read_due_;  ///< reading without a call: when to ask again
  bool answered_ = false;      ///< the last call was
  int read_failures_ = 0;
};

}  // namespace cu::core
