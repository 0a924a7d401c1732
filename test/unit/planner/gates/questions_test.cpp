#include "planner/gates/questions.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const CheckAccess kQuestion{"delete", "pods"};

/// What comes of asking it once.
struct Reply {
  bool refused = false;
  bool open = false;
  bool asks = false;  ///< it is sent to the server
  std::string problem;
  bool operator==(const Reply&) const = default;
};

Reply AskOnce(const Scene& scene, PreflightMemory& memory) {
  const Snapshot seen(scene);
  Questions questions(seen.planning(), memory);
  Reply reply;
  reply.refused = questions.Ask(kQuestion, "the question") != nullptr;
  reply.open = questions.open();
  reply.problem = questions.problem();
  reply.asks = Describe(questions.Take().actions) == Lines{"CheckAccess delete pods"};
  return reply;
}

const Reply kAgreed{false, false, false, ""};
const Reply kOpen{false, true, true, ""};
const Reply kRefused{true, false, true, ""};

}  // namespace

TEST_CASE("a question is open until it is answered, and says what came instead", "[planner]") {
  Scene scene = Workers(1);
  PreflightMemory memory;
  CHECK(AskOnce(scene, memory) == kOpen);
  for (const Outcome vague : {Outcome::kUnknown, Outcome::kOverload, Outcome::kConflict}) {
    scene.Answer(kQuestion, vague, "busy");
    CHECK(AskOnce(scene, memory) == Reply{false, true, true, "the question failed: busy"});
  }
}

TEST_CASE("what was agreed to is remembered and not asked again", "[planner]") {
  Scene scene = Workers(1);
  PreflightMemory memory;
  scene.Answer(kQuestion, GENERATE(Outcome::kAccepted, Outcome::kExists));
  CHECK(AskOnce(scene, memory) == kAgreed);
  scene.results.clear();
  CHECK(AskOnce(scene, memory) == kAgreed);
  scene.Edit();
  CHECK(AskOnce(scene, memory) == kOpen);
}

TEST_CASE("a refusal holds until a better answer, and is asked for", "[planner]") {
  Scene scene = Workers(1);
  PreflightMemory memory;
  scene.Answer(
      kQuestion,
      GENERATE(Outcome::kForbidden, Outcome::kInvalid, Outcome::kTerminating, Outcome::kUnjudged));
  CHECK(AskOnce(scene, memory) == kRefused);
  scene.Answer(kQuestion, Outcome::kUnknown, "busy");
  CHECK(AskOnce(scene, memory) == kRefused);
  scene.results.clear();
  CHECK(AskOnce(scene, memory) == kRefused);
  SECTION("the server agrees") {
    scene.Answer(kQuestion, Outcome::kAccepted);
    CHECK(AskOnce(scene, memory) == kAgreed);
    CHECK(memory.refused.empty());
  }
  SECTION("another spec asks anew") {
    scene.Edit();
    CHECK(AskOnce(scene, memory) == kOpen);
  }
}
