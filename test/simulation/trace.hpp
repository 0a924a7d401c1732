#pragma once
#include <ostream>
#include <string>

#include "network.hpp"

namespace cu::simulation {

/// Tells a run as it happens, one line for each thing.
class Trace : public Observer {
 public:
  Trace(Cluster& cluster, std::ostream& out);
  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnBatch(const std::string& process, std::size_t size) override;
  void OnProcess(const std::string& process, const std::string& what) override;
  void Say(const std::string& text);

 private:
  void OnChange(const Change& change);

  Cluster& cluster_;
  std::ostream& out_;
  std::size_t wakes_ = 0;  ///< batches without an event in a row, at one moment
  base::SteadyTime woken_;
};

}  // namespace cu::simulation
