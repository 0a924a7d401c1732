#pragma once
#include <map>
#include <set>
#include <string>

#include "promises_drain.hpp"

namespace cu::simulation {

/// P15: a pod that was saved exists exactly once in the end: never lost, never twice. P11: Ready is
/// not said before.
class SavedPodPromises : public Observer {
 public:
  SavedPodPromises(Cluster& cluster, Duration view_lag, Accuse accuse);
  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  /// Once everything is quiet.
  void CheckEnd();
  /// Pods that were taken away and had to come back, so far.
  std::size_t taken() const { return taken_.size(); }

 private:
  struct Saved {
    std::string key;              ///< of the pod
    Json pod;                     ///< as it was, without what the cluster had added
    base::SteadyTime gone_since;  ///< of the PodTemplate
    bool kept = true;             ///< the PodTemplate is there
    bool copy_ran = false;
  };
  void OnChange(const Change& change);
  void OnTemplate(const Change& change);
  void OnPod(const Change& change);
  void CheckCreation(const Call& call);
  void CheckForgetting(const Call& call);

  Cluster& cluster_;
  Duration view_lag_;
  Accuse accuse_;
  std::map<std::string, Saved> saved_;        ///< by the pod's UID
  std::map<std::string, std::string> taken_;  ///< key of the pod: UID that we took away
};

}  // namespace cu::simulation
