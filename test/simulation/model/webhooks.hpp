#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/database.hpp"

namespace cu::simulation {

/// An admission webhook that fails closed and is asked about every pod that is created, but for
/// those in the namespace of Jobs; and who answers for it.
class PodWebhook {
 public:
  PodWebhook(Timeline& timeline, Database& database) : timeline_(timeline), database_(database) {}

  /// `mutating`: as a MutatingWebhookConfiguration. `asks_itself`: about pods in the namespace of
  /// its Service, too.
  void Install(bool mutating, bool asks_itself);
  /// One ready endpoint on each of these nodes; "": it names none. Does nothing before Install.
  void Answer(const std::vector<std::string>& nodes);
  /// Since when there is none.
  std::optional<base::SteadyTime> unanswered_since() const { return unanswered_since_; }
  /// Whether no pod can be created in the namespace now.
  bool Refuses(const std::string& ns) const;

 private:
  Timeline& timeline_;
  Database& database_;
  bool installed_ = false;
  std::optional<base::SteadyTime> unanswered_since_;
};

}  // namespace cu::simulation
