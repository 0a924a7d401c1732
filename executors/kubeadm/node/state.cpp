#include "node/state.hpp"

#include <nlohmann/json.hpp>

namespace cu::node {

// Found by its argument's namespace, therefore not in a nameless one.
NLOHMANN_JSON_SERIALIZE_ENUM(Phase,
                             {{Phase::kStopping, "Stopping"},
                              {Phase::kChanging, "Changing"},
                              {Phase::kStarting, "Starting"},
                              {Phase::kGoingBack, "GoingBack"},
                              {Phase::kDataBack, "DataBack"},
                              {Phase::kReplacing, "Replacing"}})

namespace {

using nlohmann::json;

constexpr const char* kJournalPath = "/var/lib/cluster-upgrade/change.json";
constexpr const char* kFinishedPath = "/var/lib/cluster-upgrade/finished.json";

std::string Text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string Encode(const Journal& journal) {
  return json{{"phase", journal.phase},
              {"from", journal.from},
              {"version", journal.version},
              {"backup", journal.backup},
              {"programs", journal.programs},
              {"kubelet", journal.kubelet},
              {"kubectl", journal.kubectl},
              {"etcdData", journal.etcd_data},
              {"certificates", journal.certificates},
              {"etcdMembers", journal.etcd_members},
              {"setAside", journal.set_aside}}
             .dump(2) +
         "\n";
}

std::optional<Journal> DecodeJournal(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return std::nullopt;
  }
  Journal journal;
  if (!object.contains("phase")) {
    return std::nullopt;
  }
  journal.phase = object["phase"].get<Phase>();
  journal.from = Text(object, "from");
  journal.version = Text(object, "version");
  journal.backup = Text(object, "backup");
  journal.programs = object.value("programs", json()) == json(true);
  journal.kubelet = Text(object, "kubelet");
  journal.kubectl = Text(object, "kubectl");
  journal.etcd_data = Text(object, "etcdData");
  journal.certificates = Text(object, "certificates");
  const json members = object.value("etcdMembers", json());
  journal.etcd_members = members.is_number_integer() ? members.get<int>() : 0;
  journal.set_aside = Text(object, "setAside");
  if (journal.version.empty() || journal.backup.empty()) {
    return std::nullopt;
  }
  return journal;
}

std::optional<Journal> LoadJournal(Host& host) {
  const std::optional<std::string> text = host.Read(kJournalPath);
  return text ? DecodeJournal(*text) : std::nullopt;
}

Status SaveJournal(Host& host, const Journal& journal) {
  return host.Write(kJournalPath, Encode(journal));
}

Status DropJournal(Host& host) {
  return host.Remove(kJournalPath);
}

Finished LoadFinished(Host& host) {
  const json object = json::parse(host.Read(kFinishedPath).value_or(""), nullptr, false);
  return object.is_object() ? Finished{Text(object, "controlPlane"), Text(object, "node")}
                            : Finished{};
}

Status SaveFinished(Host& host, const Finished& finished) {
  return host.Write(
      kFinishedPath,
      json{{"controlPlane", finished.control_plane}, {"node", finished.node}}.dump(2) + "\n");
}

}  // namespace cu::node
