#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/time.hpp"
#include "kube/reflector.hpp"
#include "kube/store.hpp"

namespace cu::core {

/// What was logged of one watch.
class WatchLog {
 public:
  /// Objects that are not wholly readable, as far as that is new. `name` gives the watch's name.
  template <class Name>
  void ObjectNews(const kube::Reflector& watch,
                  const Name& name,
                  std::vector<base::LogRecord>& news) {
    if (watch.unreadable() != unreadable_) {
      TellObjects(watch, name(), news);
    }
  }
  /// Its last problem, if that is new, or that it is over.
  template <class Name>
  void ProblemNews(const kube::Reflector& watch,
                   const Name& name,
                   std::vector<base::LogRecord>& news) {
    if (watch.error() || problem_) {
      TellProblem(watch, name(), news);
    }
  }

 private:
  void TellObjects(const kube::Reflector& watch,
                   const std::string& name,
                   std::vector<base::LogRecord>& news);
  void TellProblem(const kube::Reflector& watch,
                   const std::string& name,
                   std::vector<base::LogRecord>& news);

  std::optional<std::string> problem_;
  std::map<std::string, std::string> unreadable_;  ///< what cannot be read, by key
};

/// A store, what keeps it equal to its collection, and what was said of that.
template <class T>
struct Watch {
  explicit Watch(kube::Collection collection) : reflector(std::move(collection), store) {}
  kube::Store<T> store;
  kube::Reflector reflector;
  WatchLog log;

  /// Appends two numbers. Equal numbers, equal contents: nothing that a plan reads has changed.
  void Stamp(base::Now now, std::vector<std::uint64_t>& stamp) const {
    stamp.push_back(store.changes());
    stamp.push_back((reflector.listed() ? 1U : 0U) + (reflector.current(now) ? 2U : 0U) +
                    (reflector.denied() ? 4U : 0U));
  }
};

}  // namespace cu::core
