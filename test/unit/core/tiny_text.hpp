#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "port/port.hpp"

/// How TinyApi reads requests and objects.
namespace cu::core::tiny {

inline std::string PathOf(const std::string& target) {
  return target.substr(0, target.find('?'));
}

inline std::string QueryOf(const std::string& target) {
  const auto mark = target.find('?');
  return mark == std::string::npos ? "" : target.substr(mark + 1);
}

inline port::Response Refusal(int code, const std::string& reason) {
  return {
      code, nlohmann::json{{"kind", "Status"}, {"reason", reason}, {"message", reason}}.dump(), {}};
}

/// Whether an object at `path` is in the collection of a list or watch: pods of all namespaces too.
inline bool InCollection(const std::string& path, const std::string& collection) {
  if (path.starts_with(collection + "/")) {
    return true;
  }
  const auto last = path.rfind('/');
  const auto kind = path.rfind('/', last - 1);
  const auto all = collection.rfind('/');
  return path.find("/namespaces/") != std::string::npos &&
         path.substr(kind, last - kind) == collection.substr(all) &&
         path.starts_with(collection.substr(0, all)) &&
         collection.find("/namespaces/") == std::string::npos;
}

inline bool Selected(const nlohmann::json& object, const std::string& query) {
  const std::string name = object["metadata"].value("name", "");
  const std::string node = object.value(nlohmann::json::json_pointer("/spec/nodeName"), "");
  const auto field = query.find("fieldSelector=");
  if (field == std::string::npos) {
    return true;
  }
  const std::string selector = query.substr(field + 14, query.find('&', field) - field - 14);
  return selector == "metadata.name%3D" + name || selector == "spec.nodeName%3D" + node;
}

inline std::string NameOf(const nlohmann::json& object) {
  return object["metadata"].value("name", "");
}

}  // namespace cu::core::tiny
