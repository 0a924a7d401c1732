#include <algorithm>

#include "model/pods.hpp"
#include "promises_nodes.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// The last renewal may be 5 s older than the end of the soak, and times are cut to seconds.
constexpr seconds kLongestSilence{6};

}  // namespace

/// The release that is the tag of all of them, or "" if they differ.
std::string NodePromises::ComponentsOf(const std::string& node) const {
  std::set<std::string> tags;
  for (const std::string& component : kComponents) {
    const ObjectPtr pod =
        cluster_.database.Find(Kind::kPod, "kube-system/" + component + "-" + node);
    const Json containers = pod == nullptr ? Json() : ValueAt(pod->value(), {"spec", "containers"});
    const std::string image = containers.empty() ? "" : TextAt(containers.front(), {"image"});
    tags.insert(image.substr(image.rfind(':') + 1));
  }
  return tags.size() == 1 ? *tags.begin() : "";
}

/// P20: by what the process has seen of it, the node is at the version, has been rebooted if that
/// is wanted, and has been Ready since minReadySeconds without a break; and its kubelet lives.
void NodePromises::CheckVerified(const Call& call, const Json& upgrade, const Json& entry) {
  const std::string name = TextAt(entry, {"name"});
  const auto refuse = [&](const std::string& why) {
    report_("P20", name + " is verified, but " + why);
  };
  const std::vector<State> states = SeenStates(call.process, name);
  if (states.empty() || states.back().uid != TextAt(entry, {"uid"})) {
    return refuse("it is not there");
  }
  const State& last = states.back();
  const bool components = TextAt(entry, {"stage"}) == "ControlPlane" &&
                          TextAt(upgrade, {"spec", "executor", "type"}) == "Kubeadm";
  const std::string beside = ComponentsOf(name);
  const std::string at = components ? beside : last.kubelet;
  if (at != TextAt(entry, {"version"})) {
    return refuse((components ? "its components are at " : "its kubelet is at ") + at);
  }
  if (!beside.empty() && ReleaseOf(beside).minor_number < ReleaseOf(last.kubelet).minor_number) {
    return refuse("its components are at " + beside);
  }
  if (!last.ready) {
    return refuse("it is not Ready");
  }
  const Json& verify = ValueAt(upgrade, {"spec", "verify"});
  const auto boot = boot_at_start_.find(last.uid);
  if (!components && BoolAt(verify, {"newBoot"}) && boot != boot_at_start_.end() &&
      boot->second == last.boot) {
    return refuse("it was not rebooted");
  }
  base::SteadyTime since = last.time;
  for (auto state = states.rbegin(); state != states.rend() && *state == last; ++state) {
    since = state->time;
  }
  const base::SteadyTime now = cluster_.timeline.now();
  const seconds soak{NumberAt(verify, {"minReadySeconds"})};
  if (now - since < soak) {
    return refuse("it has been Ready for " + std::to_string((now - since) / milliseconds{1}) +
                  " ms only");
  }
  // While some servers refuse a token that others take, watches are behind now and then.
  const Duration lag = cluster_.api_servers.begun() ? std::max<Duration>(view_lag_, seconds{10})
                       : view_lag_ <= seconds{5}    ? milliseconds{500}
                                                    : view_lag_;
  if (now - alive_[name] > kLongestSilence + lag) {
    return refuse("its kubelet has been silent for " +
                  std::to_string((now - alive_[name]) / seconds{1}) + " s");
  }
  CheckDaemonSets(upgrade, name);
}

void NodePromises::CheckDaemonSets(const Json& upgrade, const std::string& node) {
  if (TextAt(upgrade, {"spec", "verify", "daemonSets"}) != "Require") {
    return;
  }
  for (const auto& [key, since] : not_ready_) {
    const ObjectPtr pod = cluster_.database.Find(Kind::kPod, key);
    const bool of_daemon_set =
        pod != nullptr && OwnerField(pod->value(), "kind") == "DaemonSet" &&
        cluster_.database.Find(
            Kind::kDaemonSet, NamespaceOf(pod->value()) + "/" + OwnerField(pod->value(), "name")) !=
            nullptr;
    const ObjectPtr live = cluster_.database.Find(Kind::kNode, node);
    const Work& work = work_[UidOf(live->value())];
    const bool long_ago = cluster_.timeline.now() - since > view_lag_ && since > work.since;
    if (of_daemon_set && NodeNameOf(pod->value()) == node && long_ago &&
        work.daemon_sets.contains(OwnerField(pod->value(), "uid"))) {
      report_("P20", node + " is verified, but " + key + " of a DaemonSet is not Ready");
    }
  }
}

}  // namespace cu::simulation
