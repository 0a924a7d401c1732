#include "core/acts.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cu::core {
namespace {

// Of the 16 that Calls allows: an eviction may take 15 s.
constexpr std::size_t kMaxActs = 12;
constexpr const char* kNoAnswer = "<error>";

/// "namespace/name@version": one budget, and it has room.
bool HasRoom(const std::string& stamp, const Watches& watches) {
  const api::PodDisruptionBudget* budget = watches.budgets().Find(stamp.substr(0, stamp.find('@')));
  return budget != nullptr && budget->disruptions_allowed > 0 &&
         stamp.find(',') == std::string::npos;
}

/// What no two calls in flight may have in common: the object, and the budget that an eviction
/// spends. Each eviction writes its budget's status, and the API server lets one that comes second
/// wait for 500 ms (kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go,
/// EvictionsRetry).
std::set<std::string> Exclusive(const AnswerBook::Asked& asked) {
  std::set<std::string> names{asked.key.object};
  if (!asked.budget.empty() && asked.budget.find(',') == std::string::npos) {
    names.insert("budget/" + asked.budget.substr(0, asked.budget.find('@')));
  }
  return names;
}

AnswerBook::Asked Ask(const planner::Act& act, const Watches& watches) {
  AnswerBook::Asked asked{planner::KeyOf(act), "", "", false};
  if (const auto* evict = std::get_if<planner::EvictPod>(&act)) {
    asked.budget = evict->budget;
    asked.room = HasRoom(evict->budget, watches);
  }
  return asked;
}

}  // namespace

std::vector<Acts::Wanted> Acts::Sendable(const std::vector<planner::Act>& acts,
                                         const Place& place,
                                         const Watches& watches,
                                         base::Now now) {
  std::vector<Wanted> sendable;
  std::set<std::string> taken;
  for (const auto& [id, flight] : flights_) {
    taken.merge(Exclusive(flight.asked));
  }
  for (const planner::Act& act : acts) {
    AnswerBook::Asked asked = Ask(act, watches);
    std::set<std::string> exclusive = Exclusive(asked);
    const auto is_taken = [&](const std::string& name) { return taken.contains(name); };
    if (std::any_of(exclusive.begin(), exclusive.end(), is_taken)) {
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
      taken.merge(exclusive);
      sendable.push_back({act, std::move(asked), std::move(*request)});
    }
  }
  return sendable;
}

bool Acts::Send(Wanted wanted, base::SteadyTime not_after, base::Now now, kube::Calls& calls) {
  kube::CallOptions options;
  if (wanted.asked.key.verb == planner::Verb::kEvict) {
    options.timeout = kube::kEvictionTimeout;
  }
  options.not_after = not_after;
  const auto id = calls.Send(std::move(wanted.request), now, options);
  if (id) {
    flights_.emplace(*id, Flight{std::move(wanted.act), std::move(wanted.asked)});
  }
  return id.has_value();
}

std::optional<Acts::Done> Acts::Handle(port::CallId id, const port::Event& event, base::Now now) {
  Done done;
  const auto found = flights_.find(id);
  done.act = found->second.act;
  done.key = found->second.asked.key;
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    done.judgement = Classify(done.key.verb, answer->response);
    done.code = std::to_string(answer->response.status);
    done.body = answer->response.body;
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    done.judgement = Classify(failed->error);
    done.code = kNoAnswer;
  } else {
    return std::nullopt;
  }
  const auto before = book_.answers().find(done.key);
  done.news = before == book_.answers().end() || before->second.verdict != done.judgement.verdict;
  book_.Record(found->second.asked, done.judgement, now);
  flights_.erase(found);
  return done;
}

bool Acts::full() const {
  return flights_.size() >= kMaxActs;
}

bool Acts::InFlight(const std::string& object) const {
  return std::any_of(flights_.begin(), flights_.end(), [&](const auto& flight) {
    return flight.second.asked.key.object == object;
  });
}

void Acts::Clear() {
  flights_.clear();
  book_.Clear();
}

}  // namespace cu::core
