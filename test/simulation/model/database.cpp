#include "model/database.hpp"

#include <array>
#include <cstdio>

namespace cu::simulation {

ObjectPtr Database::Find(Kind kind, const std::string& key) const {
  const Objects& objects = All(kind);
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : found->second;
}

std::vector<std::string> Database::Keys(Kind kind) const {
  std::vector<std::string> keys;
  for (const auto& [key, object] : All(kind)) {
    keys.push_back(key);
  }
  return keys;
}

std::string Database::NewUid() {
  std::array<char, 48> text{};
  const unsigned long long number = ++uids_;
  std::snprintf(text.data(), text.size(), "0a1b2c3d-0000-4000-8000-%012llx", number);
  return text.data();
}

ObjectPtr Database::Put(Kind kind, Json value, const std::string& actor) {
  const std::string key = KeyOf(value);
  ObjectPtr& slot = objects_[static_cast<std::size_t>(kind)][key];
  Json& metadata = value["metadata"];
  if (slot != nullptr) {
    metadata["resourceVersion"] = TextAt(slot->value(), {"metadata", "resourceVersion"});
    if (value == slot->value()) {
      return slot;
    }
  } else {
    if (UidOf(value).empty()) {
      metadata["uid"] = NewUid();
    }
    if (!metadata.contains("creationTimestamp")) {
      metadata["creationTimestamp"] = base::FormatTime(timeline_.wall());
    }
  }
  Change change;
  change.version = ++version_;
  metadata["resourceVersion"] = std::to_string(change.version);
  change.kind = kind;
  change.key = key;
  change.before = slot;
  slot = std::make_shared<const Object>(std::move(value));
  change.after = slot;
  change.object = slot;
  change.actor = actor;
  change.time = timeline_.now();
  const ObjectPtr stored = slot;
  Publish(change);
  return stored;
}

void Database::Edit(Kind kind,
                    const std::string& key,
                    const std::string& actor,
                    const std::function<void(Json&)>& edit) {
  const ObjectPtr live = Find(kind, key);
  if (live != nullptr) {
    Json value = live->value();
    edit(value);
    Put(kind, std::move(value), actor);
  }
}

void Database::Remove(Kind kind, const std::string& key, const std::string& actor) {
  Objects& objects = objects_[static_cast<std::size_t>(kind)];
  const auto found = objects.find(key);
  if (found == objects.end()) {
    return;
  }
  Change change;
  change.version = ++version_;
  change.kind = kind;
  change.key = key;
  change.before = found->second;
  Json last = found->second->value();
  last["metadata"]["resourceVersion"] = std::to_string(change.version);
  change.object = std::make_shared<const Object>(std::move(last));
  change.actor = actor;
  change.time = timeline_.now();
  objects.erase(found);
  Publish(change);
}

void Database::GoBack() {
  version_ = 1;
  for (Objects& objects : objects_) {
    for (auto& [key, object] : objects) {
      Json value = object->value();
      value["metadata"]["resourceVersion"] = std::to_string(++version_);
      object = std::make_shared<const Object>(std::move(value));
    }
  }
}

void Database::Publish(const Change& change) {
  for (const auto& subscriber : subscribers_) {
    subscriber(change);
  }
}

}  // namespace cu::simulation
