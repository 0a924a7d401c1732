#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "kube/calls.hpp"
#include "kube/page_size.hpp"
#include "kube/paths.hpp"
#include "kube/store.hpp"
#include "port/port.hpp"

namespace cu::kube {

/// Keeps one sink equal to one collection: consistent list in pages of 100, then a watch with
/// bookmarks, resumed where it ended. One call or stream at a time. Pages have fewer objects where
/// those are large (PageSize); one that is too large for the shell is asked for anew at once, with
/// fewer, down to one.
///
///   kBackingOff  due                  list, or watch if a resourceVersion is known
///   kListing     a page               the next page; after the last one watch
///   kListing     410, 400, unreadable, older
///                                     back off, list from the start
///   kListing     page too large       the same page, with fewer objects
///   kListing     refused, no answer,
///                too large an object  back off, the same page
///   kOpening     200                  kWatching
///   kWatching    ended in order       watch at once (back off if within 1 s without a line)
///   kWatching    100 to 125 s of silence,
///                line too long        abort, back off, list from the start
///   both         410 right after the list
///                                     watch from the list's very version
///   both         410 of a resumed watch, 5 s after the last list
///                                     list from the start, at once
///   both         another 410, resourceVersion too large (at least 1 s), unreadable line, ERROR
///                event                back off, list from the start
///   both         refused, no answer   back off, watch
///
/// A consistent list that is older than what was shown before means that etcd was restored from a
/// backup. One may come from a server or a proxy that is wrong; three in a row within half a minute
/// are believed (went_back), and then everybody begins anew (BeginAnew).
///
/// Back-off: 0.8 s doubling to 30 s, times [1, 2), never sooner than Retry-After; to 1.25 s for a
/// connection that fails, and for a refusal within a minute of a live watch or of a connection that
/// failed: a kube-apiserver that starts answers 403, 410, 429 and 500 for some seconds, and is
/// followed again within 5 s. Starts again at 0.8 s after a watch that lived for 5 s and is
/// resumed, or after 2 minutes of health. (The other constants are those of client-go's reflector.)
///
/// A kube-apiserver sends a bookmark 60 s after the last one at the earliest, and a second or more
/// later (k8s.io/apiserver pkg/storage/cacher/cacher.go, defaultBookmarkFrequency); servers that
/// are busy, and others, take up to a quarter longer. Each watch has a bound of its own above that.
/// But no bookmark is sent of the version that a watch started from, and on a quiet cluster there
/// is no other for ten minutes (cache_watcher.go, process; etcd's progress notifications). So a
/// watch starts from one version below what is known: at most one line comes twice.
class Reflector {
 public:
  static constexpr int kOlderLists = 3;
  /// A watch that was silent for so long is dead: at least, and at most.
  static constexpr std::chrono::seconds kSilenceAtLeast{100};
  static constexpr std::chrono::seconds kSilenceAtMost{125};
  /// `sink` outlives it. Serve starts it.
  Reflector(Collection collection, ObjectSink& sink);

  bool Owns(port::CallId id) const;
  /// Pre: Owns(what Calls::Accept gave for the event).
  void Handle(const port::Event& event, base::Now now, Calls& calls);
  /// Serves what is due; the first time it lists. Harmless when nothing is due.
  void Serve(base::Now now, Calls& calls);
  /// Lists anew with the next Serve, for a reader to whom a view that lags is not good enough. The
  /// store keeps its objects; fresh() is false until that list is complete. Pre: not closed.
  void Refresh(Calls& calls);
  bool fresh() const { return fresh_; }
  /// The last list was older than what was shown before: what is held may be of the past.
  bool in_doubt() const { return older_lists_ > 0; }
  /// So were the last three: it is to be believed.
  bool went_back() const { return older_lists_ >= kOlderLists; }
  /// Forgets everything, the sink's objects too, and lists with the next Serve. Pre: not closed.
  void BeginAnew(Calls& calls);
  /// For good: aborts what is open.
  void Close(Calls& calls);

  /// A list was complete once: the store is whole, if perhaps old.
  bool listed() const { return listed_; }
  /// Listed, the watch is open (or being resumed after an orderly end), and not silent for too
  /// long: only then may the planner start a node.
  bool current(base::Now now) const;
  /// The last sign of life of the list or the watch; none before the first.
  std::optional<base::SteadyTime> last_heard() const { return heard_; }
  /// This may not be read (403), or the server has no such API (404): so it answered last, and not
  /// as one that starts does.
  bool denied() const { return denied_; }
  /// The last problem in words, until the watch is open again.
  const std::optional<base::Error>& error() const { return error_; }
  /// See ObjectSink.
  const std::map<std::string, std::string>& unreadable() const { return sink_->unreadable(); }
  const Collection& collection() const { return collection_; }
  Wake wake_at() const;

 private:
  enum class State { kBackingOff, kListing, kOpening, kWatching, kClosed };
  enum class Next { kList, kSamePage, kWatch };

  std::string Target(std::vector<std::pair<std::string, std::string>> query) const;
  void List(base::Now now, Calls& calls);
  void Watch(base::Now now, Calls& calls);
  void OnErrorResponse(const port::Response& response, base::Now now, Calls& calls);
  void OnPage(const port::Response& response, base::Now now, Calls& calls);
  void OnOlderList(const ListPosition& list, base::Now now, Calls& calls);
  void OnLine(const std::string& line, base::Now now, Calls& calls);
  void OnEnd(const port::StreamEnded& end, base::Now now, Calls& calls);
  bool TryExact(base::Now now, Calls& calls);
  bool IsStarting(base::Now now) const;
  bool MayListAtOnce(base::Now now) const;
  void ListAnew(const base::Error& error, base::Now now, Calls& calls);
  void OnError(const base::Error& error, base::Now now, Calls& calls);
  void Postpone(base::Now now, Calls& calls);
  struct Retry;
  void BackOff(const base::Error& error, Retry retry, base::Now now, Calls& calls);

  Collection collection_;
  ObjectSink* sink_;
  State state_ = State::kBackingOff;
  Next next_ = Next::kList;
  port::CallId call_{};
  base::SteadyTime due_ = base::SteadyTime::min();
  std::string continue_;
  std::string resource_version_;
  bool from_list_ = false;  ///< it is the list's
  bool exact_ = false;      ///< the version below is gone: watch from this one
  std::optional<base::SteadyTime> heard_;
  std::optional<base::SteadyTime> healthy_since_;
  std::optional<base::SteadyTime> alive_;   ///< the last sign of life of a watch
  std::optional<base::SteadyTime> broken_;  ///< a connection failed last
  base::SteadyTime listed_at_;
  base::SteadyTime opened_;
  std::chrono::nanoseconds silence_ = kSilenceAtLeast;  ///< the bound of this watch
  bool any_line_ = false;
  bool resuming_ = false;  ///< opening again after an orderly end
  bool listed_ = false;
  bool fresh_ = true;
  bool denied_ = false;
  int failures_ = 0;
  int older_lists_ = 0;  ///< in a row, within half a minute
  base::SteadyTime first_older_;
  PageSize page_size_;
  std::optional<base::Error> error_;
};

}  // namespace cu::kube
