#include "kube/reflector.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/backoff.hpp"
#include "base/check.hpp"
#include "codec/decode.hpp"
#include "kube/responses.hpp"

namespace cu::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstBackOff{800};
constexpr milliseconds kRefusedCap = seconds(30);
/// With jitter at most 2.5 s: a restarted API server is found again within that, and within as much
/// again where it refuses first.
constexpr milliseconds kBrokenCap{1250};
constexpr nanoseconds kHealthy = minutes(2);
/// A watch that has lived for so long was no accident.
constexpr nanoseconds kSettled = seconds(5);
/// So long after a sign of life, or of an outage, a refusal is taken for that of a server that
/// starts.
constexpr nanoseconds kStarting = minutes(1);
constexpr nanoseconds kOpenTimeout = seconds(30);
constexpr nanoseconds kVeryShort = seconds(1);
constexpr nanoseconds kNoRoomPause = milliseconds(250);
constexpr seconds kLagPause{1};
constexpr seconds kOlderWithin{30};
constexpr seconds kWatchAtLeast = minutes(5);

/// One below a decimal; what is none, and 1, as it is: "0" is any version to a server.
std::string VersionBefore(std::string version) {
  const std::size_t last = version.find_last_not_of('0');
  const bool decimal = version.find_first_not_of("0123456789") == std::string::npos;
  if (!decimal || last == std::string::npos || version == "1") {
    return version;
  }
  --version[last];
  std::fill(version.begin() + static_cast<std::ptrdiff_t>(last) + 1, version.end(), '9');
  return version.size() > 1 && version.front() == '0' ? version.substr(1) : version;
}

}  // namespace

/// What to do after a failure, and when.
struct Reflector::Retry {
  Next next = Next::kList;
  milliseconds cap = kRefusedCap;
  seconds not_sooner{0};
};

Reflector::Reflector(Collection collection, ObjectSink& sink)
    : collection_(std::move(collection)), sink_(&sink) {}

bool Reflector::Owns(port::CallId id) const {
  return id == call_ && id != port::CallId{};
}

bool Reflector::current(base::Now now) const {
  const bool alive = state_ == State::kWatching || (state_ == State::kOpening && resuming_);
  return listed_ && alive && heard_ && now.steady - *heard_ < silence_;
}

Wake Reflector::wake_at() const {
  switch (state_) {
    case State::kBackingOff:
    case State::kOpening:
      return due_;
    case State::kWatching:
      CU_CHECK(heard_);
      return *heard_ + silence_;
    case State::kListing:  // Calls holds the deadline
    case State::kClosed:
      return std::nullopt;
  }
  return std::nullopt;
}

void Reflector::Refresh(Calls& calls) {
  CU_CHECK(state_ != State::kClosed);
  calls.Drop(std::exchange(call_, {}));
  state_ = State::kBackingOff;
  next_ = Next::kList;
  due_ = base::SteadyTime::min();
  resuming_ = false;
  fresh_ = false;
}

void Reflector::BeginAnew(Calls& calls) {
  Refresh(calls);
  sink_->Clear();
  resource_version_.clear();
  heard_.reset();
  alive_.reset();
  broken_.reset();
  healthy_since_.reset();
  error_.reset();
  listed_ = denied_ = false;
  older_lists_ = 0;
}

void Reflector::Close(Calls& calls) {
  calls.Drop(std::exchange(call_, {}));
  state_ = State::kClosed;
}

void Reflector::Serve(base::Now now, Calls& calls) {
  const Wake due = wake_at();
  if (!due || now.steady < *due) {
    return;
  }
  if (state_ == State::kBackingOff) {
    if (next_ == Next::kWatch) {
      Watch(now, calls);
    } else {
      List(now, calls);
    }
  } else if (state_ == State::kOpening) {
    BackOff({base::ErrorKind::kTimeout, "the watch was not opened in time"},
            {Next::kWatch, kBrokenCap},
            now,
            calls);
  } else {
    // Another watch may be as deaf: only a list tells what was missed.
    const auto silent = std::chrono::duration_cast<seconds>(silence_).count();
    BackOff(
        {base::ErrorKind::kTimeout, "the watch was silent for " + std::to_string(silent) + " s"},
        {Next::kList, kBrokenCap},
        now,
        calls);
  }
}

void Reflector::Handle(const port::Event& event, base::Now now, Calls& calls) {
  CU_CHECK(call_ != port::CallId{});
  if (const auto* line = std::get_if<port::StreamLine>(&event)) {
    OnLine(line->line, now, calls);
  } else if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    if (state_ == State::kListing && Succeeded(answer->response)) {
      OnPage(answer->response, now, calls);
    } else {
      OnErrorResponse(answer->response, now, calls);
    }
  } else if (const auto* end = std::get_if<port::StreamEnded>(&event)) {
    OnEnd(*end, now, calls);
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    OnError(failed->error, now, calls);
  } else if (std::holds_alternative<port::StreamOpened>(event)) {
    CU_CHECK(state_ == State::kOpening);
    state_ = State::kWatching;
    heard_ = opened_ = now.steady;
    silence_ = kSilenceAtLeast + calls.Jitter(kSilenceAtMost - kSilenceAtLeast);
    healthy_since_ = healthy_since_.value_or(now.steady);
    any_line_ = denied_ = false;
    error_.reset();
  }
}

void Reflector::List(base::Now now, Calls& calls) {
  if (next_ == Next::kList) {
    continue_.clear();
  }
  std::vector<std::pair<std::string, std::string>> query{
      {"limit", std::to_string(page_size_.value())}};
  if (!continue_.empty()) {
    query.emplace_back("continue", continue_);
  }
  const auto id = calls.Send(port::Request::Get(Target(std::move(query))),
                             now,
                             {.timeout = kListTimeout, .not_after = std::nullopt});
  if (!id) {
    return Postpone(now, calls);
  }
  state_ = State::kListing;
  call_ = *id;
}

void Reflector::Watch(base::Now now, Calls& calls) {
  next_ = Next::kWatch;
  const nanoseconds lifetime = kWatchAtLeast + calls.Jitter(kWatchAtLeast);
  const auto whole = std::chrono::duration_cast<seconds>(lifetime).count();
  const std::string from = exact_ ? resource_version_ : VersionBefore(resource_version_);
  const auto id =
      calls.Open(port::Request::Get(Target({{"watch", "true"},
                                            {"allowWatchBookmarks", "true"},
                                            {"resourceVersion", from},
                                            {"timeoutSeconds", std::to_string(whole)}})),
                 now);
  if (!id) {
    return Postpone(now, calls);
  }
  state_ = State::kOpening;
  call_ = *id;
  due_ = now.steady + kOpenTimeout;
}

std::string Reflector::Target(std::vector<std::pair<std::string, std::string>> query) const {
  if (!collection_.field_selector.empty()) {
    query.emplace_back("fieldSelector", collection_.field_selector);
  }
  if (!collection_.label_selector.empty()) {
    query.emplace_back("labelSelector", collection_.label_selector);
  }
  return paths::WithQuery(collection_.path, query);
}

void Reflector::OnPage(const port::Response& response, base::Now now, Calls& calls) {
  base::Result<ListPosition> position = sink_->OnPage(response.body, continue_.empty());
  if (!position) {
    return BackOff(position.error(), {Next::kList}, now, calls);
  }
  if (!position->older_than.empty()) {
    return OnOlderList(*position, now, calls);
  }
  page_size_.Took(response.body.size(), position->objects);
  heard_ = now.steady;
  continue_ = position->continue_token;
  call_ = {};
  if (!continue_.empty()) {
    next_ = Next::kSamePage;
    return List(now, calls);
  }
  resource_version_ = position->resource_version;
  from_list_ = true;
  listed_at_ = now.steady;
  exact_ = false;
  sink_->OnListComplete();
  older_lists_ = 0;
  listed_ = true;
  fresh_ = true;
  Watch(now, calls);
}

void Reflector::OnOlderList(const ListPosition& list, base::Now now, Calls& calls) {
  if (older_lists_ == 0 || now.steady - first_older_ > kOlderWithin) {
    older_lists_ = 0;
    first_older_ = now.steady;
  }
  ++older_lists_;
  BackOff({base::ErrorKind::kUnavailable,
           "the list has resourceVersion " + list.resource_version + ", older than " +
               list.older_than + ", which was seen before"},
          {Next::kList, kBrokenCap},
          now,
          calls);
}

void Reflector::OnErrorResponse(const port::Response& response, base::Now now, Calls& calls) {
  const bool listing = state_ == State::kListing;
  const base::Error error = ErrorOf(response);
  Retry retry{listing ? Next::kSamePage : Next::kWatch};
  retry.not_sooner = RetryAfterOf(response).value_or(seconds(0));
  // kInvalid: a continue token that the server does not take.
  const bool gone = error.kind == base::ErrorKind::kGone;
  if (gone || (listing && error.kind == base::ErrorKind::kInvalid)) {
    if (!listing && TryExact(now, calls)) {
      return;
    }
    retry.next = Next::kList;
  }
  if (gone && !listing && MayListAtOnce(now)) {
    return ListAnew(error, now, calls);
  }
  if (IsResourceVersionTooLarge(codec::DecodeApiStatus(response.body))) {
    retry.next = Next::kList;
    retry.not_sooner = std::max(retry.not_sooner, kLagPause);
  }
  const bool starting = IsStarting(now);
  if (starting) {
    retry.cap = kBrokenCap;
  }
  constexpr int kForbidden = 403;
  constexpr int kNotFound = 404;
  denied_ = !starting && (response.status == kForbidden || response.status == kNotFound);
  BackOff(error, retry, now, calls);
}

/// The server refuses what a fresh one refuses for a moment: its watch cache begins anew (410,
/// 429), its view of RBAC is empty (403).
bool Reflector::IsStarting(base::Now now) const {
  const auto recent = [&](const auto& time) { return time && now.steady - *time < kStarting; };
  return recent(alive_) || recent(broken_);
}

/// Not where the last list was of no use.
bool Reflector::MayListAtOnce(base::Now now) const {
  return now.steady - listed_at_ >= kSettled;
}

/// What the watch was to be resumed from is gone, which only a list cures.
void Reflector::ListAnew(const base::Error& error, base::Now now, Calls& calls) {
  calls.Drop(std::exchange(call_, {}));
  error_ = error;
  resuming_ = false;
  next_ = Next::kList;
  List(now, calls);
}

void Reflector::OnLine(const std::string& line, base::Now now, Calls& calls) {
  CU_CHECK(state_ == State::kWatching);
  base::Result<std::string> resource_version = sink_->OnLine(line);
  if (!resource_version) {
    const bool gone = resource_version.error().kind == base::ErrorKind::kGone;
    if (gone && TryExact(now, calls)) {
      return;
    }
    if (gone && MayListAtOnce(now)) {
      return ListAnew(resource_version.error(), now, calls);
    }
    const milliseconds cap = IsStarting(now) ? kBrokenCap : kRefusedCap;
    return BackOff(resource_version.error(), {Next::kList, cap, kLagPause}, now, calls);
  }
  heard_ = alive_ = now.steady;
  any_line_ = true;
  from_list_ = exact_ = false;
  resource_version_ = *std::move(resource_version);
}

/// After a 410 right after the list, once: watches from the list's own version.
bool Reflector::TryExact(base::Now now, Calls& calls) {
  if (!from_list_ || std::exchange(exact_, true)) {
    return false;
  }
  calls.Drop(std::exchange(call_, {}));
  Watch(now, calls);
  return true;
}

void Reflector::OnError(const base::Error& error, base::Now now, Calls& calls) {
  const bool listing = state_ == State::kListing;
  broken_ = error.kind == base::ErrorKind::kTooLarge ? broken_ : now.steady;
  if (!listing || error.kind != base::ErrorKind::kTooLarge) {
    return BackOff(error, {listing ? Next::kSamePage : Next::kWatch, kBrokenCap}, now, calls);
  }
  if (!page_size_.Shrink()) {
    return BackOff({error.kind, "while listing a single object: " + error.message},
                   {Next::kSamePage},
                   now,
                   calls);
  }
  call_ = {};
  next_ = Next::kSamePage;
  List(now, calls);
}

void Reflector::OnEnd(const port::StreamEnded& end, base::Now now, Calls& calls) {
  if (end.error) {
    const bool too_long = end.error->kind == base::ErrorKind::kTooLarge;
    return BackOff(
        *end.error, too_long ? Retry{Next::kList} : Retry{Next::kWatch, kBrokenCap}, now, calls);
  }
  if (!any_line_ && now.steady - opened_ < kVeryShort) {
    return BackOff(
        {base::ErrorKind::kUnavailable, "the watch ended at once"}, {Next::kWatch}, now, calls);
  }
  call_ = {};
  resuming_ = true;
  Watch(now, calls);
}

void Reflector::Postpone(base::Now now, Calls& calls) {
  state_ = State::kBackingOff;
  due_ = calls.After(now, kNoRoomPause);
}

void Reflector::BackOff(const base::Error& error, Retry retry, base::Now now, Calls& calls) {
  calls.Drop(std::exchange(call_, {}));
  const bool settled = state_ == State::kWatching && now.steady - opened_ >= kSettled;
  if (settled) {
    alive_ = now.steady;
  }
  if ((settled && retry.next == Next::kWatch) ||
      (healthy_since_ && now.steady - *healthy_since_ >= kHealthy)) {
    failures_ = 0;
  }
  healthy_since_.reset();
  resuming_ = false;
  const milliseconds delay = base::Backoff{kFirstBackOff, retry.cap}.After(failures_++);
  due_ = std::max(calls.After(now, delay), now.steady + retry.not_sooner);
  next_ = retry.next;
  error_ = error;
  state_ = State::kBackingOff;
}

}  // namespace cu::kube
