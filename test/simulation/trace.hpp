#pragma once
#include <ostream>
#include <string>

#include "network.hpp"

namespace cu::simulation {

/// Prints a run as it happens, one line per event.
class Trace : public Observer {
 public:
  Trace(Cluster& cluster, std::ostream& out);
  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnBatch(const std::string& process, std::size_t size) override;
  void OnProcess(const std::string& process, const std::string& what) override;
  void Print(const std::string& text);

 private:
  void OnChange(const Change& change);

  Cluster& cluster_;
  std::ostream& out_;
  std::size_t wakes_ = 0;  ///< consecutive batches without an event, at one time
  base::SteadyTime woken_;
};

}  // namespace cu::simulation
