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
/// Of one run. A controller at rest wakes a few times a second.
constexpr int kWakesMax = 20'000;
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
  cluster.api.alter = Tampering(input);
  cluster.RunUntil([&] { return cluster.api.wakes > kWakesMax; }, kRun);
  Require(!cluster.api.exit_code, "no answer of the server ends the process");
  Require(cluster.api.wakes <= kWakesMax, "no answer of the server makes it spin");
  CheckSent(cluster.api);
}

}  // namespace cu::fuzz
