#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/objects.hpp"
#include "model/timeline.hpp"

namespace cu::simulation {

enum class Kind {
  kNode,
  kPod,
  kBudget,
  kJob,
  kLease,
  kUpgrade,
  kPodTemplate,
  kAttachment,
  kVolume,
  kDaemonSet
};

/// One version of one object; never changes.
class Object {
 public:
  explicit Object(Json value) : value_(std::move(value)) {}
  const Json& value() const { return value_; }
  /// As JSON text, made when first asked for.
  const std::string& text() const {
    if (text_.empty()) {
      text_ = value_.dump();
    }
    return text_;
  }

 private:
  Json value_;
  mutable std::string text_;
};
using ObjectPtr = std::shared_ptr<const Object>;

/// One line of the write log: who changed what, and when.
struct Change {
  std::uint64_t version = 0;
  Kind kind = Kind::kNode;
  std::string key;
  ObjectPtr before;  ///< none: created
  ObjectPtr after;   ///< none: deleted
  ObjectPtr shown;   ///< what watches carry: `after`, or the last state with the deletion's version
  std::string actor;
  base::SteadyTime time;
};

/// What etcd holds. One counter of versions for everything.
class Database {
 public:
  using Objects = std::map<std::string, ObjectPtr>;

  explicit Database(Timeline& timeline) : timeline_(timeline) {}

  ObjectPtr Find(Kind kind, const std::string& key) const;
  const Objects& All(Kind kind) const { return objects_[static_cast<std::size_t>(kind)]; }
  std::uint64_t version() const { return version_; }
  std::uint64_t writes() const { return writes_; }
  std::string NewUid();

  /// Creates or replaces. An unchanged object is no write and keeps its version. New objects get
  /// uid and creationTimestamp if they have none.
  ObjectPtr Put(Kind kind, Json value, const std::string& actor);
  /// Changes what is there; nothing if it is gone.
  void Edit(Kind kind,
            const std::string& key,
            const std::string& actor,
            const std::function<void(Json&)>& edit);
  void Remove(Kind kind, const std::string& key, const std::string& actor);

  /// Called after each write, in the order of subscription. It must not write: let it use the
  /// timeline.
  void Subscribe(std::function<void(const Change&)> subscriber) {
    subscribers_.push_back(std::move(subscriber));
  }

 private:
  void Publish(const Change& change);

  Timeline& timeline_;
  std::array<Objects, 10> objects_;
  std::uint64_t version_ = 1000;
  std::uint64_t writes_ = 0;
  std::uint64_t uids_ = 0;
  std::vector<std::function<void(const Change&)>> subscribers_;
};

}  // namespace cu::simulation
