#pragma once
#include <functional>
#include <string>
#include <vector>

#include "node/host.hpp"
#include "node/options.hpp"

namespace cu::node {

/// Runs acts one after the other, with a line before and after each, and stops between them when
/// SIGTERM came; within a stretch that must not be left half done it goes on to its end.
class Steps {
 public:
  explicit Steps(Host& host) : host_(host) {}

  /// Runs `act`. Its error comes back with the step's name before it.
  Status Do(const std::string& name, const std::string& what, const std::function<Status()>& act);
  /// The same for what must be tried hard: up to three times, and no stop.
  Status Insist(const std::string& name,
                const std::string& what,
                const std::function<Status()>& act);
  void Note(const std::string& name, const std::string& what);

  /// What was put back, or is left, for the report at the end.
  void Remember(const std::string& sentence);
  const std::vector<std::string>& remembered() const { return remembered_; }

  /// As long as one lives, SIGTERM waits.
  class Whole {
   public:
    explicit Whole(Steps& steps) : steps_(steps) { ++steps_.whole_; }
    Whole(const Whole&) = delete;
    Whole& operator=(const Whole&) = delete;
    ~Whole() { --steps_.whole_; }

   private:
    Steps& steps_;
  };

 private:
  Host& host_;
  int whole_ = 0;
  std::vector<std::string> remembered_;
};

enum class End {
  kDone,
  kWhole,        ///< failed; the node is as before, or whole all the same
  kNeedsPerson,  ///< failed, and it cannot be mended from here
};
struct Verdict {
  End end = End::kDone;
  base::Error error{};
  bool ok() const { return end == End::kDone; }
};

/// What all parts of the work share.
struct Work {
  Host& host;
  Steps& steps;
  const Options& options;
};

}  // namespace cu::node
