#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "model/pods.hpp"
#include "regressions.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Scenario Rotating(Rotation::Kind kind, int servers) {
  Scenario scenario = PlainScenario(2);
  scenario.control_planes = servers;
  scenario.fixture = "volumes";
  scenario.undisturbed = true;
  scenario.spec["tokenRefresh"]["mode"] = "Report";
  scenario.rotation.emplace();
  scenario.rotation->kind = kind;
  return scenario;
}

/// "True Fresh", or as far as it is.
std::string FreshIn(const Json& upgrade) {
  for (const Json& condition : ValueAt(upgrade, {"status", "conditions"})) {
    if (TextAt(condition, {"type"}) == "TokensFresh") {
      return TextAt(condition, {"status"}) + " " + TextAt(condition, {"reason"});
    }
  }
  return "no condition";
}

std::string EndsFresh(Run& run, const RunResult& result) {
  const std::string fresh = FreshIn(UpgradeIn(run.cluster()));
  return fresh == "True Fresh" ? NoCordonLeft(run, result) : "TokensFresh is " + fresh;
}

/// Both accept the new key within a minute; one of them goes on signing with the old one.
Case OneSignsOld(std::uint64_t seed) {
  Scenario scenario = Rotating(Rotation::Kind::kSoft, 2);
  scenario.seed = seed;
  scenario.rotation->at = minutes{3};
  scenario.rotation->between_passes = minutes{2};
  scenario.rotation->between_servers = minutes{30};
  const auto early = std::make_shared<bool>(false);
  const auto noticed = std::make_shared<bool>(false);
  return {"the old key is called droppable while one API server of two signs with it (" +
              std::to_string(seed) + ")",
          scenario,
          [early, noticed](Run& run) {
            Cluster& cluster = run.cluster();
            cluster.database.Subscribe([&cluster, early, noticed](const Change& change) {
              if (change.kind != Kind::kUpgrade || change.after == nullptr) {
                return;
              }
              const Json& upgrade = change.after->value();
              const bool told = !ValueAt(upgrade, {"status", "tokenRefresh", "change"}).is_null();
              const bool differ = !cluster.api_servers.common().has_value();
              *noticed = *noticed || (told && differ);
              *early = *early || (told && differ && FreshIn(upgrade).starts_with("True"));
            });
          },
          "True Upgraded",
          [early, noticed](Run& run, const RunResult& result) -> std::string {
            return *early      ? "TokensFresh was True before both had changed"
                   : !*noticed ? "nothing was said while they differed"
                               : EndsFresh(run, result);
          }};
}

/// A token by the new key is seen, then its server is given its old key back.
Case TakenBack() {
  Scenario scenario = Rotating(Rotation::Kind::kHard, 1);
  scenario.rotation->at = minutes{3};
  const auto before = std::make_shared<Keyring>();
  const auto back = std::make_shared<bool>(false);
  return {
      "a change that is taken back at once counts as done",
      scenario,
      [before, back](Run& run) {
        Cluster& cluster = run.cluster();
        cluster.timeline.After(
            seconds{1}, [&cluster, before] { *before = cluster.api_servers.common().value(); });
        cluster.database.Subscribe([&cluster, before, back](const Change& change) {
          if (change.kind == Kind::kUpgrade && change.after != nullptr && !*back &&
              change.after->value().contains(Json::json_pointer("/status/tokenRefresh/change"))) {
            *back = true;
            cluster.timeline.After(seconds{5}, [&cluster, before] {
              cluster.api_servers.Restart(0, *before, seconds{5}, false);
            });
          }
        });
      },
      "True Upgraded",
      [back](Run& run, const RunResult& result) -> std::string {
        return *back ? EndsFresh(run, result) : "nothing was noticed";
      }};
}

/// Nobody is told of the key beforehand: every token is refused until kubelets write new ones.
Case HardChange() {
  Scenario scenario = Rotating(Rotation::Kind::kHard, 1);
  scenario.rotation->at = hours{3};
  scenario.fixture = "released";
  struct Seen {
    bool refused = false;
    bool wrote = false;
    bool lifted = false;
  };
  const auto seen = std::make_shared<Seen>();
  return {"a controller whose token is refused while a node drains loses the node",
          scenario,
          [seen](Run& run) {
            OnceWorkerIsIn(run, "Draining", [&run] { run.rotator()->Start(); });
            Cluster& cluster = run.cluster();
            cluster.database.Subscribe([&cluster, seen](const Change& change) {
              const Token* token = cluster.token_files.Of("a");
              const bool refused = token != nullptr && !cluster.api_servers.all_down() &&
                                   !cluster.api_servers.AllAccept(*token);
              seen->refused = seen->refused || refused;
              seen->wrote = seen->wrote || (refused && change.actor.find('/') != std::string::npos);
              const ObjectPtr node = cluster.database.Find(Kind::kNode, "worker-1");
              seen->lifted =
                  seen->lifted || (refused && node != nullptr && !IsCordoned(node->value()));
            });
          },
          "True Upgraded",
          [seen](Run& run, const RunResult& result) -> std::string {
            return !seen->refused ? "no token was refused"
                   : seen->wrote  ? "something was written with a token that is refused"
                   : seen->lifted ? "the cordon was lifted meanwhile"
                                  : EndsFresh(run, result);
          }};
}

/// While the only API server is started anew, pods are created all the time.
Case SameSecond() {
  Scenario scenario = Rotating(Rotation::Kind::kHard, 1);
  scenario.rotation->at = minutes{3};
  return {"a pod of the second in which the API server started counts as fresh",
          scenario,
          [](Run& run) {
            Cluster& cluster = run.cluster();
            for (int i = 0; i < 400; ++i) {
              cluster.timeline.After(minutes{3} + milliseconds{50 * i}, [&cluster, i] {
                PodOptions options;
                options.ns = "crowd";
                options.name = "pod-" + std::to_string(i);
                options.app = "crowd";
                options.node = "worker-2";
                cluster.workloads.AddPod(options);
              });
            }
          },
          "True Upgraded",
          EndsFresh};
}

/// With mode Auto, before the next node after a hard change, after the last one after a soft one.
Case Replaced(Rotation::Kind kind, const char* name) {
  Scenario scenario = Rotating(kind, 1);
  scenario.spec["tokenRefresh"]["mode"] = "Auto";
  scenario.applications = true;
  scenario.rotation->at = minutes{3};
  return {name,
          scenario,
          [](Run&) {},
          "True Upgraded",
          [](Run& run, const RunResult& result) {
            const Json upgrade = UpgradeIn(run.cluster());
            return NumberAt(upgrade, {"status", "tokenRefresh", "workloadsReplaced"}) == 0
                       ? std::string("no workload was refreshed")
                       : EndsFresh(run, result);
          }};
}

}  // namespace

std::vector<Case> CasesOfTokens() {
  return {OneSignsOld(45),
          TakenBack(),
          HardChange(),
          SameSecond(),
          Replaced(Rotation::Kind::kHard, "old tokens stay in pods after a hard change"),
          Replaced(Rotation::Kind::kSoft, "old tokens stay in pods after a soft change"),
          Replaced(Rotation::Kind::kAuthority, "old authorities stay in pods")};
}

}  // namespace cu::simulation
