#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "network.hpp"

namespace cu::simulation {

/// Counts what became of evictions, and the other acts of a drain.
class Answers : public Observer {
 public:
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnUnanswered(const Call& call) override;
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

  /// Every kind that a long series of runs has to meet.
  static const std::map<std::string, std::uint64_t>& Kinds();

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace cu::simulation
