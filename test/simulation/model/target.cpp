#include "model/target.hpp"

#include <utility>
#include <vector>

namespace cu::simulation {
namespace {

std::string Unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string> Split(std::string_view text, char by) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(by), text.size());
    if (end > 0) {
      parts.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// How many segments of the path name the group and version; 0: unknown.
std::size_t PrefixLength(const std::vector<std::string>& path) {
  if (path.size() > 2 && path[0] == "api" && path[1] == "v1") {
    return 2;
  }
  if (path.size() > 3 && path[0] == "apis") {
    const std::string group = path[1] + "/" + path[2];
    for (const char* known : {"policy/v1",
                              "apps/v1",
                              "batch/v1",
                              "coordination.k8s.io/v1",
                              "clusterupgrade.io/v1alpha1",
                              "events.k8s.io/v1",
                              "storage.k8s.io/v1",
                              "discovery.k8s.io/v1",
                              "admissionregistration.k8s.io/v1",
                              "authorization.k8s.io/v1"}) {
      if (group == known) {
        return 3;
      }
    }
  }
  return 0;
}

bool MatchesTerm(std::string_view term, const Json& labels) {
  const auto label = [&](std::string_view key) {
    return TextAt(labels, {std::string(key).c_str()});
  };
  const auto present = [&](std::string_view key) {
    return labels.is_object() && labels.contains(std::string(key));
  };
  if (const auto no = term.find("!="); no != std::string_view::npos) {
    return label(term.substr(0, no)) != term.substr(no + 2);
  }
  if (const auto is = term.find('='); is != std::string_view::npos) {
    const std::size_t value = term.find_last_of('=') + 1;
    return present(term.substr(0, is)) && label(term.substr(0, is)) == term.substr(value);
  }
  return term.front() == '!' ? !present(term.substr(1)) : present(term);
}

}  // namespace

std::optional<Kind> Target::kind() const {
  static const std::map<std::string, Kind> kKinds{
      {"nodes", Kind::kNode},
      {"pods", Kind::kPod},
      {"poddisruptionbudgets", Kind::kBudget},
      {"jobs", Kind::kJob},
      {"leases", Kind::kLease},
      {"clusterupgrades", Kind::kUpgrade},
      {"podtemplates", Kind::kPodTemplate},
      {"volumeattachments", Kind::kAttachment},
      {"persistentvolumes", Kind::kVolume},
      {"daemonsets", Kind::kDaemonSet},
      {"deployments", Kind::kDeployment},
      {"statefulsets", Kind::kStatefulSet},
      {"replicasets", Kind::kReplicaSet},
      {"endpointslices", Kind::kEndpointSlice},
      {"validatingwebhookconfigurations", Kind::kValidatingWebhooks},
      {"mutatingwebhookconfigurations", Kind::kMutatingWebhooks},
      {"configmaps", Kind::kConfigMap}};
  const auto found = kKinds.find(resource);
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Target> ParseTarget(std::string_view text) {
  Target target;
  const std::size_t mark = std::min(text.find('?'), text.size());
  for (const std::string& pair : Split(text.substr(std::min(mark + 1, text.size())), '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    target.query[Unescape(pair.substr(0, equals))] =
        Unescape(pair.substr(std::min(equals + 1, pair.size())));
  }
  std::vector<std::string> path = Split(text.substr(0, mark), '/');
  for (std::string& segment : path) {
    segment = Unescape(segment);
  }
  if (path.size() == 1 && path[0] == "version") {
    target.resource = "version";
    return target;
  }
  if (path == std::vector<std::string>{"openid", "v1", "jwks"}) {
    target.resource = "jwks";
    return target;
  }
  std::size_t at = PrefixLength(path);
  if (at == 0) {
    return std::nullopt;
  }
  if (path.size() > at + 2 && path[at] == "namespaces") {
    target.ns = path[at + 1];
    at += 2;
  }
  for (std::string* part : {&target.resource, &target.name, &target.subresource}) {
    if (at < path.size()) {
      *part = path[at++];
    }
  }
  return at == path.size() ? std::optional(target) : std::nullopt;
}

Selection SelectionOf(const Target& target, Kind kind) {
  Selection selection;
  selection.kind = kind;
  selection.ns = target.ns;
  selection.labels = target.Query("labelSelector");
  for (const std::string& term : Split(target.Query("fieldSelector"), ',')) {
    const std::size_t equals = std::min(term.find('='), term.size());
    selection.fields[term.substr(0, equals)] = term.substr(std::min(equals + 1, term.size()));
  }
  return selection;
}

bool Selection::Matches(const Json& object) const {
  if (!ns.empty() && NamespaceOf(object) != ns) {
    return false;
  }
  for (const auto& [field, wanted] : fields) {
    const std::string value = field == "spec.nodeName"   ? NodeNameOf(object)
                              : field == "metadata.name" ? NameOf(object)
                                                         : std::string("not a selectable field");
    if (value != wanted) {
      return false;
    }
  }
  for (const std::string& term : Split(labels, ',')) {
    if (!MatchesTerm(term, ValueAt(object, {"metadata", "labels"}))) {
      return false;
    }
  }
  return true;
}

}  // namespace cu::simulation
