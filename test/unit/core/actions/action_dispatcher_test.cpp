#include "core/actions/action_dispatcher.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/apart.hpp"
#include "unit/core/actions/played.hpp"
#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using planner::Outcome;
using Actions = std::vector<planner::Action>;
using Names = std::vector<std::string>;
using namespace std::chrono_literals;

struct Bench {
  std::vector<ActionDispatcher::Sendable> Choose(const Actions& wanted) {
    return actions.Choose(wanted, {"jobs", "up", "1"}, wire.now);
  }
  Names Chosen(const Actions& wanted) {
    Names names;
    for (const ActionDispatcher::Sendable& one : Choose(wanted)) {
      names.push_back(NameOf(one.asked.key.object));
    }
    return names;
  }
  void Send(const Actions& wanted, std::chrono::seconds term = 1h) {
    for (ActionDispatcher::Sendable& one : Choose(wanted)) {
      REQUIRE(actions.Send(std::move(one), wire.now.steady + term, wire.now, wire.calls));
    }
  }
  /// Of the action that is in flight.
  ActionDispatcher::Done Answer(int code, const std::string& body = "{}") {
    const Wire::Open open = wire.only();
    return *actions.Handle(open.id, wire.Answer(open, code, body), wire.now);
  }
  const planner::ActionResult& ResultOf(const planner::Action& action) const {
    return actions.table().results().at(planner::KeyOf(action));
  }

  Wire wire;
  Watches watches{{{"system", "jobs"}, {}}};
  ActionDispatcher actions{1, watches};
};

planner::CordonNode Cordon(const std::string& node, const std::string& version = "") {
  return {node, node + "-uid", "production/1", version};
}

TEST_CASE("two actions on one object are never in flight together", "[core]") {
  Bench bench;
  const planner::Action cordon = planner::CordonNode{"n", "n-uid", "production/1", ""};
  const planner::Action release = planner::ReleaseNode{"n", "n-uid", "7"};
  CHECK(bench.Chosen({cordon, release}) == Names{"node/n"});
  bench.Send({cordon});
  CHECK(bench.Chosen({release}).empty());
  CHECK(bench.actions.InFlight({planner::ObjectKind::kNode, "n"}));
  CHECK_FALSE(bench.actions.InFlight({planner::ObjectKind::kPod, "n"}));
  CHECK(bench.Chosen({Cordon("m")}) == Names{"node/m"});
  bench.Answer(200);
  CHECK_FALSE(bench.actions.InFlight({planner::ObjectKind::kNode, "n"}));
  CHECK(bench.Chosen({release}) == Names{"node/n"});
}

TEST_CASE("what may be sent keeps its order, and names the place", "[core]") {
  Bench bench;
  const auto chosen = bench.Choose({kEvict, kDeleteJob, kSetFinalizer});
  REQUIRE(chosen.size() == 3);
  CHECK(chosen[0].request.target.ends_with("/web-0/eviction"));
  CHECK(chosen[1].request.target == "/apis/batch/v1/namespaces/jobs/jobs/cu-n1");
  CHECK(Json::parse(chosen[2].request.body)[0]["value"] == "1");
}

TEST_CASE("an action that was accepted is sent again only with another body", "[core]") {
  Bench bench;
  bench.Send({Cordon("n", "v1.36.2")});
  const auto done = bench.Answer(200);
  CHECK(done.judgement.outcome == Outcome::kAccepted);
  CHECK(done.code == "200");
  CHECK(bench.Chosen({Cordon("n", "v1.36.2")}).empty());
  CHECK(bench.Chosen({Cordon("n", "v1.36.3")}) == Names{"node/n"});
  bench.wire.Pass(13s);
  CHECK(bench.Chosen({Cordon("n", "v1.36.2")}) == Names{"node/n"});
}

TEST_CASE("an answer says for whom its action was sent", "[core]") {
  Bench bench;
  bench.Send({Cordon("n")});
  CHECK(bench.Answer(200).upgrade == "up");
}

TEST_CASE("an action that was refused is held back", "[core]") {
  Bench bench;
  bench.Send({Cordon("n")});
  const auto done = bench.Answer(403);
  CHECK(done.key == planner::KeyOf(Cordon("n")));
  CHECK(done.judgement.outcome == Outcome::kForbidden);
  CHECK(done.code == "403");
  CHECK(bench.Chosen({Cordon("n")}).empty());
  bench.wire.Pass(38s);
  CHECK(bench.Chosen({Cordon("n")}) == Names{"node/n"});
}

TEST_CASE("an action that is held back leaves its object to the next one", "[core]") {
  Bench bench;
  bench.Send({kEvict});
  bench.Answer(500);
  const auto chosen = bench.Choose({kEvict, kDeletePod});
  REQUIRE(chosen.size() == 1);
  CHECK(chosen[0].request.method == port::Method::kDelete);
}

TEST_CASE("an action of which no request can be made is answered at once, and rarely", "[core]") {
  Bench bench;
  planner::CreateJob action = kCreateJob;
  action.job.pod_template = "[";
  CHECK(bench.Chosen({action, kEvict}) == Names{"pod/team/web-0"});
  CHECK(bench.ResultOf(action).outcome == Outcome::kInvalid);
  CHECK_FALSE(bench.ResultOf(action).message.empty());
  CHECK(bench.actions.table().recorded() == 1);
  bench.Choose({action});
  CHECK(bench.actions.table().recorded() == 1);
  bench.wire.Pass(38s);
  bench.Choose({action});
  CHECK(bench.actions.table().recorded() == 2);
  CHECK(bench.wire.open().empty());
}

TEST_CASE("an eviction goes early once its budget is seen with room", "[core]") {
  Bench bench;
  planner::EvictPod evict = kEvict;
  evict.facts.budgets = {{"team/web", "7", false}};
  bench.Send({evict});
  bench.Answer(429, Status("TooManyRequests", "no", kBudgetCause));
  CHECK(bench.ResultOf(evict).outcome == Outcome::kNoBudget);
  CHECK(bench.ResultOf(evict).facts == evict.facts);
  CHECK(bench.Chosen({evict}).empty());
  evict.facts.budgets = {{"team/web", "8", true}};
  CHECK(bench.Chosen({evict}) == Names{"pod/team/web-0"});
}

TEST_CASE("a refusal is told once, a denial as a warning, a question not at all", "[core]") {
  const auto told = [](Outcome outcome, bool news, const planner::Action& action) {
    ActionDispatcher::Done done;
    done.key = planner::KeyOf(action);
    done.judgement = {outcome, "no", std::nullopt};
    done.code = "403";
    done.news = news;
    return RefusalOf(done);
  };
  REQUIRE(told(Outcome::kForbidden, true, kEvict));
  CHECK(told(Outcome::kForbidden, true, kEvict)->level == base::LogLevel::kError);
  CHECK(told(Outcome::kForbidden, true, kEvict)->fields.at("object") == "pod/team/web-0");
  CHECK(told(Outcome::kInvalid, true, kEvict)->fields.at("error") == "no");
  CHECK(told(Outcome::kDenied, true, kEvict)->level == base::LogLevel::kWarning);
  CHECK_FALSE(told(Outcome::kForbidden, false, kEvict));
  CHECK_FALSE(told(Outcome::kForbidden, true, kCheckAccess));
  CHECK_FALSE(told(Outcome::kNoBudget, true, kEvict));
}

TEST_CASE("an eviction has 15 s, everything else 10 s, and the term less", "[core]") {
  Bench bench;
  const auto time = [&](const planner::Action& action, std::chrono::seconds term) {
    bench.Send({action}, term);
    return bench.wire.open().back().not_after - bench.wire.now.steady;
  };
  CHECK(time(kEvict, 1h) == 15s);
  CHECK(time(kCordon, 1h) == 10s);
  CHECK(time(kDeleteJob, 4s) == 4s);
}

TEST_CASE("an action that was not answered may have been done", "[core]") {
  Bench bench;
  bench.Send({Cordon("n")});
  const Wire::Open open = bench.wire.only();
  const auto done = bench.actions.Handle(open.id, bench.wire.Fail(open), bench.wire.now);
  REQUIRE(done);
  CHECK(done->judgement.outcome == Outcome::kUnknown);
  CHECK(done->judgement.message == "connection reset");
  CHECK(done->code == "<error>");
  CHECK_FALSE(bench.actions.Owns(open.id));
}

TEST_CASE("an outcome is news when it differs from the one before", "[core]") {
  Bench bench;
  const auto news = [&](int code) {
    bench.Send({Cordon("n")});
    const bool is_news = bench.Answer(code).news;
    bench.wire.Pass(5min);
    return is_news;
  };
  CHECK(news(403));
  CHECK_FALSE(news(403));
  CHECK(news(422));
  CHECK(news(403));
}

TEST_CASE("the object of an accepted answer is seen at once, that of another never is", "[core]") {
  const std::string body = R"({"metadata":{"name":"n","resourceVersion":"9"}})";
  Bench bench;
  bench.Send({Cordon("n")});
  bench.Answer(500, body);
  CHECK(bench.watches.nodes().items().empty());
  bench.wire.Pass(5s);
  bench.Send({Cordon("n")});
  bench.Answer(200, body);
  CHECK(bench.watches.nodes().Find("n") != nullptr);
}

TEST_CASE("an answer that is still to come leaves the action in flight", "[core]") {
  Bench bench;
  bench.Send({Cordon("n")});
  const port::CallId id = bench.wire.only().id;
  CHECK_FALSE(bench.actions.Handle(id, port::StreamOpened{id}, bench.wire.now));
  CHECK(bench.actions.Owns(id));
  CHECK(bench.actions.table().recorded() == 0);
}

TEST_CASE("twelve are in flight at most, and none is where there is no room", "[core]") {
  Bench bench;
  for (int i = 0; i < 12; ++i) {
    CHECK_FALSE(bench.actions.full());
    bench.Send({Cordon("n" + std::to_string(i))});
  }
  CHECK(bench.actions.full());
  CHECK(bench.wire.open().size() == 12);

  Bench crowded;
  crowded.wire.FillUp();
  auto chosen = crowded.Choose({Cordon("n")});
  REQUIRE(chosen.size() == 1);
  CHECK_FALSE(crowded.actions.Send(
      std::move(chosen[0]), crowded.wire.now.steady + 1h, crowded.wire.now, crowded.wire.calls));
  CHECK_FALSE(crowded.actions.InFlight({planner::ObjectKind::kNode, "n"}));
  CHECK(crowded.actions.table().recorded() == 0);
}

TEST_CASE("a thirteenth action, or an answer to none, breaks the contract", "[core]") {
  Bench bench;
  for (int i = 0; i < 12; ++i) {
    bench.Send({Cordon("n" + std::to_string(i))});
  }
  CHECK(test::RunApart([&] { bench.Send({Cordon("n12")}); }).Broke("!full()"));
  const port::CallId foreign{9'999};
  const auto answer = [&] {
    bench.actions.Handle(foreign, port::CallFailed{foreign, {}}, bench.wire.now);
  };
  CHECK(test::RunApart(answer).Broke("found != flights_.end()"));
}

TEST_CASE("the end of a term forgets what is in flight, not what was answered", "[core]") {
  Bench bench;
  bench.Send({Cordon("n")});
  bench.Answer(403);
  bench.Send({Cordon("m")});
  const port::CallId id = bench.wire.only().id;
  bench.actions.Clear();
  CHECK_FALSE(bench.actions.Owns(id));
  CHECK(bench.Chosen({Cordon("n"), Cordon("m")}) == Names{"node/m"});
}

}  // namespace
}  // namespace cu::core
