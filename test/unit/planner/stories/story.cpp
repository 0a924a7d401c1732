#include "unit/planner/stories/story.hpp"

#include <algorithm>
#include <chrono>

#include <catch2/catch.hpp>

namespace cu::planner {
namespace {

using Status = api::ClusterUpgradeStatus;

template <class Entries>
auto* Find(const Entries& entries, const std::string& name) {
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

void Log::Change(const Status& before, const Status& after) {
  LeftWork(before, after);
  Failures(before, after);
  Postponed(before, after);
  InWork(before, after);
  if (before.saved_pods != after.saved_pods) {
    lines_.push_back("saved pods: " + std::to_string(after.saved_pods));
  }
  for (const api::Warning& warning : after.warnings) {
    const auto& old = before.warnings;
    if (std::find(old.begin(), old.end(), warning) == old.end()) {
      lines_.push_back("warning: " + NameOf(warning.type) + " " + warning.object);
    }
  }
}

void Log::LeftWork(const Status& before, const Status& after) {
  for (const api::NodeInWork& entry : before.in_progress) {
    if (Find(after.in_progress, entry.name) == nullptr) {
      lines_.push_back(entry.name +
                       (entry.verified ? ": done, " + after.progress : ": no longer in work"));
    }
  }
}

void Log::Failures(const Status& before, const Status& after) {
  for (const api::NodeFailure& failure : after.failures) {
    const api::NodeFailure* old = Find(before.failures, failure.name);
    if (old == nullptr || old->time != failure.time) {
      lines_.push_back(failure.name + ": failed, " + NameOf(failure.reason));
    } else if (failure.retried && !old->retried) {
      lines_.push_back(failure.name + ": retried");
    }
  }
  for (const api::NodeFailure& failure : before.failures) {
    if (Find(after.failures, failure.name) == nullptr) {
      lines_.push_back(failure.name + ": its failure is over");
    }
  }
}

void Log::Postponed(const Status& before, const Status& after) {
  for (const api::PostponedNode& postponed : after.postponed) {
    if (Find(before.postponed, postponed.name) == nullptr) {
      lines_.push_back(postponed.name + ": postponed, " + NameOf(postponed.reason));
    }
  }
  for (const api::PostponedNode& postponed : before.postponed) {
    if (Find(after.postponed, postponed.name) == nullptr) {
      lines_.push_back(postponed.name + ": no longer postponed");
    }
  }
}

void Log::InWork(const Status& before, const Status& after) {
  for (const api::NodeInWork& entry : after.in_progress) {
    const api::NodeInWork* old = Find(before.in_progress, entry.name);
    if (old != nullptr && old->version != entry.version) {
      lines_.push_back(entry.name + ": goes to " + entry.version);
    }
    if (entry.retry_time && (old == nullptr || !old->retry_time)) {
      const auto wait =
          std::chrono::duration_cast<std::chrono::seconds>(*entry.retry_time - entry.step_time);
      lines_.push_back(entry.name + ": attempt " + std::to_string(entry.attempt) +
                       " failed, the next one after " + std::to_string(wait.count()) + " s");
    } else if (old == nullptr || old->step != entry.step || old->attempt != entry.attempt) {
      lines_.push_back(entry.name + ": " + NameOf(entry.step) +
                       (entry.released_for.empty() ? "" : ", " + entry.released_for));
    }
  }
}

void Log::Conditions(const std::string& conditions) {
  if (conditions != conditions_) {
    lines_.push_back("conditions: " + conditions);
    conditions_ = conditions;
  }
}

void Log::Sent(const Action& action, const std::string& answer) {
  lines_.push_back("  " + Describe(action) + answer);
}

void Log::Event(const std::string& what) {
  lines_.push_back("    " + what);
}

Story::Story(Scene& scene) : scene_(scene), cluster_(scene) {
  scene.on_adopt = [this](const Status& before) { log_.Change(before, scene_.status()); };
}

void Story::Pass(int seconds) {
  Event(std::to_string(seconds) + " s pass", [&] { scene_.Pass(seconds); });
}

void Story::EndJob(const std::string& node) {
  Event("the Job on " + node + " ends, its kubelet restarts", [&] {
    const api::NodeInWork& entry = *scene_.Entry(node);
    scene_.node(node).kubelet_version = entry.version;
    cluster_.CompleteJob(entry.job_name);
  });
}

void Story::FailJob(const std::string& node) {
  Event("the Job on " + node + " fails", [&] { cluster_.FailJob(scene_.Entry(node)->job_name); });
}

void Story::UpgradeByHand(const std::string& node) {
  Event("somebody upgrades " + node,
        [&] { scene_.node(node).kubelet_version = scene_.spec().version; });
}

void Story::Event(const std::string& what, const std::function<void()>& happens) {
  log_.Event(what);
  happens();
  scene_.results.clear();  // by then the server is asked again
  Run();
}

void Story::Run() {
  constexpr int kRoundsMax = 100;
  for (int round = 0; round < kRoundsMax; ++round) {
    bool sent = false;
    for (const Action& action : scene_.Settle().actions) {
      sent = Send(action) || sent;
    }
    if (!sent) {
      log_.Conditions(scene_.Conditions());
      return;
    }
  }
  FAIL("the story has no end: " << scene_.Conditions());
}

bool Story::Send(const Action& action) {
  if (!refused_.contains(Describe(action))) {
    log_.Sent(action);
    cluster_.Apply(action);
    return true;
  }
  const ActionResult* last = ResultOf(scene_.results, action);
  if (last != nullptr && last->outcome == Outcome::kNoBudget) {
    return false;
  }
  log_.Sent(action, ": the budget has no room");
  scene_.Answer(action, Outcome::kNoBudget, "no room");
  return true;
}

}  // namespace cu::planner
