#include "kube/store.hpp"

#include <set>
#include <utility>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "base/natural_order.hpp"
#include "kube/responses.hpp"

namespace cu::kube {
namespace {

constexpr std::size_t kMostUnreadable = 100;

void Note(std::map<std::string, std::string>& unreadable,
          const std::string& key,
          const std::string& what) {
  unreadable.erase(key);
  if (!what.empty() && unreadable.size() < kMostUnreadable) {
    unreadable.emplace(key, what);
  }
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
void Store<T>::Put(T object) {
  std::string key = object.meta.Key();
  const auto found = items_.find(key);
  if (found == items_.end()) {
    items_.emplace(std::move(key), std::move(object));
    ++changes_;
    return;
  }
  T& held = found->second;
  if (!OlderResourceVersion(held.meta.resource_version, object.meta.resource_version)) {
    return;
  }
  if (!(held == object)) {
    ++changes_;
  }
  held = std::move(object);
}

template <class T>
void Store<T>::Erase(const std::string& key, const std::string& resource_version) {
  const auto found = items_.find(key);
  if (found == items_.end() ||
      OlderResourceVersion(resource_version, found->second.meta.resource_version)) {
    return;
  }
  items_.erase(found);
  ++changes_;
}

template <class T>
void Store<T>::Adopt(T newest) {
  // Absent though the watch has come further: it was deleted since.
  const bool known_gone = !OlderResourceVersion(resource_version_, newest.meta.resource_version);
  if (known_gone && !items_.contains(newest.meta.Key())) {
    return;
  }
  Put(std::move(newest));
}

template <class T>
base::Result<ListPosition> Store<T>::OnPage(const std::string& body, bool first) {
  if (first) {
    listed_.clear();
    listed_unreadable_.clear();
  }
  base::Result<codec::Page<T>> decoded = codec::DecodePage<T>(body);
  if (!decoded) {
    return decoded.error();
  }
  codec::Page<T> page = *std::move(decoded);
  if (OlderResourceVersion(page.resource_version, resource_version_)) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "the list has resourceVersion " + page.resource_version + ", older than " +
                           resource_version_ + ", which was seen before"};
  }
  for (T& item : page.items) {
    if (Kept(item)) {
      const auto unreadable = page.unreadable.find(item.meta.Key());
      if (unreadable != page.unreadable.end()) {
        Note(listed_unreadable_, unreadable->first, unreadable->second);
      }
      listed_.push_back(std::move(item));
    }
  }
  listed_resource_version_ = page.resource_version;
  return ListPosition{std::move(page.continue_token), std::move(page.resource_version)};
}

template <class T>
void Store<T>::OnListComplete() {
  std::set<std::string, base::NaturalLess> named;
  for (T& object : std::exchange(listed_, {})) {
    named.insert(object.meta.Key());
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
base::Result<std::string> Store<T>::OnLine(const std::string& line) {
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
  if (event.type == codec::WatchType::kDeleted || !Kept(event.object)) {
    unreadable_.erase(key);
    Erase(key, resource_version);
  } else {
    Note(unreadable_, key, event.unreadable);
    Put(std::move(event.object));
  }
  return resource_version_;
}

template class Store<api::Node>;
template class Store<api::Pod>;
template class Store<api::WholePod>;
template class Store<api::SavedPod>;
template class Store<api::DaemonSet>;
template class Store<api::VolumeAttachment>;
template class Store<api::PodDisruptionBudget>;
template class Store<api::Job>;
template class Store<api::Lease>;
template class Store<api::ClusterUpgrade>;

}  // namespace cu::kube
