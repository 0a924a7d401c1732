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

/// Kinds of objects; kUpgrade is ClusterUpgrade.
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
  kDaemonSet,
  kDeployment,
  kStatefulSet,
  kReplicaSet,
  kEndpointSlice,
  kValidatingWebhooks,
  kMutatingWebhooks,
  kConfigMap
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

/// One entry of the write log: who changed what, and when.
struct Change {
  std::uint64_t version = 0;
  Kind kind = Kind::kNode;
  std::string key;
  ObjectPtr before;  ///< null: created
  ObjectPtr after;   ///< null: deleted
  ObjectPtr object;  ///< as watches send it: `after`, or the last state, with the new version
  std::string actor;
  base::SteadyTime time;
};

/// The contents of etcd. One counter gives all objects their resource versions.
class Database {
 public:
  using Objects = std::map<std::string, ObjectPtr>;

  explicit Database(Timeline& timeline) : timeline_(timeline) {}

  ObjectPtr Find(Kind kind, const std::string& key) const;
  const Objects& All(Kind kind) const { return objects_[static_cast<std::size_t>(kind)]; }
  /// The keys of All, for loops that write.
  std::vector<std::string> Keys(Kind kind) const;
  std::uint64_t version() const { return version_; }
  std::string NewUid();

  /// Creates or replaces. Storing an object unchanged is not a write and keeps its version. New
  /// objects get uid and creationTimestamp if they have none.
  ObjectPtr Put(Kind kind, Json value, const std::string& actor);
  /// Does nothing if the object is gone.
  void Edit(Kind kind,
            const std::string& key,
            const std::string& actor,
            const std::function<void(Json&)>& edit);
  void Remove(Kind kind, const std::string& key, const std::string& actor);
  /// As after a restore of etcd from a backup that was just taken: the same objects, and all
  /// versions are lower than any that was given before. Nothing is published.
  void GoBack();

  /// Called after each write, in the order of subscription. Pre: it does not write; it may add to
  /// the timeline.
  void Subscribe(std::function<void(const Change&)> subscriber) {
    subscribers_.push_back(std::move(subscriber));
  }

 private:
  void Publish(const Change& change);

  Timeline& timeline_;
  std::array<Objects, 17> objects_;
  std::uint64_t version_ = 1000;
  std::uint64_t uids_ = 0;
  std::vector<std::function<void(const Change&)>> subscribers_;
};

}  // namespace cu::simulation
