#include "model/server.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {
namespace {

port::Response Found(const ObjectPtr& object) {
  return {200, object->text(), std::nullopt};
}

port::Response Missing(const Target& target) {
  return ApiServer::Failure(
      404, "NotFound", target.resource + " \"" + target.name + "\" not found");
}

}  // namespace

port::Response ApiServer::Failure(int code, const std::string& reason, const std::string& message) {
  return {code,
          Json{{"kind", "Status"},
               {"apiVersion", "v1"},
               {"metadata", Json::object()},
               {"status", "Failure"},
               {"message", message},
               {"reason", reason},
               {"code", code}}
              .dump(),
          std::nullopt};
}

port::Response ApiServer::Unexpected(const port::Request& request, const std::string& why) {
  unexpected_.push_back(why + ": " + request.target + " " + request.body);
  return Failure(405, "MethodNotAllowed", why);
}

port::Response ApiServer::Serve(const port::Request& request, const std::string& actor) {
  const std::optional<Target> target = ParseTarget(request.target);
  if (!target) {
    return Unexpected(request, "not a path of the API");
  }
  if (target->resource == "version") {
    return {200, Json{{"gitVersion", version_}, {"major", "1"}}.dump(), std::nullopt};
  }
  if (target->resource == "jwks") {
    const Json keys = key_set_ ? key_set_() : Json();
    return keys.is_null() ? Failure(404, "NotFound", "the server could not find the resource")
                          : port::Response{200, keys.dump(), std::nullopt};
  }
  if (std::optional<port::Response> forbidden = Forbidden(request, *target)) {
    return *forbidden;
  }
  if (request.method == port::Method::kPost) {
    return Post(request, *target, actor);
  }
  const std::optional<Kind> kind = target->kind();
  if (!kind) {
    return Unexpected(request, "not a resource of the model");
  }
  if (request.method == port::Method::kGet) {
    return target->name.empty() ? List(*target, *kind) : Get(*target, *kind);
  }
  const Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) {
    return Unexpected(request, "not JSON");
  }
  switch (request.method) {
    case port::Method::kPut:
      if (*kind == Kind::kLease) {
        return PutLease(*target, body, actor);
      }
      break;
    case port::Method::kDelete:
      if (*kind == Kind::kJob || *kind == Kind::kPod || *kind == Kind::kPodTemplate) {
        return Delete(*target, *kind, body, actor);
      }
      break;
    case port::Method::kJsonPatch:
      if (*kind == Kind::kUpgrade) {
        return PatchUpgrade(*target, body, actor);
      }
      if (*kind == Kind::kNode) {
        return PatchNode(*target, body, actor);
      }
      break;
    case port::Method::kMergePatch:
      if (*kind == Kind::kJob) {
        return MergeJob(*target, body, actor);
      }
      if (*kind == Kind::kNode) {
        return MergeNode(*target, body, actor);
      }
      if (*kind == Kind::kDeployment) {
        return MergeDeployment(*target, body, actor);
      }
      break;
    case port::Method::kApply:
      if (*kind == Kind::kNode) {
        return ApplyNode(*target, body, actor);
      }
      break;
    case port::Method::kGet:
    case port::Method::kPost:
      break;
  }
  return Unexpected(request, "not a request of the controller");
}

std::variant<std::uint64_t, port::Response> ApiServer::Watch(const port::Request& request,
                                                             WatchSink sink) {
  const std::optional<Target> target = ParseTarget(request.target);
  const std::optional<Kind> kind = target ? target->kind() : std::nullopt;
  if (!kind || !target->is_watch() || !target->name.empty()) {
    return Unexpected(request, "not a watch");
  }
  const std::string from = target->Query("resourceVersion");
  if (from.empty() || from == "0") {
    return Unexpected(request, "a watch from any version may go back in time");
  }
  const std::uint64_t version = std::stoull(from);
  if (watches_.Expired(version)) {
    return Failure(410, "Expired", "too old resource version: " + from);
  }
  if (watches_.Ahead(version)) {
    return port::Response{504,
                          Json{{"kind", "Status"},
                               {"code", 504},
                               {"reason", "Timeout"},
                               {"message", "Too large resource version: " + from},
                               {"details", {{"causes", {{{"reason", "ResourceVersionTooLarge"}}}}}}}
                              .dump(),
                          std::nullopt};
  }
  const std::string timeout = target->Query("timeoutSeconds");
  return watches_.Open(SelectionOf(*target, *kind),
                       version,
                       target->Query("allowWatchBookmarks") == "true",
                       std::chrono::seconds{timeout.empty() ? 1800 : std::stoll(timeout)},
                       std::move(sink));
}

port::Response ApiServer::Get(const Target& target, Kind kind) const {
  const ObjectPtr object = database_.Find(kind, target.key());
  return object == nullptr ? Missing(target) : Found(object);
}

port::Response ApiServer::List(const Target& target, Kind kind) {
  Snapshot snapshot;
  const std::string token = target.Query("continue");
  if (token.empty()) {
    const Selection selection = SelectionOf(target, kind);
    for (const auto& [key, object] : database_.All(kind)) {
      if (selection.Matches(object->value())) {
        snapshot.objects.push_back(object);
      }
    }
    snapshot.version = database_.version();
  } else {
    const auto page = pages_.find(token);
    if (page == pages_.end()) {
      return Failure(410, "Expired", "The provided continue parameter is too old");
    }
    snapshot = page->second;
  }
  const std::string limit = target.Query("limit");
  const std::size_t room = limit.empty() ? snapshot.objects.size() : std::stoul(limit);
  const std::size_t end = std::min(snapshot.objects.size(), snapshot.next + room);
  Json metadata{{"resourceVersion", std::to_string(snapshot.version)}};
  std::string body = R"({"kind":"List","apiVersion":"v1","items":[)";
  for (std::size_t at = snapshot.next; at < end; ++at) {
    body += (at > snapshot.next ? "," : "") + snapshot.objects[at]->text();
  }
  if (end < snapshot.objects.size()) {
    const std::string next = "page-" + std::to_string(++tokens_);
    metadata["continue"] = next;
    metadata["remainingItemCount"] = snapshot.objects.size() - end;
    snapshot.next = end;
    pages_[next] = std::move(snapshot);
  }
  return {200, body + R"(],"metadata":)" + metadata.dump() + "}", std::nullopt};
}

port::Response ApiServer::Post(const port::Request& request,
                               const Target& target,
                               const std::string& actor) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return Unexpected(request, "not JSON");
  }
  if (target.resource == "pods" && target.subresource == "eviction") {
    return Evict(target, body, actor);
  }
  if (!target.name.empty()) {
    return Unexpected(request, "not a request of the controller");
  }
  if (target.resource == "jobs") {
    return CreateJob(target, body, actor);
  }
  if (target.resource == "pods") {
    return CreatePod(target, body, actor);
  }
  if (target.resource == "podtemplates") {
    return CreatePodTemplate(target, body, actor);
  }
  if (target.resource == "selfsubjectaccessreviews") {
    return Review(body);
  }
  if (target.resource == "events") {
    return CreateEvent(request, target, body);
  }
  if (target.resource == "leases") {
    return CreateLease(target, body, actor);
  }
  return Unexpected(request, "not a request of the controller");
}

port::Response ApiServer::CreateEvent(const port::Request& request,
                                      const Target& target,
                                      const Json& event) {
  for (const char* required : {"reason",
                               "action",
                               "reportingController",
                               "reportingInstance",
                               "type",
                               "eventTime",
                               "regarding"}) {
    if (!event.contains(required)) {
      return Unexpected(request, std::string("an Event without ") + required);
    }
  }
  if (!events_.insert(target.ns + "/" + NameOf(event)).second) {
    return Failure(409, "AlreadyExists", "events \"" + NameOf(event) + "\" already exists");
  }
  return {201, event.dump(), std::nullopt};
}

port::Response ApiServer::CreateLease(const Target& target, Json lease, const std::string& actor) {
  if (database_.Find(Kind::kLease, target.ns + "/" + NameOf(lease)) != nullptr) {
    return Failure(409, "AlreadyExists", "leases \"" + NameOf(lease) + "\" already exists");
  }
  lease["metadata"]["namespace"] = target.ns;
  return {201, database_.Put(Kind::kLease, std::move(lease), actor)->text(), std::nullopt};
}

port::Response ApiServer::PutLease(const Target& target, Json lease, const std::string& actor) {
  const ObjectPtr live = database_.Find(Kind::kLease, target.key());
  if (live == nullptr) {
    return Missing(target);
  }
  const std::string planned = TextAt(lease, {"metadata", "resourceVersion"});
  if (planned.empty()) {
    return Failure(422, "Invalid", "metadata.resourceVersion: must be specified for an update");
  }
  if (planned != TextAt(live->value(), {"metadata", "resourceVersion"})) {
    return Failure(409, "Conflict", "the object has been modified");
  }
  Json metadata = live->value()["metadata"];
  lease["metadata"] = std::move(metadata);
  return Found(database_.Put(Kind::kLease, std::move(lease), actor));
}

}  // namespace cu::simulation
