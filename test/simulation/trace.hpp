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
  void OnProcess(const std::string& process, const std::string& what) override;
  void Say(const std::string& text);

 private:
  void OnChange(const Change& change);

  Cluster& cluster_;
  std::ostream& out_;
};

}  // namespace cu::simulation
