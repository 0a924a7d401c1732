#include "api/meta.hpp"

#include <algorithm>
#include <tuple>

namespace cu::api {
namespace {

bool Meets(const SelectorRequirement& requirement, const StringMap& labels) {
  const auto label = labels.find(requirement.key);
  const bool present = label != labels.end();
  const bool listed =
      present && std::find(requirement.values.begin(), requirement.values.end(), label->second) !=
                     requirement.values.end();
  switch (requirement.op) {
    case SelectorOperator::kIn:
      return listed;
    case SelectorOperator::kNotIn:
      return !listed;
    case SelectorOperator::kExists:
      return present;
    case SelectorOperator::kDoesNotExist:
      return !present;
  }
  return false;
}

}  // namespace

bool Metadata::operator==(const Metadata& other) const {
  const auto read = [](const Metadata& m) {
    return std::tie(m.name,
                    m.ns,
                    m.uid,
                    m.generation,
                    m.created,
                    m.deleted,
                    m.labels,
                    m.annotations,
                    m.finalizers,
                    m.controller,
                    m.owner);
  };
  return read(*this) == read(other);
}

bool IsTrue(const StringMap& texts, std::string_view key) {
  const auto found = texts.find(key);
  return found != texts.end() && found->second == "true";
}

std::string AnnotationOf(const Metadata& meta, std::string_view key) {
  const auto found = meta.annotations.find(key);
  return found == meta.annotations.end() ? "" : found->second;
}

bool LabelSelector::Matches(const StringMap& labels) const {
  return std::all_of(match_labels.begin(),
                     match_labels.end(),
                     [&](const auto& wanted) {
                       const auto label = labels.find(wanted.first);
                       return label != labels.end() && label->second == wanted.second;
                     }) &&
         std::all_of(match_expressions.begin(),
                     match_expressions.end(),
                     [&](const auto& requirement) { return Meets(requirement, labels); });
}

std::string LabelSelector::Text() const {
  std::string text;
  const auto add = [&](const std::string& term) {
    text += text.empty() ? "" : ",";
    text += term;
  };
  for (const auto& [key, value] : match_labels) {
    add(key);
    text += "=";
    text += value;
  }
  for (const SelectorRequirement& term : match_expressions) {
    std::string values;
    for (const std::string& value : term.values) {
      values += values.empty() ? "" : ",";
      values += value;
    }
    switch (term.op) {
      case SelectorOperator::kIn:
        add(term.key + " in (" + values + ")");
        break;
      case SelectorOperator::kNotIn:
        add(term.key + " notin (" + values + ")");
        break;
      case SelectorOperator::kExists:
        add(term.key);
        break;
      case SelectorOperator::kDoesNotExist:
        add("!" + term.key);
        break;
    }
  }
  return text;
}

bool AnySelector::Matches(const StringMap& labels) const {
  return std::any_of(
      any.begin(), any.end(), [&](const LabelSelector& one) { return one.Matches(labels); });
}

}  // namespace cu::api
