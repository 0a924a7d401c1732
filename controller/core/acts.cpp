#include "core/acts.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cu::core {
namespace {

// Of the 16 that Calls allows: an eviction may take 15 s.
constexpr std::size_t kMaxActs = 12;

/// One budget, and it has room.
bool HasRoom(const std::vector<planner::BudgetRef>& budgets, const Watches& watches) {
  const api::PodDisruptionBudget* budget =
      budgets.size() == 1 ? watches.budgets().Find(budgets.front().key) : nullptr;
  return budget != nullptr && budget->disruptions_allowed > 0;
}

AnswerBook::Asked Ask(const planner::Action& act, const Watches& watches) {
  AnswerBook::Asked asked{planner::KeyOf(act), "", {}, false};
  if (const auto* evict = std::get_if<planner::EvictPod>(&act)) {
    asked.budgets = evict->budgets;
    asked.room = HasRoom(evict->budgets, watches);
  }
  return asked;
}

}  // namespace

std::vector<Acts::Wanted> Acts::Sendable(const std::vector<planner::Action>& acts,
                                         const Place& place,
                                         const Watches& watches,
                                         base::Now now) {
  std::vector<Wanted> sendable;
  std::set<planner::ObjectRef> taken;
  for (const planner::Action& act : acts) {
    AnswerBook::Asked asked = Ask(act, watches);
    const planner::ObjectRef object = asked.key.object;
    if (InFlight(object) || taken.contains(object)) {
      continue;
    }
    Prepared prepared = RequestFor(act, place);
    auto* request = std::get_if<port::Request>(&prepared);
    if (request == nullptr) {
      if (book_.Allows(asked, now.steady)) {
        book_.Record(asked, std::get<Judgement>(prepared), now);
      }
      continue;
    }
    asked.body = request->body;
    if (book_.Allows(asked, now.steady)) {
      taken.insert(object);
      sendable.push_back({std::move(asked), std::move(*request)});
    }
  }
  return sendable;
}

bool Acts::Send(Wanted wanted, base::SteadyTime not_after, base::Now now, kube::Calls& calls) {
  kube::CallOptions options;
  if (wanted.asked.key.kind == planner::ActionKind::kEvict) {
    options.timeout = kube::kEvictionTimeout;
  }
  options.not_after = not_after;
  const auto id = calls.Send(std::move(wanted.request), now, options);
  if (id) {
    flights_.emplace(*id, std::move(wanted.asked));
  }
  return id.has_value();
}

std::optional<Acts::Done> Acts::Handle(port::CallId id, const port::Event& event, base::Now now) {
  Done done;
  const auto found = flights_.find(id);
  done.key = found->second.key;
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    done.judgement = Classify(done.key.kind, answer->response);
    done.code = std::to_string(answer->response.status);
    done.body = answer->response.body;
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    done.judgement = Classify(failed->error);
    done.code = kube::kNoAnswer;
  } else {
    return std::nullopt;
  }
  const auto before = book_.answers().find(done.key);
  done.news = before == book_.answers().end() || before->second.outcome != done.judgement.outcome;
  book_.Record(found->second, done.judgement, now);
  flights_.erase(found);
  return done;
}

bool Acts::full() const {
  return flights_.size() >= kMaxActs;
}

bool Acts::InFlight(const planner::ObjectRef& object) const {
  return std::any_of(flights_.begin(), flights_.end(), [&](const auto& flight) {
    return flight.second.key.object == object;
  });
}

void Acts::Clear() {
  flights_.clear();
}

}  // namespace cu::core
