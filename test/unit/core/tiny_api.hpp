#pragma once
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "core/controller.hpp"
#include "unit/core/tiny_text.hpp"

namespace cu::core {

/// The least API server and the least shell that a Controller can be driven with: one request at a
/// time, answered at once, in virtual time. Tests put faults into `intercept`. How well a real
/// server is modelled is the simulation's business.
class TinyApi {
 public:
  using Json = nlohmann::json;
  struct Seen {
    port::Request request;
    std::chrono::nanoseconds at;
    int code;  ///< 0: no answer
  };
  static constexpr int kTooLarge = -1;
  /// A response instead of the server's own; status 0: the call fails without an answer; kTooLarge:
  /// the shell gives the answer up. The server has not applied the request.
  using Intercept = std::function<std::optional<port::Response>(const port::Request&)>;

  explicit TinyApi(const Controller::Options& options) : controller_(options) {}

  /// Objects by path, "/api/v1/nodes/n1". Creates, or replaces and tells the watches.
  void Put(const std::string& path, Json object);
  void Remove(const std::string& path);
  const Json& Get(const std::string& path) const { return objects_.at(path); }
  bool Has(const std::string& path) const { return objects_.contains(path); }

  struct Backup {
    std::map<std::string, Json> objects;
    std::uint64_t version = 0;
  };
  Backup TakeBackup() const { return {objects_, version_}; }
  /// All watches break, and everything is as it was then.
  void Restore(const Backup& backup);

  /// Lets virtual time pass; the controller reacts to whatever comes.
  void Run(std::chrono::milliseconds time);
  /// Until `done`, at most `limit`; whether it was reached.
  bool RunUntil(const std::function<bool()>& done, std::chrono::milliseconds limit);
  /// A sign of life on every watch, as servers give about once a minute.
  void Bookmark();
  void Stop() { events_.push_back(port::StopRequested{}); }

  std::vector<Seen> seen;
  std::vector<base::LogRecord> logs;
  std::vector<std::string> transcript;  ///< every effect, as text
  std::optional<int> exit_code;
  int wakes = 0;  ///< calls of Handle
  int aborts = 0;
  Intercept intercept;
  /// Changes what the controller is told. What it then asks for may make no sense to this server,
  /// and gets a 400.
  std::function<void(port::Event&)> alter;
  std::function<bool(const port::Request&)> hold;  ///< no answer at all while it says so
  std::string lagging;  ///< watches of this collection show nothing, and are alive
  Controller& controller() { return controller_; }
  std::chrono::nanoseconds now() const { return now_; }

 private:
  struct Stream {
    std::string target;
  };
  void Handle();
  void Carry(const port::Effect& effect);
  void Send(const port::SendRequest& send);
  void Open(const port::OpenStream& open);
  port::Response AnswerTo(const port::Request& request);
  port::Response AnswerIfSensible(const port::Request& request);
  port::Response List(const std::string& path, const std::string& query) const;
  port::Response Patch(const std::string& path, const port::Request& request);
  port::Response Evict(const std::string& path);
  port::Response Create(const std::string& path, const std::string& body);
  void Store(const std::string& path, Json object, const char* type);
  void Tell(const std::string& path, const Json& object, const char* type);

  Controller controller_;
  std::map<std::string, Json> objects_;
  std::map<port::CallId, Stream> streams_;
  std::deque<port::Event> events_;
  std::optional<base::SteadyTime> wake_ = base::SteadyTime{};
  std::chrono::nanoseconds now_{std::chrono::seconds(1000)};
  std::uint64_t version_ = 100;
};

inline void TinyApi::Put(const std::string& path, Json object) {
  object["metadata"]["name"] = path.substr(path.rfind('/') + 1);
  if (!object["metadata"].contains("uid")) {
    object["metadata"]["uid"] = "uid-" + tiny::NameOf(object);
  }
  const auto ns = path.find("/namespaces/");
  if (ns != std::string::npos) {
    object["metadata"]["namespace"] = path.substr(ns + 12, path.find('/', ns + 12) - ns - 12);
  }
  Store(path, std::move(object), Has(path) ? "MODIFIED" : "ADDED");
}

inline void TinyApi::Remove(const std::string& path) {
  Json object = objects_.at(path);
  objects_.erase(path);
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  Tell(path, object, "DELETED");
}

inline void TinyApi::Store(const std::string& path, Json object, const char* type) {
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  objects_[path] = object;
  Tell(path, object, type);
}

inline void TinyApi::Tell(const std::string& path, const Json& object, const char* type) {
  for (const auto& [id, stream] : streams_) {
    if (tiny::PathOf(stream.target) != lagging &&
        tiny::InCollection(path, tiny::PathOf(stream.target)) &&
        tiny::Selected(object, tiny::QueryOf(stream.target))) {
      events_.push_back(port::StreamLine{id, Json{{"type", type}, {"object", object}}.dump()});
    }
  }
}

inline void TinyApi::Restore(const Backup& backup) {
  objects_ = backup.objects;
  version_ = backup.version;
  for (const auto& [id, stream] : std::exchange(streams_, {})) {
    events_.push_back(
        port::StreamEnded{id, base::Error{base::ErrorKind::kUnavailable, "connection reset"}});
  }
}

inline void TinyApi::Bookmark() {
  const Json object{{"metadata", {{"resourceVersion", std::to_string(version_)}}}};
  for (const auto& [id, stream] : streams_) {
    events_.push_back(port::StreamLine{id, Json{{"type", "BOOKMARK"}, {"object", object}}.dump()});
  }
}

inline void TinyApi::Run(std::chrono::milliseconds time) {
  RunUntil([] { return false; }, time);
}

inline bool TinyApi::RunUntil(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = now_ + limit;
  while (!done()) {
    if (exit_code) {
      return false;
    }
    if (!events_.empty() || (wake_ && wake_->time_since_epoch() <= now_)) {
      Handle();
      now_ += std::chrono::milliseconds(1);
      continue;
    }
    const auto next = wake_ ? wake_->time_since_epoch() : end;
    if (next > end) {
      now_ = std::max(now_, std::chrono::nanoseconds(end));
      return done();
    }
    now_ = std::max(now_, std::chrono::nanoseconds(next));
    if (!wake_ || now_ >= end) {
      return done();
    }
  }
  return true;
}

inline void TinyApi::Handle() {
  std::vector<port::Event> batch(events_.begin(), events_.end());
  events_.clear();
  if (alter) {
    for (port::Event& event : batch) {
      alter(event);
    }
  }
  ++wakes;
  const base::WallTime wall(std::chrono::duration_cast<std::chrono::microseconds>(
      now_ + std::chrono::hours(24 * 365 * 50)));
  port::Reaction reaction = controller_.Handle(batch, {wall, base::SteadyTime(now_)});
  wake_ = reaction.wake_at;
  // However a time was computed, the processor gets its rest.
  CU_CHECK((!wake_ || *wake_ >= base::SteadyTime(now_) + std::chrono::milliseconds(1)));
  for (const port::Effect& effect : reaction.effects) {
    Carry(effect);
  }
}

inline void TinyApi::Carry(const port::Effect& effect) {
  if (const auto* log = std::get_if<port::WriteLog>(&effect)) {
    logs.push_back(log->record);
    transcript.push_back("log " + log->record.message);
  } else if (const auto* send = std::get_if<port::SendRequest>(&effect)) {
    transcript.push_back("send " + send->request.target + " " + send->request.body);
    Send(*send);
  } else if (const auto* open = std::get_if<port::OpenStream>(&effect)) {
    transcript.push_back("open " + open->request.target);
    Open(*open);
  } else if (const auto* abort = std::get_if<port::Abort>(&effect)) {
    transcript.push_back("abort");
    ++aborts;
    streams_.erase(abort->id);
  } else if (const auto* exit = std::get_if<port::Exit>(&effect)) {
    exit_code = exit->code;
  }
}

inline void TinyApi::Open(const port::OpenStream& open) {
  const std::string& target = open.request.target;
  if (const auto from = target.find("resourceVersion="); from != std::string::npos) {
    const std::string text = target.substr(from + 16);
    std::uint64_t version = 0;
    const bool valid =
        std::from_chars(text.data(), text.data() + text.size(), version).ptr != text.data();
    if (!valid || version > version_) {
      events_.push_back(port::ResponseReceived{
          open.id, valid ? tiny::Refusal(410, "Expired") : tiny::Refusal(400, "BadRequest")});
      return;
    }
  }
  streams_[open.id] = {target};
  events_.push_back(port::StreamOpened{open.id});
}

inline void TinyApi::Send(const port::SendRequest& send) {
  if (hold && hold(send.request)) {
    seen.push_back({send.request, now_, 0});
    return;
  }
  std::optional<port::Response> response;
  if (intercept) {
    response = intercept(send.request);
  }
  if (!response && alter) {
    response = AnswerIfSensible(send.request);
  } else if (!response) {
    response = AnswerTo(send.request);
  }
  seen.push_back({send.request, now_, response->status});
  if (response->status == 0) {
    events_.push_back(
        port::CallFailed{send.id, {base::ErrorKind::kUnavailable, "connection reset"}});
  } else if (response->status == kTooLarge) {
    events_.push_back(
        port::CallFailed{send.id, {base::ErrorKind::kTooLarge, "the response is too large"}});
  } else {
    events_.push_back(port::ResponseReceived{send.id, *response});
  }
}

inline port::Response TinyApi::AnswerIfSensible(const port::Request& request) {
  try {
    return AnswerTo(request);
  } catch (const std::exception&) {
    return tiny::Refusal(400, "BadRequest");
  }
}

inline port::Response TinyApi::AnswerTo(const port::Request& request) {
  const std::string path = tiny::PathOf(request.target);
  if (request.target.find("dryRun=All") != std::string::npos) {
    return {200, request.body, {}};
  }
  switch (request.method) {
    case port::Method::kGet:
      if (path == "/version") {
        return {200, R"({"gitVersion":"v1.36.3"})", {}};
      }
      return Has(path) ? port::Response{200, Get(path).dump(), {}}
                       : List(path, tiny::QueryOf(request.target));
    case port::Method::kPost:
      return path.ends_with("/eviction") ? Evict(path) : Create(path, request.body);
    case port::Method::kPut:
      Store(path, Json::parse(request.body), "MODIFIED");
      return {200, Get(path).dump(), {}};
    case port::Method::kDelete:
      Remove(path);
      return {200, "{}", {}};
    case port::Method::kMergePatch:
    case port::Method::kJsonPatch:
    case port::Method::kApply:
      return Patch(path, request);
  }
  return tiny::Refusal(405, "MethodNotAllowed");
}

inline port::Response TinyApi::List(const std::string& path, const std::string& query) const {
  Json items = Json::array();
  for (const auto& [at, object] : objects_) {
    if (tiny::InCollection(at, path) && tiny::Selected(object, query)) {
      items.push_back(object);
    }
  }
  const Json list{{"metadata", {{"resourceVersion", std::to_string(version_)}}},
                  {"items", std::move(items)}};
  return {200, list.dump(), {}};
}

inline port::Response TinyApi::Patch(const std::string& path, const port::Request& request) {
  const std::string object = path.ends_with("/status") ? path.substr(0, path.size() - 7) : path;
  if (!Has(object)) {
    return tiny::Refusal(404, "NotFound");
  }
  Json next = Get(object);
  const Json patch = Json::parse(request.body);
  if (request.method == port::Method::kJsonPatch) {
    if (patch.at(0).at("value") != next["metadata"]["resourceVersion"]) {
      return tiny::Refusal(409, "Conflict");
    }
    next = next.patch(patch);
  } else if (request.method == port::Method::kMergePatch) {
    next.merge_patch(patch);
  } else if (request.target.find("marks") == std::string::npos) {
    next["metadata"]["annotations"] =
        patch.value(Json::json_pointer("/metadata/annotations"), Json::object());
    next["spec"]["unschedulable"] = patch.value(Json::json_pointer("/spec/unschedulable"), false);
  }
  if (next != Get(object)) {
    Store(object, next, "MODIFIED");
  }
  return {200, Get(object).dump(), {}};
}

inline port::Response TinyApi::Evict(const std::string& path) {
  const std::string pod = path.substr(0, path.rfind('/'));
  if (!Has(pod)) {
    return tiny::Refusal(404, "NotFound");
  }
  Remove(pod);
  return {201, "{}", {}};
}

inline port::Response TinyApi::Create(const std::string& path, const std::string& body) {
  Json object = Json::parse(body);
  const std::string at = path + "/" + tiny::NameOf(object);
  if (Has(at)) {
    return tiny::Refusal(409, "AlreadyExists");
  }
  Put(at, std::move(object));
  return {201, Get(at).dump(), {}};
}

}  // namespace cu::core
