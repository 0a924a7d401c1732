#include "kube/paths.hpp"

#include <utility>

namespace cu::kube::paths {
namespace {

constexpr codec::Resource kAccessReviews{"/apis/authorization.k8s.io/v1",
                                         "selfsubjectaccessreviews"};
constexpr codec::Resource kEvents{"/apis/events.k8s.io/v1", "events"};

bool Unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string Encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (Unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
  return out;
}

std::string WithQuery(std::string path,
                      const std::vector<std::pair<std::string, std::string>>& query) {
  char mark = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [key, value] : query) {
    path += mark;
    path += Encode(key) + "=" + Encode(value);
    mark = '&';
  }
  return path;
}

std::string WithFieldManager(std::string path, std::string_view manager, bool force) {
  path = WithQuery(std::move(path), {{"fieldManager", std::string(manager)}});
  return force ? WithQuery(std::move(path), {{"force", "true"}}) : path;
}

std::string WithDryRun(std::string path) {
  return WithQuery(std::move(path), {{"dryRun", "All"}});
}

std::string All(const codec::Resource& kind) {
  return std::string(kind.group_version) + "/" + std::string(kind.plural);
}
std::string In(const codec::Resource& kind, std::string_view ns) {
  return std::string(kind.group_version) + "/namespaces/" + Encode(ns) + "/" +
         std::string(kind.plural);
}
std::string One(const codec::Resource& kind, std::string_view name) {
  return All(kind) + "/" + Encode(name);
}
std::string One(const codec::Resource& kind, std::string_view ns, std::string_view name) {
  return In(kind, ns) + "/" + Encode(name);
}
std::string Status(std::string object) {
  return std::move(object) + "/status";
}
std::string Eviction(std::string_view ns, std::string_view pod) {
  return One<api::Pod>(ns, pod) + "/eviction";
}
std::string AccessReviews() {
  return All(kAccessReviews);
}
std::string Events(std::string_view ns) {
  return In(kEvents, ns);
}
std::string KeySet() {
  return "/openid/v1/jwks";
}

std::string Version() {
  return "/version";
}

}  // namespace cu::kube::paths
