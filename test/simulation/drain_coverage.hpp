#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "network.hpp"

namespace cu::simulation {

/// Counts the answers to evictions and to the other actions of drains, by kind.
class DrainCoverage : public Observer {
 public:
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnUnanswered(const Call& call) override;
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

  /// The kinds that a long series of runs has to cover, each with 0.
  static const std::map<std::string, std::uint64_t>& Kinds();

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace cu::simulation
