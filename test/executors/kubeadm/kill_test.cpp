#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>

#include "fake_node.hpp"
#include "node/upgrade.hpp"

namespace cu::node {
namespace {

// What keeps the whole within a minute of one core; all points: CU_ALL_POINTS=1. Fewer tries than
// the floor mean that the model, or the program, does less than it did.
constexpr int kKillStride = 3;
constexpr int kKillFloor = 300;
constexpr int kPairStride = 7;
constexpr int kSecondStride = 11;
constexpr int kPairFloor = 100;
constexpr int kCallStride = 3;
constexpr int kCallFloor = 300;

struct Scenario {
  std::string name;
  Stage stage = Stage::kControlPlane;
  Method method = Method::kAuto;
  bool control_plane = true;
  bool first = true;
  /// What is wrong with the new version.
  std::set<std::string> ill{};
  bool etcd_converts = false;
  std::set<std::string> failing{};
  /// The exit code of a run that nothing disturbs.
  int ends = kExitDone;
};

const std::vector<Scenario>& Scenarios() {
  static const std::vector<Scenario> kAll = [] {
    const std::string server = std::string(kApiServer) + ":" + kNew;
    const std::string kubelet = std::string("kubelet:") + kNew;
    std::vector<Scenario> all{
        {"one swap", Stage::kControlPlane},
        {"one swap, not the first", Stage::kControlPlane, Method::kOneSwap, true, false},
        {"one swap with the kubelet", Stage::kControlPlaneAndNode},
        {"plain", Stage::kControlPlane, Method::kPlain},
        {"plain, not the first", Stage::kControlPlane, Method::kPlain, true, false},
        {"plain with the kubelet", Stage::kControlPlaneAndNode, Method::kPlain},
        {"worker", Stage::kNode, Method::kAuto, false, false},
        {"kubelet of a control-plane node", Stage::kNode, Method::kAuto, true, false},
    };
    for (const Stage stage : {Stage::kControlPlane, Stage::kControlPlaneAndNode}) {
      const std::string of = std::string(NameOf(stage)) + ", ";
      all.push_back(
          {of + "ill API server", stage, Method::kAuto, true, true, {server}, false, {}, 1});
      all.push_back(
          {of + "ill etcd", stage, Method::kAuto, true, true, {"etcd:3.6.8-0"}, false, {}, 1});
      all.push_back({of + "ill etcd that converts",
                     stage,
                     Method::kAuto,
                     true,
                     true,
                     {"etcd:3.6.8-0"},
                     true,
                     {},
                     1});
      all.push_back({of + "plain, ill API server",
                     stage,
                     Method::kPlain,
                     true,
                     true,
                     {server},
                     false,
                     {},
                     1});
      all.push_back({of + "phases fail",
                     stage,
                     Method::kAuto,
                     true,
                     true,
                     {},
                     false,
                     {"kubeadm init phase etcd"},
                     1});
      all.push_back({of + "kubeadm upgrade fails",
                     stage,
                     Method::kAuto,
                     true,
                     true,
                     {},
                     false,
                     {"kubeadm upgrade apply v1.36.3"},
                     1});
    }
    all.push_back({"one swap, ill kubelet",
                   Stage::kControlPlaneAndNode,
                   Method::kAuto,
                   true,
                   true,
                   {kubelet},
                   false,
                   {},
                   1});
    all.push_back({"worker, ill kubelet",
                   Stage::kNode,
                   Method::kAuto,
                   false,
                   false,
                   {kubelet},
                   false,
                   {},
                   1});
    return all;
  }();
  return kAll;
}

FakeNode* Prepare(const Scenario& scenario, FakeNode& node) {
  node.ill = scenario.ill;
  node.etcd_converts = scenario.etcd_converts;
  node.failing = scenario.failing;
  node.first = scenario.first;
  node.config_version = scenario.first ? kOld : kNew;
  if (scenario.stage == Stage::kNode && scenario.control_plane) {
    for (const char* component : kComponents) {
      node.files[ManifestPath(component)] = ManifestText(component, kNew);
    }
    node.Wait(std::chrono::milliseconds(1));
  }
  return &node;
}

Options OptionsFor(const Scenario& scenario) {
  Options options;
  options.node = "cp1";
  options.version = kNew;
  options.stage = scenario.stage;
  options.method = scenario.method;
  options.health_timeout = std::chrono::seconds(30);
  return options;
}

/// -1: killed.
int Attempt(FakeNode& node, const Scenario& scenario, int kill, int fail) {
  node.Begin(kill, fail);
  try {
    return Upgrade(node, OptionsFor(scenario));
  } catch (const Killed&) {
    return -1;
  }
}

bool StaticPodsAt(FakeNode& node, const std::string& version) {
  for (const char* component : kComponents) {
    const std::string text = ManifestText(component, version);
    if (node.files[ManifestPath(component)] != text || node.running[component] != text) {
      return false;
    }
  }
  return true;
}

void CheckDone(FakeNode& node, const Scenario& scenario) {
  if (scenario.control_plane) {
    CHECK(StaticPodsAt(node, kNew));
    CHECK(node.config_version == kNew);
  }
  if (TouchesControlPlane(scenario.stage)) {
    CHECK(node.addons == kNew);
  }
  if (TouchesKubelet(scenario.stage)) {
    CHECK(node.files["/var/lib/kubelet/kubeadm-flags.env"] ==
          "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1\"\n");
  }
  const std::string kubelet = TouchesKubelet(scenario.stage) ? kNew : kOld;
  CHECK(node.files["/usr/bin/kubelet"] == kubelet);
  CHECK(node.files["/usr/bin/kubectl"] == kubelet);
  CHECK(node.kubelet_version == kubelet);
  CHECK(node.node_version == kubelet);
  CHECK(node.files.count("/usr/bin/.kubelet.new") == 0);
}

/// What happened before the run that is judged.
enum class Past { kNothing, kKilled, kRestarted };

/// Holds whatever happened, once a run has come to its end.
void CheckWhole(FakeNode& node, const Scenario& scenario, Past past) {
  CHECK(node.ApiUp());
  CHECK(node.KubeletUp());
  CHECK(node.files["/usr/bin/kubelet"] == node.kubelet_version);
  if (scenario.control_plane) {
    for (const char* component : kComponents) {
      CHECK(node.running[component] == node.files[ManifestPath(component)]);
    }
  }
  if (scenario.ends == 1 && scenario.method != Method::kPlain && scenario.failing.empty() &&
      scenario.control_plane) {
    // A machine that restarts within the change can come up with a new API server on the old etcd,
    // or with a new control plane beside the old kubelet.
    const bool new_server = node.files[ManifestPath(kApiServer)] == ManifestText(kApiServer, kNew);
    const bool old_etcd = node.files[ManifestPath(kEtcd)] == ManifestText(kEtcd, kOld);
    const bool old_kubelet = StaticPodsAt(node, kNew) && node.kubelet_version == kOld;
    const bool mixed = past == Past::kRestarted && new_server && (old_etcd || old_kubelet);
    CHECK((mixed || (StaticPodsAt(node, kOld) && node.kubelet_version == kOld)));
  }
}

/// etcd's data is somewhere in its folder: a kill can come while it is set aside.
void CheckAlways(FakeNode& node, const Scenario& scenario) {
  CHECK_FALSE(node.empty_etcd);
  CHECK_FALSE(node.unlocked_act);
  if (scenario.control_plane) {
    CHECK(std::any_of(node.files.begin(), node.files.end(), [](const auto& file) {
      return file.first.rfind("/var/lib/etcd/member", 0) == 0 &&
             file.second.rfind("precious", 0) == 0;
    }));
  }
}

void CheckData(FakeNode& node, const Scenario& scenario) {
  if (scenario.control_plane) {
    CHECK(node.files["/var/lib/etcd/member/db"].rfind("precious", 0) == 0);
    CHECK(node.files["/var/lib/etcd/member/wal"] == "precious too");
  }
}

/// After a restart in the middle of a swap what was to fail may be past: kubeadm completes what has
/// come up.
bool MayEndWell(Past past) {
  return past == Past::kRestarted;
}

void CheckEnd(FakeNode& node, const Scenario& scenario, int code, Past past) {
  CheckAlways(node, scenario);
  CheckData(node, scenario);
  // An etcd that never gets well and changes its data, and a machine that restarts in the middle of
  // the swap: kubeadm is left alone with it.
  const bool hopeless =
      past == Past::kRestarted && code == kExitNeedsPerson && scenario.etcd_converts;
  CHECK((code == scenario.ends || (code == kExitDone && MayEndWell(past)) || hopeless));
  if (code == kExitDone) {
    CheckDone(node, scenario);
    CHECK(node.files.count("/var/lib/cluster-upgrade/change.json") == 0);
  }
  if (code != kExitNeedsPerson) {
    CheckWhole(node, scenario, past);
  }
  if (code != kExitDone) {
    CHECK(std::any_of(node.said.begin(), node.said.end(), [](const std::string& line) {
      return line.rfind("failed: node cp1", 0) == 0;
    }));
  }
}

FakeNode NodeFor(const Scenario& scenario) {
  FakeNode node(scenario.control_plane);
  Prepare(scenario, node);
  return node;
}

/// Which of the points of a scenario are tried: all if CU_ALL_POINTS is set, else every
/// `stride`-th, from another one in each scenario.
class Choice {
 public:
  Choice(int stride, std::size_t scenario)
      : stride_(All() ? 1 : stride), first_(static_cast<int>(scenario) % stride_) {}
  int first() const { return first_; }
  int stride() const { return stride_; }
  static bool All() {
    return std::getenv("CU_ALL_POINTS") != nullptr;  // NOLINT(concurrency-mt-unsafe): one thread
  }

 private:
  int stride_;
  int first_;
};

int PointsOf(const Scenario& scenario) {
  FakeNode node = NodeFor(scenario);
  Attempt(node, scenario, -1, -1);
  return node.points;
}

/// Runs again on a node that was killed, or has failed.
void CheckNext(FakeNode& node, const Scenario& scenario, Past past) {
  const int code = Attempt(node, scenario, -1, -1);
  CAPTURE(node.said);
  CheckEnd(node, scenario, code, past);
}

/// Kills a second time at some points of the run that follows; returns at how many.
int KillAgain(const FakeNode& killed, const Scenario& scenario, int first, int stride) {
  FakeNode once = killed;
  Attempt(once, scenario, -1, -1);
  int tried = 0;
  for (int second = first % stride; second < once.points; second += stride) {
    INFO("and at " << second);
    FakeNode node = killed;
    REQUIRE(Attempt(node, scenario, second, -1) == -1);
    CheckAlways(node, scenario);
    CheckNext(node, scenario, Past::kKilled);
    ++tried;
  }
  return tried;
}

}  // namespace

TEST_CASE("each scenario ends as it should when nothing disturbs it") {
  for (const Scenario& scenario : Scenarios()) {
    INFO(scenario.name);
    FakeNode node = NodeFor(scenario);
    CheckNext(node, scenario, Past::kNothing);
  }
}

TEST_CASE("a kubelet that dies tells why, and no other component is quoted") {
  const auto& all = Scenarios();
  const auto ill = std::find_if(all.begin(), all.end(), [](const Scenario& scenario) {
    return scenario.name == "one swap, ill kubelet";
  });
  REQUIRE(ill != all.end());
  FakeNode node = NodeFor(*ill);
  Attempt(node, *ill, -1, -1);
  CAPTURE(node.said);
  CHECK(std::any_of(node.said.begin(), node.said.end(), [](const std::string& line) {
    return line.rfind("failed: node cp1", 0) == 0 &&
           line.find("; the last words of the kubelet: panic: the new kubelet does not like") !=
               std::string::npos;
  }));
}

TEST_CASE("killed at any point, the next attempt ends as if nothing had been") {
  int tried = 0;
  for (std::size_t i = 0; i < Scenarios().size(); ++i) {
    const Scenario& scenario = Scenarios()[i];
    const int points = PointsOf(scenario);
    const Choice choice(kKillStride, i);
    for (int point = choice.first(); point < points; point += choice.stride()) {
      INFO(scenario.name << ", killed at " << point);
      FakeNode killed = NodeFor(scenario);
      REQUIRE(Attempt(killed, scenario, point, -1) == -1);
      CheckAlways(killed, scenario);
      FakeNode restarted = killed;
      CheckNext(killed, scenario, Past::kKilled);
      INFO("machine restarted");
      restarted.Reboot();
      CheckNext(restarted, scenario, Past::kRestarted);
      tried += 2;
    }
  }
  std::cout << "killed at " << tried << " points, run again\n";
  CHECK(tried >= kKillFloor);
}

TEST_CASE("killed twice, the third attempt ends as if nothing had been") {
  int tried = 0;
  for (std::size_t i = 0; i < Scenarios().size(); ++i) {
    const Scenario& scenario = Scenarios()[i];
    const int points = PointsOf(scenario);
    const Choice choice(kPairStride, i);
    for (int point = choice.first(); point < points; point += choice.stride()) {
      INFO(scenario.name << ", killed at " << point);
      FakeNode killed = NodeFor(scenario);
      Attempt(killed, scenario, point, -1);
      tried += KillAgain(killed, scenario, point, Choice::All() ? 5 : kSecondStride);
    }
  }
  std::cout << "killed at " << tried << " pairs of points, run again\n";
  CHECK(tried >= kPairFloor);
}

TEST_CASE("whichever call fails once, the node is whole, and the next attempt ends well") {
  int tried = 0;
  for (std::size_t i = 0; i < Scenarios().size(); ++i) {
    const Scenario& scenario = Scenarios()[i];
    FakeNode whole = NodeFor(scenario);
    Attempt(whole, scenario, -1, -1);
    const int calls = std::min(whole.calls, 400);
    const Choice choice(kCallStride, i);
    for (int call = choice.first(); call < calls; call += choice.stride()) {
      INFO(scenario.name << ", call " << call << " fails");
      FakeNode node = NodeFor(scenario);
      const int first = Attempt(node, scenario, -1, call);
      CAPTURE(node.said);
      CheckAlways(node, scenario);
      CHECK(first != kExitWrongInput);
      CheckNext(node, scenario, Past::kKilled);
      ++tried;
    }
  }
  std::cout << tried << " calls failed once\n";
  CHECK(tried >= kCallFloor);
}

}  // namespace cu::node
