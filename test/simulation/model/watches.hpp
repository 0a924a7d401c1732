#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "model/database.hpp"
#include "model/target.hpp"

namespace cu::simulation {

/// What a watch sends: lines, and the version of the object in each. An empty line: the server
/// ended the watch in order.
using WatchSink = std::function<void(const std::string& line, Kind kind, std::uint64_t version)>;

/// The watch cache: a window of history and the open watches.
class Watches {
 public:
  Watches(Timeline& timeline, Database& database);

  /// How many changes are remembered; older versions get "410 Gone".
  void set_window(std::size_t changes) { window_ = changes; }
  /// Whether a watch from `version` is too old.
  bool Expired(std::uint64_t version) const { return version < oldest_; }
  /// Forgets history, as etcd's compaction does.
  void Compact();
  /// Of a version that is still to come.
  bool Ahead(std::uint64_t version) const { return version > database_.version(); }

  /// Pre: !Expired(from). Sends at once what happened since.
  std::uint64_t Open(const Selection& selection,
                     std::uint64_t from,
                     bool bookmarks,
                     Duration timeout,
                     WatchSink sink);
  void Close(std::uint64_t id) { open_.erase(id); }
  std::size_t open_count() const { return open_.size(); }

 private:
  struct Watch {
    Selection selection;
    bool bookmarks = false;
    WatchSink sink;
  };
  void Send(const Watch& watch, const Change& change) const;
  void SendBookmarks(std::uint64_t id);

  Timeline& timeline_;
  Database& database_;
  std::deque<Change> history_;
  std::size_t window_ = 1000;
  std::uint64_t oldest_ = 0;  ///< the first version that a watch may start from
  std::map<std::uint64_t, Watch> open_;
  std::uint64_t next_ = 0;
};

}  // namespace cu::simulation
