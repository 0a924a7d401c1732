#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kube/calls.hpp"
#include "kube/page_size.hpp"
#include "planner/gates/survey.hpp"
#include "planner/model/world.hpp"

namespace cu::core {

/// Looks at every pod of the cluster: PersistentVolumes, then pods of all namespaces, in pages of
/// which none is kept. Looks again when nodes, budgets or the spec have changed, but not
/// sooner than 5 s after the last look, nor than five times what that took; pods are not watched,
/// so also after 60 s while a finding blocks, and after 10 minutes otherwise.
///
/// A page that is too large is asked for anew at once, with fewer objects, down to one. An object
/// that is not wholly readable counts with what can be read of it.
///
/// No right to list volumes: goes on without. 410 or 400 for a page: from the start. Everything
/// else backs off, 1 s doubling to 30 s, never sooner than Retry-After, and asks for the same page.
class SurveyReader {
 public:
  bool Owns(port::CallId id) const { return call_ == id; }
  /// Pre: Owns(id). The page is folded by the next Serve.
  void Handle(const port::Event& event, base::Now now, kube::Calls& calls);
  /// Continues the survey for the object of `world`. `changes`: Watches::ChangeStamp; a different
  /// one means that the world has changed.
  void Serve(const planner::World& world,
             const std::vector<std::uint64_t>& changes,
             kube::Calls& calls);
  /// Nobody wants it any more: forgets everything.
  void Stop(kube::Calls& calls);

  /// Of the last complete look; null before the first.
  const planner::Survey* result() const { return result_ ? &*result_ : nullptr; }
  /// What holds the look up that is under way, or "".
  const std::string& problem() const { return problem_; }
  /// Counts new results and problems.
  std::uint64_t activity() const { return activity_; }
  kube::Wake wake_at() const;

 private:
  enum class Phase { kIdle, kVolumes, kPods };
  using Page =
      std::variant<std::monostate, std::vector<api::PersistentVolume>, std::vector<api::Pod>>;

  bool Due(const std::string& key, const std::vector<std::uint64_t>& changes, base::Now now);
  void Begin(const planner::World& world, const std::vector<std::uint64_t>& changes);
  void Fold(const planner::World& world);
  void Ask(base::Now now, kube::Calls& calls);
  void Refused(const port::Response& response, base::Now now, kube::Calls& calls);
  void Retry(const std::string& problem,
             std::chrono::seconds not_sooner,
             base::Now now,
             kube::Calls& calls);
  template <class T>
  bool Take(const std::string& body);

  Phase phase_ = Phase::kIdle;
  std::optional<planner::SurveyFold> fold_;
  std::optional<planner::Survey> result_;
  std::vector<std::uint64_t> looked_at_;  ///< `changes` when the look began
  std::optional<port::CallId> call_;
  Page page_;  ///< read and not folded yet
  std::string continue_;
  bool from_start_ = false;  ///< the look has to begin anew
  base::SteadyTime began_;
  base::SteadyTime due_ = base::SteadyTime::min();  ///< of the next page
  std::optional<base::SteadyTime> next_look_;
  base::SteadyTime ended_;
  base::SteadyTime::duration took_{};
  int failures_ = 0;
  kube::PageSize page_size_;
  std::string problem_;
  std::uint64_t activity_ = 0;
};

}  // namespace cu::core
