#include "core/actions/action_dispatcher.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "core/actions/access_actions.hpp"
#include "core/actions/job_actions.hpp"
#include "core/actions/node_actions.hpp"
#include "core/actions/pod_actions.hpp"
#include "core/actions/upgrade_actions.hpp"
#include "core/actions/workload_actions.hpp"

namespace cu::core {
namespace {

// Of the 16 that Calls allows: an eviction may take 15 s.
constexpr std::size_t kMaxInFlight = 12;

base::Result<port::Request> MakeRequest(const planner::Action& action, const Place& place) {
  return std::visit([&](const auto& one) { return RequestFor(one, place); }, action);
}

RetryTable::Asked Ask(const planner::Action& action) {
  RetryTable::Asked asked{planner::KeyOf(action),
                          std::visit([](const auto& one) { return HandlingOf(one); }, action),
                          std::nullopt};
  if (const auto* evict = std::get_if<planner::EvictPod>(&action)) {
    asked.facts = evict->facts;
  }
  return asked;
}

}  // namespace

std::vector<ActionDispatcher::Sendable> ActionDispatcher::Choose(
    const std::vector<planner::Action>& actions, const Place& place, base::Now now) {
  std::vector<Sendable> chosen;
  std::set<planner::ObjectRef> taken;
  for (const planner::Action& action : actions) {
    RetryTable::Asked asked = Ask(action);
    if (InFlight(asked.key.object) || taken.contains(asked.key.object)) {
      continue;
    }
    const RetryTable::Permit permit = table_.Allows(asked, now.steady);
    if (permit == RetryTable::Permit::kHold) {
      continue;
    }
    base::Result<port::Request> request = MakeRequest(action, place);
    if (!request.ok()) {
      table_.Record(asked, "", Unusable(request.error()), now);
      continue;
    }
    if (permit == RetryTable::Permit::kSendIfChanged && table_.Repeats(asked.key, request->body)) {
      continue;
    }
    taken.insert(asked.key.object);
    chosen.push_back({std::move(asked), std::move(request).value(), place.upgrade});
  }
  return chosen;
}

bool ActionDispatcher::Send(Sendable action,
                            base::SteadyTime not_after,
                            base::Now now,
                            kube::Calls& calls) {
  CU_CHECK(!full());
  kube::CallOptions options;
  options.timeout = action.asked.handling.timeout.value_or(kube::kCallTimeout);
  options.not_after = not_after;
  std::string body = action.request.body;
  const auto id = calls.Send(std::move(action.request), now, options);
  if (id) {
    flights_.emplace(*id,
                     Flight{std::move(action.asked), std::move(body), std::move(action.upgrade)});
  }
  return id.has_value();
}

std::optional<ActionDispatcher::Done> ActionDispatcher::Handle(port::CallId id,
                                                               const port::Event& event,
                                                               base::Now now) {
  const auto found = flights_.find(id);
  CU_CHECK(found != flights_.end());
  const RetryTable::Asked& asked = found->second.asked;
  Done done;
  done.key = asked.key;
  done.upgrade = found->second.upgrade;
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    done.judgement = Judge(asked.handling, answer->response);
    done.code = std::to_string(answer->response.status);
    if (done.judgement.outcome == planner::Outcome::kAccepted && asked.handling.adopt != nullptr) {
      asked.handling.adopt(answer->response.body, *watches_);
    }
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    done.judgement = Unanswered(failed->error);
    done.code = kube::kNoAnswer;
  } else {
    return std::nullopt;
  }
  const auto before = table_.results().find(done.key);
  done.news = before == table_.results().end() || before->second.outcome != done.judgement.outcome;
  table_.Record(asked, found->second.body, done.judgement, now);
  flights_.erase(found);
  return done;
}

bool ActionDispatcher::full() const {
  return flights_.size() >= kMaxInFlight;
}

bool ActionDispatcher::InFlight(const planner::ObjectRef& object) const {
  return std::any_of(flights_.begin(), flights_.end(), [&](const auto& flight) {
    return flight.second.asked.key.object == object;
  });
}

std::optional<base::LogRecord> RefusalOf(const ActionDispatcher::Done& done) {
  const planner::Outcome outcome = done.judgement.outcome;
  const bool denied = outcome == planner::Outcome::kDenied;
  const bool refused =
      denied || outcome == planner::Outcome::kForbidden || outcome == planner::Outcome::kInvalid;
  if (!refused || !done.news || done.key.kind == planner::ActionKind::kCheckAccess) {
    return std::nullopt;
  }
  return base::LogRecord{denied ? base::LogLevel::kWarning : base::LogLevel::kError,
                         "rejected by the API server",
                         {{"action", planner::NameOf(done.key.kind)},
                          {"object", planner::NameOf(done.key.object)},
                          {"code", done.code},
                          {"error", done.judgement.message}}};
}

}  // namespace cu::core
