#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/database.hpp"

namespace cu::simulation {

/// A parsed request target.
struct Target {
  std::string resource;  ///< "nodes", "pods", …; "version" for /version, "jwks" for the key set
  std::string ns;
  std::string name;
  std::string subresource;
  std::map<std::string, std::string> query;

  std::optional<Kind> kind() const;
  /// "namespace/name", or the name alone.
  std::string key() const { return ns.empty() ? name : ns + "/" + name; }
  std::string Query(const std::string& name_of) const {
    const auto found = query.find(name_of);
    return found == query.end() ? std::string() : found->second;
  }
  bool is_watch() const { return Query("watch") == "true" || Query("watch") == "1"; }
};

/// None: not a path of the API.
std::optional<Target> ParseTarget(std::string_view target);

/// The objects that a list or watch selects.
struct Selection {
  Kind kind = Kind::kNode;
  std::string ns;
  std::map<std::string, std::string> fields;
  std::string labels;  ///< as in labelSelector

  bool Matches(const Json& object) const;
};
Selection SelectionOf(const Target& target, Kind kind);

}  // namespace cu::simulation
