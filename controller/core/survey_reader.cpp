#include "core/survey_reader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/backoff.hpp"
#include "base/check.hpp"
#include "codec/decode.hpp"
#include "kube/paths.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;
namespace paths = kube::paths;

constexpr auto kNotSooner = 5s;
constexpr int kRest = 5;  ///< times what a look takes
constexpr auto kWhileBlocked = 60s;
constexpr auto kAtLeast = 10min;
// Jitter makes each of them up to twice as long.
constexpr base::Backoff kBackoff{1s, 15s};
constexpr auto kNoRoomPause = 250ms;

}  // namespace

bool SurveyReader::Due(const std::string& key,
                       const std::vector<std::uint64_t>& changes,
                       base::Now now) {
  if (!result_ || result_->question != key) {
    next_look_.reset();
    return true;
  }
  const base::SteadyTime soonest =
      ended_ + std::max<base::SteadyTime::duration>(kNotSooner, kRest * took_);
  const base::SteadyTime latest =
      ended_ + (result_->blocks() ? base::SteadyTime::duration(kWhileBlocked)
                                  : base::SteadyTime::duration(kAtLeast));
  next_look_ = changes != looked_at_ ? soonest : std::max(soonest, latest);
  return *next_look_ <= now.steady;
}

void SurveyReader::Serve(const planner::World& world,
                         const std::vector<std::uint64_t>& changes,
                         kube::Calls& calls) {
  const api::ClusterUpgrade& upgrade = *world.upgrade;
  const std::string key = planner::SurveyQuestion(upgrade);
  CU_CHECK(phase_ == Phase::kIdle || fold_.has_value());
  if (phase_ != Phase::kIdle && fold_->question() != key) {
    Stop(calls);
  }
  if (phase_ != Phase::kIdle && from_start_) {
    Begin(world, changes);
  }
  Fold(world);
  if (phase_ == Phase::kIdle && Due(key, changes, world.now)) {
    due_ = base::SteadyTime::min();
    Begin(world, changes);
  }
  if (phase_ != Phase::kIdle && !call_ && due_ <= world.now.steady) {
    Ask(world.now, calls);
  }
}

void SurveyReader::Begin(const planner::World& world, const std::vector<std::uint64_t>& changes) {
  phase_ = Phase::kVolumes;
  fold_.emplace(world);
  looked_at_ = changes;
  began_ = world.now.steady;
  continue_.clear();
  page_ = {};
  from_start_ = false;
}

void SurveyReader::Ask(base::Now now, kube::Calls& calls) {
  std::vector<std::pair<std::string, std::string>> query{
      {"limit", std::to_string(page_size_.value())}};
  if (!continue_.empty()) {
    query.emplace_back("continue", continue_);
  }
  const std::string path =
      phase_ == Phase::kVolumes ? paths::All<api::PersistentVolume>() : paths::All<api::Pod>();
  call_ = calls.Send(port::Request::Get(paths::WithQuery(path, query)),
                     now,
                     {.timeout = kube::kListTimeout, .not_after = std::nullopt});
  if (!call_) {
    due_ = calls.After(now, kNoRoomPause);
  }
}

void SurveyReader::Handle(const port::Event& event, base::Now now, kube::Calls& calls) {
  CU_CHECK(call_.has_value() && phase_ != Phase::kIdle);
  call_.reset();
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  if (answer == nullptr) {
    const auto* failed = std::get_if<port::CallFailed>(&event);
    if (failed != nullptr && failed->error.kind == base::ErrorKind::kTooLarge &&
        page_size_.Shrink()) {
      due_ = now.steady;
      return;
    }
    Retry(failed == nullptr ? "no response" : failed->error.message, 0s, now, calls);
  } else if (!kube::Succeeded(answer->response)) {
    Refused(answer->response, now, calls);
  } else if (!(phase_ == Phase::kVolumes ? Take<api::PersistentVolume>(answer->response.body)
                                         : Take<api::Pod>(answer->response.body))) {
    from_start_ = true;
    Retry("a page of the list cannot be read", 0s, now, calls);
  }
}

template <class T>
bool SurveyReader::Take(const std::string& body) {
  auto page = codec::DecodePage<T>(body);
  if (!page) {
    return false;
  }
  codec::Page<T> read = std::move(page).value();
  continue_ = std::move(read.continue_token);
  page_size_.Took(body.size(), read.items.size());
  page_ = std::move(read.items);
  failures_ = 0;
  if (!problem_.empty()) {
    problem_.clear();
    ++activity_;
  }
  return true;
}

void SurveyReader::Refused(const port::Response& response, base::Now now, kube::Calls& calls) {
  if (phase_ == Phase::kVolumes && response.status == 403) {
    fold_->SkipVolumes();
    phase_ = Phase::kPods;
    continue_.clear();
    return;
  }
  from_start_ = from_start_ || response.status == 410 || response.status == 400;
  Retry(kube::ErrorOf(response).message, kube::RetryAfterOf(response).value_or(0s), now, calls);
}

void SurveyReader::Retry(const std::string& problem,
                         std::chrono::seconds not_sooner,
                         base::Now now,
                         kube::Calls& calls) {
  due_ = std::max(calls.After(now, kBackoff.After(failures_++)), now.steady + not_sooner);
  if (problem_ != problem) {
    problem_ = problem;
    ++activity_;
  }
}

/// Takes the page that was read in, and says by phase_ and continue_ what comes next.
void SurveyReader::Fold(const planner::World& world) {
  const Page page = std::exchange(page_, {});
  if (const auto* volumes = std::get_if<std::vector<api::PersistentVolume>>(&page)) {
    CU_CHECK(fold_.has_value());
    fold_->AddVolumes(world, *volumes);
    phase_ = continue_.empty() ? Phase::kPods : Phase::kVolumes;
  } else if (const auto* pods = std::get_if<std::vector<api::Pod>>(&page)) {
    CU_CHECK(fold_.has_value());
    fold_->AddPods(world, *pods);
    if (continue_.empty()) {
      result_ = fold_->Finish();
      fold_.reset();
      phase_ = Phase::kIdle;
      ended_ = world.now.steady;
      took_ = ended_ - began_;
      ++activity_;
    }
  }
}

void SurveyReader::Stop(kube::Calls& calls) {
  if (call_) {
    calls.Drop(*call_);
  }
  const std::uint64_t activity = activity_;
  *this = SurveyReader();
  activity_ = activity;
}

kube::Wake SurveyReader::wake_at() const {
  if (phase_ == Phase::kIdle) {
    return next_look_;
  }
  return call_ ? std::nullopt : kube::Wake(due_);
}

}  // namespace cu::core
