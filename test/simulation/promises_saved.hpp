#pragma once
#include <map>
#include <set>
#include <string>

#include "promises_drain.hpp"

namespace cu::simulation {

/// P15: a saved pod exists exactly once at the end: it is never lost and never there twice. P11:
/// Ready is not True before.
class SavedPodPromises : public Observer {
 public:
  SavedPodPromises(Cluster& cluster, Duration view_lag, ViolationReporter report);
  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  /// At the end of the run.
  void CheckEnd();
  /// How many saved pods the controller has evicted or deleted.
  std::size_t removed() const { return removed_.size(); }

 private:
  struct Saved {
    std::string key;                       ///< of the pod
    Json pod;                              ///< as it was, without what the cluster added
    base::SteadyTime template_gone_since;  ///< of the PodTemplate
    bool template_exists = true;           ///< its PodTemplate
    bool copy_ran = false;
    bool ours = false;  ///< the controller has made it
  };
  void OnChange(const Change& change);
  void OnTemplate(const Change& change);
  void OnPod(const Change& change);
  void CheckCreation(const Call& call);
  void CheckTemplateDeletion(const Call& call);

  Cluster& cluster_;
  Duration view_lag_;
  ViolationReporter report_;
  std::map<std::string, Saved> saved_;  ///< by the pod's UID
  std::map<std::string, std::string>
      removed_;  ///< key of the pod: UID that the controller evicted or deleted
};

}  // namespace cu::simulation
