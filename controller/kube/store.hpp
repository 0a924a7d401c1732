#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/meta.hpp"
#include "base/natural_order.hpp"
#include "base/result.hpp"
#include "codec/decode.hpp"

namespace cu::kube {

/// Whether resourceVersion `a` is older than `b`: both are decimals of one resource (KEP-5504,
/// stable in 1.35): length first, then digits. "" is older than every other.
bool OlderResourceVersion(std::string_view a, std::string_view b);

/// Where a page of a list stands.
struct ListPosition {
  std::string continue_token;  ///< "" after the last page
  std::string resource_version;
  std::size_t objects = 0;  ///< on the page
  std::string older_than;   ///< not "": the page was not taken, because it is older than this
};

/// What a Reflector feeds. Decodes with codec/.
class ObjectSink {
 public:
  ObjectSink() = default;
  ObjectSink(const ObjectSink&) = delete;
  ObjectSink& operator=(const ObjectSink&) = delete;
  virtual ~ObjectSink() = default;

  /// One page of a consistent list; `first` drops what an unfinished list has brought. An error
  /// makes the reflector list anew. A list that is older than what was shown before is not taken.
  virtual base::Result<ListPosition> OnPage(const std::string& body, bool first) = 0;
  /// The last page was given: what the list did not name is gone.
  virtual void OnListComplete() = 0;
  /// Forgets everything, as if nothing had ever been listed.
  virtual void Clear() = 0;
  /// One line of a watch; gives the resourceVersion to resume from. Errors: kGone (410 in the
  /// stream), kMalformed, or what the server's ERROR event said.
  virtual base::Result<std::string> OnLine(const std::string& line) = 0;
  /// Objects that are held though not wholly readable: by key, what could not be read. At most 100.
  virtual const std::map<std::string, std::string>& unreadable() const = 0;
};

/// Objects of one collection by Metadata::Key, in natural order. Never goes back to an older
/// version of an object and never brings a deleted one back, in whatever order a list, the watch
/// and adopted answers of our own writes arrive. A list is taken over as a whole when it is
/// complete; until then, and while a watch is broken, the old objects stay.
///
/// A list that is older than what this store's list or watch has already shown is not taken:
/// a consistent list can only be older if etcd's history was replaced by a backup.
///
/// Objects take bounded memory: of each, codec/ keeps a bounded part, and pods or budgets, which
/// anybody with a namespace writes, together take at most kBytesMax for labels, selectors and the
/// like. What comes beyond that is held without them, and counts as unreadable; a budget then
/// selects more than it ought to.
///
/// T is one of the kinds in codec/kinds.hpp.
template <class T>
class Store final : public ObjectSink {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{14} << 20U;

  const api::ObjectMap<T>& items() const { return items_; }
  /// None: null. Valid until the store changes.
  const T* Find(std::string_view key) const;
  /// The answer of an own write, which may be newer than the watch. After Clear, none until listed.
  void Adopt(T newest);
  /// Counts appearances, disappearances and changes by operator== of T, which leaves
  /// out the resourceVersion: a heartbeat or a bookmark plans nothing.
  std::uint64_t changes() const { return changes_; }
  /// The keys of what has appeared, disappeared or changed since changes() was `since`, with
  /// repetitions; none where that is more than 200 changes ago.
  std::optional<std::vector<std::string>> ChangedSince(std::uint64_t since) const;
  /// The list and the watch have shown everything up to this resourceVersion; "" before the first
  /// list.
  const std::string& resource_version() const { return resource_version_; }

  base::Result<ListPosition> OnPage(const std::string& body, bool first) override;
  void OnListComplete() override;
  void Clear() override;
  base::Result<std::string> OnLine(const std::string& line) override;
  const std::map<std::string, std::string>& unreadable() const override { return unreadable_; }

 private:
  /// Whether it is newer than what is held.
  bool Put(T object);
  void Erase(const std::string& key, const std::string& resource_version);
  void Changed(const std::string& key);
  /// Takes what does not fit into `bytes` any more away from the object; says whether it did.
  static bool Lighten(T& object, std::size_t bytes);
  /// The version that the line is about, if it is the one that is held: mostly that of an own write
  /// whose answer was adopted. Null otherwise. Spares reading most of the line.
  const std::string* KnownVersion(const std::string& line) const;

  api::ObjectMap<T> items_;
  std::vector<T> listed_;  ///< of the list under way
  /// The same: keys of objects that are held in that very version.
  std::set<std::string, base::NaturalLess> listed_held_;
  std::size_t listed_bytes_ = 0;  ///< WeightOf all that the list has named so far
  std::size_t bytes_ = 0;         ///< WeightOf `items_`
  std::map<std::string, std::string> listed_unreadable_;
  std::string listed_resource_version_;
  std::string resource_version_;
  std::map<std::string, std::string> unreadable_;
  std::uint64_t changes_ = 0;
  std::deque<std::string> changed_;  ///< keys of the last changes, the newest at the end
};

}  // namespace cu::kube
