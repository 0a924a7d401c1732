#include "codec/decode/read_deprecated_api.hpp"

#include <string>

namespace cu::codec {
namespace {

constexpr std::string_view kName = "apiserver_requested_deprecated_apis{";

/// The value of a label. Names of APIs need no escapes.
std::string LabelOf(std::string_view labels, std::string_view name) {
  const std::string begin = std::string(name) + "=\"";
  std::size_t at = labels.find(begin);
  while (at != std::string_view::npos && at != 0 && labels[at - 1] != ',') {
    at = labels.find(begin, at + 1);
  }
  if (at == std::string_view::npos) {
    return "";
  }
  labels.remove_prefix(at + begin.size());
  return std::string(labels.substr(0, labels.find('"')));
}

}  // namespace

std::optional<api::DeprecatedApi> ReadDeprecatedApi(std::string_view line) {
  if (!line.starts_with(kName)) {
    return std::nullopt;
  }
  const std::string_view labels = line.substr(kName.size());
  api::DeprecatedApi found{LabelOf(labels, "group"),
                           LabelOf(labels, "version"),
                           LabelOf(labels, "resource"),
                           LabelOf(labels, "removed_release")};
  return found.removed_release.empty() ? std::nullopt : std::optional(std::move(found));
}

}  // namespace cu::codec
