#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "mutate.hpp"
#include "target.hpp"
#include "unit/core/small_cluster.hpp"

namespace cu::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr auto kRun = 25s;
/// Of one run. A controller at rest wakes a few times a second; one that spins, a thousand times (a
/// turn takes a millisecond of the model's time).
constexpr int kWakesMax = 5'000;
/// Below it an event passes unchanged.
constexpr std::uint8_t kUnchanged = 0xC0;

/// Changes what the server says, as the bytes of the input have it: one for each event.
class Tampering {
 public:
  explicit Tampering(std::string_view bytes) : bytes_(bytes) {}

  void operator()(port::Event& event) {
    const std::uint8_t choice = Next();
    if (choice < kUnchanged) {
      return;
    }
    std::uint64_t seed = 0;
    for (int i = 0; i < 4; ++i) {
      seed = seed << 8U | Next();
    }
    base::Random random(seed);
    if (auto* answer = std::get_if<port::ResponseReceived>(&event)) {
      ChangeAnswer(choice, *answer, event, random);
    } else if (auto* line = std::get_if<port::StreamLine>(&event)) {
      if (choice % 8 == 0) {
        event = port::StreamEnded{line->id, std::nullopt};
      } else {
        line->line = Changed(line->line, random);
      }
    }
  }

 private:
  std::uint8_t Next() {
    return at_ < bytes_.size() ? static_cast<std::uint8_t>(bytes_[at_++]) : std::uint8_t{0};
  }
  std::string Changed(const std::string& text, base::Random& random) {
    earlier_.push_back(text);
    return MutateJson(text, {&words_, &earlier_}, random);
  }
  void ChangeAnswer(std::uint8_t choice,
                    port::ResponseReceived& answer,
                    port::Event& event,
                    base::Random& random) {
    static constexpr std::array kCodes = {
        200, 201, 400, 401, 403, 404, 405, 409, 410, 415, 422, 429, 500, 503, 504};
    if (choice % 8 == 0) {
      event = port::CallFailed{answer.id, {base::ErrorKind::kTimeout, "no answer"}};
      return;
    }
    if (choice % 8 == 1) {
      answer.response.status = kCodes.at(random.Below(kCodes.size()));
      answer.response.retry_after = std::chrono::seconds(random.Below(100));
    }
    answer.response.body = Changed(answer.response.body, random);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::vector<const char*> words_;
  std::vector<std::string> earlier_;
};

/// What a drain meets beside the pods that are there: a budget, and a pod that takes its time to
/// end.
void AddObstacles(core::TinyApi& api) {
  const core::Json labels{{"app", "web"}};
  const core::Json owner{
      {"kind", "StatefulSet"}, {"name", "s"}, {"uid", "s"}, {"controller", true}};
  api.Put("/api/v1/namespaces/team/pods/web-0",
          {{"metadata", {{"labels", labels}, {"ownerReferences", {owner}}}},
           {"spec", {{"nodeName", "n1"}, {"terminationGracePeriodSeconds", 30}}},
           {"status",
            {{"phase", "Running"}, {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}});
  api.Put("/api/v1/namespaces/team/pods/web-1",
          {{"metadata",
            {{"labels", labels},
             {"ownerReferences", {owner}},
             {"deletionTimestamp", "2020-01-01T00:00:00Z"},
             {"deletionGracePeriodSeconds", 5}}},
           {"spec",
            {{"nodeName", "n2"},
             {"terminationGracePeriodSeconds", 30},
             {"volumes", {{{"name", "v"}, {"persistentVolumeClaim", {{"claimName", "c"}}}}}}}},
           {"status", {{"phase", "Running"}}}});
  api.Put("/apis/policy/v1/namespaces/team/poddisruptionbudgets/web",
          {{"metadata", {{"generation", 1}}},
           {"spec", {{"maxUnavailable", 1}, {"selector", {{"matchLabels", labels}}}}},
           {"status",
            {{"disruptionsAllowed", 1},
             {"expectedPods", 2},
             {"currentHealthy", 2},
             {"desiredHealthy", 1},
             {"observedGeneration", 1}}}});
}

core::Json JobExecutor() {
  return {{"type", "Job"},
          {"timeoutSeconds", 5},
          {"job", {{"template", {{"spec", {{"containers", {{{"name", "a"}, {"image", "b"}}}}}}}}}}};
}

void CheckSent(const core::TinyApi& api) {
  for (const core::TinyApi::Seen& seen : api.seen) {
    Require(seen.request.body.empty() || nlohmann::json::accept(seen.request.body),
            "every body is JSON");
    Require(std::none_of(seen.request.target.begin(),
                         seen.request.target.end(),
                         [](char c) { return c <= ' ' || c >= '\x7f'; }),
            "every target is one of HTTP");
  }
}

}  // namespace

/// An upgrade of a small cluster whose API server does not always say what is so.
void RunController(std::string_view input) {
  core::Cluster cluster;
  AddObstacles(cluster.api);
  if (!input.empty() && static_cast<unsigned char>(input.front()) % 2 != 0) {
    core::Json upgrade = core::Upgrade();
    upgrade["spec"]["executor"] = JobExecutor();
    cluster.api.Put(core::kUpgrade, upgrade);
  }
  cluster.api.alter = Tampering(input);
  cluster.RunUntil([&] { return cluster.api.wakes > kWakesMax; }, kRun);
  Require(!cluster.api.exit_code, "no answer of the server ends the process");
  Require(cluster.api.wakes <= kWakesMax, "no answer of the server makes it spin");
  CheckSent(cluster.api);
}

}  // namespace cu::fuzz
