#include "kube/store.hpp"

#include <set>
#include <utility>

#include "base/memory_use.hpp"
#include "base/natural_order.hpp"
#include "codec/decode/watch_head.hpp"
#include "codec/kinds.hpp"
#include "kube/responses.hpp"

namespace cu::kube {
namespace {

constexpr std::size_t kMostUnreadable = 100;
constexpr std::size_t kMostChanged = 200;
constexpr const char* kTooMuch =
    "all objects of its kind take too much memory: its labels and its selector are not kept";

void Note(std::map<std::string, std::string>& unreadable,
          const std::string& key,
          const std::string& what) {
  unreadable.erase(key);
  if (!what.empty() && unreadable.size() < kMostUnreadable) {
    unreadable.emplace(key, what);
  }
}

std::size_t WeightOf(const api::StringMap& texts) {
  std::size_t weight = 0;
  for (const auto& [name, value] : texts) {
    weight += base::kMapEntryBytes + name.size() + value.size();
  }
  return weight;
}

/// What an object takes that somebody else may make large.
template <class T>
std::size_t WeightOf(const T& object) {
  std::size_t weight = 0;
  if constexpr (requires { object.meta.labels; }) {
    weight += WeightOf(object.meta.labels) + WeightOf(object.meta.annotations);
  }
  if constexpr (requires { object.selector->match_labels; }) {
    if (object.selector) {
      weight += WeightOf(object.selector->match_labels);
      for (const api::SelectorRequirement& expression : object.selector->match_expressions) {
        weight += sizeof(expression) + expression.key.size() + base::BytesOf(expression.values);
      }
    }
  }
  if constexpr (requires { object.claims; }) {
    weight += base::BytesOf(object.claims);
  }
  return weight;
}

}  // namespace

bool OlderResourceVersion(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

template <class T>
const T* Store<T>::Find(std::string_view key) const {
  const auto found = items_.find(key);
  return found == items_.end() ? nullptr : &found->second;
}

template <class T>
bool Store<T>::Lighten(T& object, std::size_t bytes) {
  if constexpr (requires { object.oversized; }) {
    if (bytes + WeightOf(object) <= kBytesMax) {
      return false;
    }
    object.oversized = true;
    object.meta.labels.clear();
    if constexpr (requires { object.claims; }) {
      object.claims.clear();
    } else if (object.selector) {
      object.selector = api::LabelSelector{};
    }
    return true;
  }
  return false;
}

template <class T>
bool Store<T>::Put(T object) {
  std::string key = object.meta.Key();
  const auto found = items_.find(key);
  if (found == items_.end()) {
    Changed(key);
    bytes_ += WeightOf(object);
    items_.emplace(std::move(key), std::move(object));
    return true;
  }
  T& held = found->second;
  if (!OlderResourceVersion(held.meta.resource_version, object.meta.resource_version)) {
    return false;
  }
  if (!(held == object)) {
    Changed(key);
  }
  bytes_ += WeightOf(object);
  bytes_ -= WeightOf(held);
  held = std::move(object);
  return true;
}

template <class T>
void Store<T>::Erase(const std::string& key, const std::string& resource_version) {
  const auto found = items_.find(key);
  if (found == items_.end() ||
      OlderResourceVersion(resource_version, found->second.meta.resource_version)) {
    return;
  }
  bytes_ -= WeightOf(found->second);
  items_.erase(found);
  Changed(key);
}

template <class T>
void Store<T>::Changed(const std::string& key) {
  ++changes_;
  changed_.push_back(key);
  if (changed_.size() > kMostChanged) {
    changed_.pop_front();
  }
}

template <class T>
std::optional<std::vector<std::string>> Store<T>::ChangedSince(std::uint64_t since) const {
  const std::uint64_t count = changes_ - since;
  if (since > changes_ || count > changed_.size()) {
    return std::nullopt;
  }
  return std::vector<std::string>(changed_.end() - static_cast<std::ptrdiff_t>(count),
                                  changed_.end());
}

template <class T>
void Store<T>::Adopt(T newest) {
  // Cleared, and not listed since: the answer may be of the past.
  if (resource_version_.empty() && items_.empty() && changes_ > 0) {
    return;
  }
  // Absent though the watch has come further: it was deleted since.
  const bool known_gone = !OlderResourceVersion(resource_version_, newest.meta.resource_version);
  const std::string key = newest.meta.Key();
  if (known_gone && !items_.contains(key)) {
    return;
  }
  if (Put(std::move(newest))) {
    unreadable_.erase(key);
  }
}

template <class T>
base::Result<ListPosition> Store<T>::OnPage(const std::string& body, bool first) {
  if (first) {
    listed_.clear();
    listed_held_.clear();
    listed_unreadable_.clear();
    listed_bytes_ = 0;
  }
  base::Result<codec::Page<T>> decoded = codec::DecodePage<T>(body);
  if (!decoded) {
    return decoded.error();
  }
  codec::Page<T> page = *std::move(decoded);
  const std::size_t objects = page.items.size();
  if (OlderResourceVersion(page.resource_version, resource_version_)) {
    return ListPosition{"", std::move(page.resource_version), objects, resource_version_};
  }
  for (T& item : page.items) {
    const auto unreadable = page.unreadable.find(item.meta.Key());
    if (unreadable != page.unreadable.end()) {
      Note(listed_unreadable_, unreadable->first, unreadable->second);
    }
    const T* held = Find(item.meta.Key());
    if (held != nullptr && held->meta.resource_version == item.meta.resource_version) {
      const auto was = unreadable_.find(item.meta.Key());
      Note(listed_unreadable_, item.meta.Key(), was == unreadable_.end() ? "" : was->second);
      listed_held_.insert(item.meta.Key());
      listed_bytes_ += WeightOf(*held);
      continue;
    }
    if (Lighten(item, listed_bytes_)) {
      Note(listed_unreadable_, item.meta.Key(), kTooMuch);
    }
    listed_bytes_ += WeightOf(item);
    listed_.push_back(std::move(item));
  }
  listed_resource_version_ = page.resource_version;
  return ListPosition{
      std::move(page.continue_token), std::move(page.resource_version), objects, ""};
}

template <class T>
void Store<T>::OnListComplete() {
  auto named = std::exchange(listed_held_, {});
  listed_bytes_ = 0;
  for (T& object : std::exchange(listed_, {})) {
    const auto key = named.insert(object.meta.Key()).first;
    // A list tells everything up to its version. If it names an older object than the one held,
    // etcd was restored meanwhile, and has come past what was seen.
    const auto held = items_.find(*key);
    if (held != items_.end() &&
        !OlderResourceVersion(listed_resource_version_, held->second.meta.resource_version) &&
        OlderResourceVersion(object.meta.resource_version, held->second.meta.resource_version)) {
      held->second.meta.resource_version.clear();
    }
    Put(std::move(object));
  }
  std::vector<std::string> gone;
  for (const auto& [key, object] : items_) {
    if (!named.contains(key)) {
      gone.push_back(key);
    }
  }
  for (const std::string& key : gone) {
    Erase(key, listed_resource_version_);
  }
  resource_version_ = std::exchange(listed_resource_version_, {});
  unreadable_ = std::exchange(listed_unreadable_, {});
}

template <class T>
void Store<T>::Clear() {
  for (const auto& [key, object] : items_) {
    Changed(key);
  }
  items_.clear();
  bytes_ = listed_bytes_ = 0;
  listed_.clear();
  listed_held_.clear();
  listed_unreadable_.clear();
  listed_resource_version_.clear();
  resource_version_.clear();
  unreadable_.clear();
}

template <class T>
const std::string* Store<T>::KnownVersion(const std::string& line) const {
  const auto head = codec::PeekWatchHead(line);
  if (!head || (head->type != "ADDED" && head->type != "MODIFIED")) {
    return nullptr;
  }
  const T* held = Find(head->ns.empty() ? head->name : head->ns + "/" + head->name);
  const bool known = held != nullptr && held->meta.resource_version == head->resource_version;
  return known ? &held->meta.resource_version : nullptr;
}

template <class T>
base::Result<std::string> Store<T>::OnLine(const std::string& line) {
  if (const std::string* known = KnownVersion(line)) {
    if (OlderResourceVersion(resource_version_, *known)) {
      resource_version_ = *known;
    }
    return resource_version_;
  }
  base::Result<codec::WatchEvent<T>> decoded = codec::DecodeWatchEvent<T>(line);
  if (!decoded) {
    return decoded.error();
  }
  codec::WatchEvent<T> event = *std::move(decoded);
  if (event.type == codec::WatchType::kError) {
    return ErrorOf(event.status);
  }
  const std::string resource_version = event.object.meta.resource_version;
  if (!OlderResourceVersion(resource_version_, resource_version)) {
    return resource_version_;
  }
  resource_version_ = resource_version;
  if (event.type == codec::WatchType::kBookmark) {
    return resource_version_;
  }
  const std::string key = event.object.meta.Key();
  if (event.type == codec::WatchType::kDeleted) {
    unreadable_.erase(key);
    Erase(key, resource_version);
  } else {
    const T* held = Find(key);
    const std::size_t others = bytes_ - (held == nullptr ? 0 : WeightOf(*held));
    const bool lightened = Lighten(event.object, others);
    Note(unreadable_, key, lightened ? kTooMuch : event.unreadable);
    Put(std::move(event.object));
  }
  return resource_version_;
}

#define CU_STORE(Type, group_version, plural) template class Store<api::Type>;
CU_KINDS(CU_STORE)
#undef CU_STORE

}  // namespace cu::kube
