#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// The alphabet between the pure core and any shell: plain values, all recordable.
namespace cu::port {

/// Ascending, unique in one process life; 0 is never given out.
enum class CallId : std::uint64_t {};

/// kMergePatch, kJsonPatch and kApply are PATCH with the content types
/// application/merge-patch+json, application/json-patch+json and application/apply-patch+yaml (JSON
/// is YAML); POST, PUT and DELETE bodies are application/json.
enum class Method { kGet, kPost, kPut, kDelete, kMergePatch, kJsonPatch, kApply };
inline const char* HttpMethod(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
    case Method::kMergePatch:
    case Method::kJsonPatch:
    case Method::kApply:
      return "PATCH";
  }
  return "";
}

/// `target`: path and query, encoded. No headers and no token: the shell adds credentials, so a
/// recording holds none.
struct Request {
  Method method = Method::kGet;
  std::string target;
  std::string body;
  /// The token file is read again first: the one before was answered with 401.
  bool fresh_token = false;
  bool operator==(const Request&) const = default;

  static Request Get(std::string target) {
    return {.method = Method::kGet, .target = std::move(target), .body = ""};
  }
  static Request Post(std::string target, std::string body) {
    return {.method = Method::kPost, .target = std::move(target), .body = std::move(body)};
  }
  static Request Put(std::string target, std::string body) {
    return {.method = Method::kPut, .target = std::move(target), .body = std::move(body)};
  }
  /// `body`: DeleteOptions.
  static Request Delete(std::string target, std::string body) {
    return {.method = Method::kDelete, .target = std::move(target), .body = std::move(body)};
  }
  static Request MergePatch(std::string target, std::string body) {
    return {.method = Method::kMergePatch, .target = std::move(target), .body = std::move(body)};
  }
  static Request JsonPatch(std::string target, std::string body) {
    return {.method = Method::kJsonPatch, .target = std::move(target), .body = std::move(body)};
  }
  /// Server-side apply; `target` names the field manager.
  static Request Apply(std::string target, std::string body) {
    return {.method = Method::kApply, .target = std::move(target), .body = std::move(body)};
  }
};

struct Response {
  int status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
  std::optional<base::WallTime> date = std::nullopt;  ///< the server's clock, to the second
  bool operator==(const Response&) const = default;
};

/// Order per id: StreamOpened StreamLine* StreamEnded, lines as sent | ResponseReceived (also for a
/// stream that got another status than 200) | CallFailed. After Abort, events of the id may or may
/// not follow: the core drops ids it does not know.
struct ResponseReceived {
  CallId id{};
  Response response;
};
/// Outcome unknown: the server may have applied the request, or twice.
struct CallFailed {
  CallId id{};
  base::Error error;
};
struct StreamOpened {
  CallId id{};
};
/// A whole line, its newline was seen; at most 10 MiB.
struct StreamLine {
  CallId id{};
  std::string line;
};
/// No error: the stream ended in order.
struct StreamEnded {
  CallId id{};
  std::optional<base::Error> error;
};
/// SIGTERM or SIGINT.
struct StopRequested {};
/// The shell has read another token than before, which is a JWT, and sends it from the next request
/// on: its JOSE header and its claims (RFC 7519), as JSON. Never its signature: these two parts let
/// nobody in.
struct TokenRead {
  std::string header;
  std::string claims;
};
using Event = std::variant<ResponseReceived,
                           CallFailed,
                           StreamOpened,
                           StreamLine,
                           StreamEnded,
                           StopRequested,
                           TokenRead>;

/// Never begun later than `not_after`: then CallFailed follows.
struct SendRequest {
  CallId id{};
  Request request;
  base::SteadyTime not_after;
};
struct OpenStream {
  CallId id{};
  Request request;
};
/// Call or stream.
struct Abort {
  CallId id{};
};
struct WriteLog {
  base::LogRecord record;
};
/// The last effect.
struct Exit {
  int code = 0;
};
using Effect = std::variant<SendRequest, OpenStream, Abort, WriteLog, Exit>;

/// Effects are carried out in order; a crash may fall between any two. `wake_at` replaces the
/// earlier one.
struct Reaction {
  std::vector<Effect> effects;
  std::optional<base::SteadyTime> wake_at;
};

}  // namespace cu::port
