#include "model/schema.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace cu::simulation {
namespace {

Json FromYaml(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& member : node) {
      object[member.first.as<std::string>()] = FromYaml(member.second);
    }
    return object;
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const auto& element : node) {
      array.push_back(FromYaml(element));
    }
    return array;
  }
  if (!node.IsScalar()) {
    return {};
  }
  const bool quoted = node.Tag() == "!";
  std::int64_t number = 0;
  if (!quoted && YAML::convert<std::int64_t>::decode(node, number)) {
    return number;
  }
  return node.as<std::string>();
}

/// As the API server counts: characters, not bytes.
std::int64_t Length(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  });
}

bool HasType(const std::string& type, const Json& value) {
  return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "string" && value.is_string()) ||
         (type == "integer" && value.is_number_integer()) ||
         (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean());
}

bool MatchesPattern(const std::string& pattern, const std::string& text) {
  static thread_local std::map<std::string, std::regex> known;
  const auto found = known.try_emplace(pattern, pattern).first;
  return std::regex_search(text, found->second);
}

std::string TextProblem(const Json& schema, const std::string& text) {
  if (schema.contains("maxLength") && Length(text) > NumberAt(schema, {"maxLength"})) {
    return "Too long: may not be more than " + schema["maxLength"].dump() + " characters";
  }
  if (schema.contains("minLength") && Length(text) < NumberAt(schema, {"minLength"})) {
    return "should be at least " + schema["minLength"].dump() + " chars long";
  }
  if (schema.contains("pattern") && !MatchesPattern(TextAt(schema, {"pattern"}), text)) {
    return "should match " + schema["pattern"].dump();
  }
  static const std::string kTime = R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$)";
  if (TextAt(schema, {"format"}) == "date-time" && !MatchesPattern(kTime, text)) {
    return "must be of type date-time: \"" + text + "\"";
  }
  return {};
}

std::string ArrayProblem(const Json& schema, const Json& value, const std::string& path) {
  if (schema.contains("maxItems") &&
      static_cast<std::int64_t>(value.size()) > NumberAt(schema, {"maxItems"})) {
    return path + ": Too many: must have at most " + schema["maxItems"].dump() + " items";
  }
  std::set<std::string> keys;
  const Json& key_fields = ValueAt(schema, {"x-kubernetes-list-map-keys"});
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (std::string problem = SchemaProblem(schema["items"], value[i], at); !problem.empty()) {
      return problem;
    }
    std::string key;
    for (const Json& field : key_fields) {
      key += ValueAt(value[i], {field.get<std::string>().c_str()}).dump() + " ";
    }
    const bool set = TextAt(schema, {"x-kubernetes-list-type"}) == "set";
    if ((!key.empty() && !keys.insert(key).second) ||
        (set && !keys.insert(value[i].dump()).second)) {
      return at + ": Duplicate value";
    }
  }
  return {};
}

std::string ObjectProblem(const Json& schema, const Json& value, const std::string& path) {
  for (const Json& field : ValueAt(schema, {"required"})) {
    if (!value.contains(field.get<std::string>())) {
      return path + "." + field.get<std::string>() + ": Required value";
    }
  }
  const Json& properties = ValueAt(schema, {"properties"});
  const Json& others = ValueAt(schema, {"additionalProperties"});
  for (const auto& [name, member] : value.items()) {
    const std::string at = path + "." + name;
    const bool known = properties.is_object() && properties.contains(name);
    if (!known && !others.is_object()) {
      return at + ": unknown field";
    }
    if (std::string problem = SchemaProblem(known ? properties[name] : others, member, at);
        !problem.empty()) {
      return problem;
    }
  }
  return {};
}

}  // namespace

std::string SchemaProblem(const Json& schema, const Json& value, const std::string& path) {
  const std::string type = TextAt(schema, {"type"});
  if (!type.empty() && !HasType(type, value)) {
    return path + ": must be of type " + type + ", not " + value.type_name();
  }
  const Json& choices = ValueAt(schema, {"enum"});
  if (choices.is_array() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    return path + ": Unsupported value: " + value.dump();
  }
  if (value.is_string()) {
    const std::string problem = TextProblem(schema, value.get<std::string>());
    return problem.empty() ? "" : path + ": " + problem;
  }
  if (value.is_number_integer()) {
    const bool small = schema.contains("minimum") && value < schema["minimum"];
    const bool large = schema.contains("maximum") && value > schema["maximum"];
    return small || large ? path + ": out of range: " + value.dump() : "";
  }
  if (value.is_array()) {
    return ArrayProblem(schema, value, path);
  }
  return value.is_object() ? ObjectProblem(schema, value, path) : "";
}

const Schema& Schema::OfUpgrade() {
  static const Schema kSchema = [] {
    for (const YAML::Node& document : YAML::LoadAllFromFile(CU_CRD)) {
      const Json object = FromYaml(document);
      if (TextAt(object, {"kind"}) == "CustomResourceDefinition") {
        return Schema(object["spec"]["versions"][0]["schema"]["openAPIV3Schema"]);
      }
    }
    std::abort();
  }();
  return kSchema;
}

std::string Schema::StatusProblem(const Json& status) const {
  return SchemaProblem(root_["properties"]["status"], status, "status");
}

}  // namespace cu::simulation
