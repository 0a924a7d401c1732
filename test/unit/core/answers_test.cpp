#include "core/answers.hpp"

#include <chrono>

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

using planner::Verb;
using planner::Verdict;
using namespace std::chrono_literals;

base::Now At(std::chrono::milliseconds time) {
  return {base::WallTime(time), base::SteadyTime(time)};
}

AnswerBook::Asked Evict(const std::string& budget = "", bool room = false) {
  return {{"pod/team-a/web-0", "uid-1", Verb::kEvict}, "body", budget, room};
}

Judgement Judged(Verdict verdict, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  return {verdict, "said the server", retry_after};
}

/// The delay that the last answer to Evict() set, from `now` on.
std::chrono::milliseconds Delay(const AnswerBook& book, base::Now now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      book.answers().at(Evict().key).not_before - now.steady);
}

TEST_CASE("a node that was released may be cordoned and marked again at once", "[core]") {
  const auto act = [](Verb verb, const std::string& uid = "uid-1") {
    return AnswerBook::Asked{{"node/a", uid, verb}, "body", "", false};
  };
  const std::map<Verb, Verb> undone_by = {{Verb::kCordon, Verb::kRelease},
                                          {Verb::kAnnounce, Verb::kRelease},
                                          {Verb::kMark, Verb::kUnmark},
                                          {Verb::kUnmark, Verb::kMark},
                                          {Verb::kRelease, Verb::kCordon}};
  for (const auto& [done, undoing] : undone_by) {
    AnswerBook book(7);
    book.Record(act(done), Judged(Verdict::kAccepted), At(0s));
    book.Record(act(done, "uid-2"), Judged(Verdict::kAccepted), At(0s));
    CHECK_FALSE(book.Allows(act(done), At(1s).steady));
    book.Record(act(undoing), Judged(Verdict::kConflict), At(1s));
    CHECK_FALSE(book.Allows(act(done), At(1s).steady));
    book.Record(act(undoing), Judged(Verdict::kAccepted), At(2s));
    CHECK(book.Allows(act(done), At(2s).steady));
    CHECK_FALSE(book.answers().contains(act(done).key));
    CHECK_FALSE(book.Allows(act(done, "uid-2"), At(2s).steady));
  }
}

TEST_CASE("each verdict holds its act back for its own time, at most a quarter longer", "[core]") {
  const std::map<Verdict, std::chrono::milliseconds> first = {{Verdict::kAccepted, 10s},
                                                              {Verdict::kNoBudget, 5s},
                                                              {Verdict::kBudgetStale, 10s},
                                                              {Verdict::kOverload, 1s},
                                                              {Verdict::kTwoBudgets, 30s},
                                                              {Verdict::kTerminating, 5s},
                                                              {Verdict::kGone, 10s},
                                                              {Verdict::kConflict, 200ms},
                                                              {Verdict::kExists, 1s},
                                                              {Verdict::kInvalid, 30s},
                                                              {Verdict::kForbidden, 30s},
                                                              {Verdict::kUnknown, 1s}};
  for (const auto& [verdict, least] : first) {
    AnswerBook book(7);
    book.Record(Evict(), Judged(verdict), At(0s));
    CHECK(Delay(book, At(0s)) >= least);
    CHECK(Delay(book, At(0s)) <= least + least / 4);
  }
}

TEST_CASE("a Job that exists but is not seen yet is not created again soon", "[core]") {
  const AnswerBook::Asked create{{"job/cu-a", "uid-1", Verb::kCreateJob}, "body", "", false};
  AnswerBook book(7);
  book.Record(create, Judged(Verdict::kExists), At(0s));
  CHECK_FALSE(book.Allows(create, At(10s - 1ms).steady));
  CHECK(book.Allows(create, At(13s).steady));
}

TEST_CASE("the same verdict again doubles the delay up to its cap and keeps its first time",
          "[core]") {
  AnswerBook book(1);
  for (int attempt = 1; attempt <= 20; ++attempt) {
    book.Record(Evict(), Judged(Verdict::kNoBudget), At(attempt * 1s));
    CHECK(book.answers().at(Evict().key).attempts == attempt);
  }
  CHECK(Delay(book, At(20s)) >= 30s);
  CHECK(Delay(book, At(20s)) <= 37500ms);
  CHECK(book.answers().at(Evict().key).since == At(1s).wall);

  book.Record(Evict(), Judged(Verdict::kUnknown), At(21s));
  CHECK(book.answers().at(Evict().key).attempts == 1);
  CHECK(book.answers().at(Evict().key).since == At(21s).wall);
}

TEST_CASE("a conflict with another field manager is asked about ever more rarely", "[core]") {
  AnswerBook book(3);
  const planner::ActionKey mark{"node/n1", "uid", Verb::kMark};
  for (int attempt = 0; attempt < 10; ++attempt) {
    book.Record({mark, "", "", false}, Judged(Verdict::kConflict), At(0s));
  }
  CHECK(book.answers().at(mark).not_before >= At(60s).steady);
}

TEST_CASE("nothing is sent sooner than Retry-After says", "[core]") {
  for (const Verdict verdict : {Verdict::kOverload,
                                Verdict::kBudgetStale,
                                Verdict::kUnknown,
                                Verdict::kConflict,
                                Verdict::kForbidden}) {
    AnswerBook book(3);
    book.Record(Evict(), Judged(verdict, 120s), At(0s));
    CHECK(Delay(book, At(0s)) >= 120s);
    CHECK_FALSE(book.Allows(Evict("b@2", true), At(119s).steady));
  }
}

TEST_CASE("an accepted act holds back its repetition but not a changed wish", "[core]") {
  AnswerBook book(3);
  const planner::ActionKey cordon{"node/n1", "uid", Verb::kCordon};
  book.Record({cordon, "first", "", false}, Judged(Verdict::kAccepted), At(0s));
  CHECK_FALSE(book.Allows({cordon, "first", "", false}, At(1s).steady));
  CHECK(book.Allows({cordon, "second", "", false}, At(1s).steady));
  CHECK(book.Allows({cordon, "first", "", false}, At(13s).steady));
}

TEST_CASE("room under another version of the budget allows an early try", "[core]") {
  AnswerBook book(3);
  book.Record(Evict("team-a/web@7"), Judged(Verdict::kNoBudget), At(0s));
  CHECK_FALSE(book.Allows(Evict("team-a/web@7", true), At(1s).steady));
  CHECK_FALSE(book.Allows(Evict("team-a/web@8", false), At(1s).steady));
  CHECK(book.Allows(Evict("team-a/web@8", true), At(1s).steady));
}

TEST_CASE("a pod under two budgets is tried early once one with room is left", "[core]") {
  AnswerBook book(3);
  book.Record(Evict("team-a/api@1,team-a/web@7"), Judged(Verdict::kTwoBudgets), At(0s));
  CHECK_FALSE(book.Allows(Evict("team-a/api@2,team-a/web@7", false), At(1s).steady));
  CHECK(book.Allows(Evict("team-a/web@7", true), At(1s).steady));
}

TEST_CASE("an answer is dropped once it holds nothing back and no plan lists its act", "[core]") {
  AnswerBook book(3);
  book.Record(Evict(), Judged(Verdict::kGone), At(0s));
  book.Prune({}, At(500ms).steady);
  CHECK(book.answers().size() == 1);
  book.Prune({Evict().key}, At(13s).steady);
  CHECK(book.answers().size() == 1);
  book.Prune({}, At(13s).steady);
  CHECK(book.answers().empty());
}

TEST_CASE("an accepted act that no plan lists any more wakes nobody", "[core]") {
  AnswerBook book(3);
  book.Record(Evict(), Judged(Verdict::kAccepted), At(0s));
  CHECK_FALSE(book.NextAfter({}, At(0s).steady));
  CHECK(book.NextAfter({Evict().key}, At(0s).steady));
  book.Record(Evict(), Judged(Verdict::kUnknown), At(1s));
  CHECK(book.NextAfter({}, At(1s).steady));
}

TEST_CASE("equal seeds draw equal delays", "[core]") {
  AnswerBook one(9);
  AnswerBook two(9);
  for (AnswerBook* book : {&one, &two}) {
    book->Record(Evict(), Judged(Verdict::kTwoBudgets), At(0s));
  }
  CHECK(Delay(one, At(0s)) == Delay(two, At(0s)));
}

}  // namespace
}  // namespace cu::core
