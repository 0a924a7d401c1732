#include "planner/pods/obstacle.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using api::BlockerKind;
using api::BlockReason;

Obstacle Of(BlockReason reason, const std::string& detail = "detail") {
  return {{BlockerKind::kPod, "team-a", "web", reason, {}}, "team-a/web", detail};
}

}  // namespace

TEST_CASE("every reason but an unknown one has a sentence that names its pod or volume",
          "[planner]") {
  for (const auto& row : api::kBlockReasons) {
    CAPTURE(row.name);
    const std::string text = DescribeDrain({}, {Of(row.reason)}, {});
    CHECK(text.starts_with("0/0 pods gone; "));
    CHECK(text.find('{') == std::string::npos);
    CHECK(text.find("web") != std::string::npos);
    const bool known = text.find(": " + std::string(row.name)) == std::string::npos;
    CHECK(known == (row.reason != BlockReason::kUnknown));
  }
}

TEST_CASE("a drain is described by its first obstacle, since when, and how many more",
          "[planner]") {
  api::NodeInWork entry;
  entry.evicted = 14;
  entry.total = 30;
  CHECK(DrainProgress(entry) == "14/30 pods");
  CHECK(DescribeDrain(entry, {}, {}) == "14/30 pods gone");
  const api::Pod pod = PodBuilder("web");
  PodPlan plan;
  plan.pod = &pod;
  CHECK(DescribeDrain(entry, {}, {&plan}) == "14/30 pods gone; waiting for pod team-a/web");

  const std::vector<Obstacle> two = {Of(BlockReason::kForbidden, "no"),
                                     Of(BlockReason::kTerminating)};
  entry.blocked_by = {two[0].by};
  entry.blocked_by[0].since = After(60);
  CHECK(DescribeDrain(entry, two, {&plan}) ==
        "14/30 pods gone; the API server forbids removing pod team-a/web: no (since " +
            base::FormatTime(After(60)) + "); and 1 more");
}

TEST_CASE("a PodTemplate that cannot be created is told with the role that is missing",
          "[planner]") {
  Obstacle obstacle = Of(BlockReason::kForbidden);
  obstacle.by.kind = BlockerKind::kPodTemplate;
  obstacle.by.name = "cu-web-1";
  CHECK(DescribeDrain({}, {obstacle}, {}) ==
        "0/0 pods gone; pod team-a/web must be saved before it is evicted, but PodTemplate "
        "team-a/cu-web-1 cannot be created: detail; its role is in "
        "deploy/optional/recreate-pods.yaml");
}

TEST_CASE("a long answer of the server is cut", "[planner]") {
  const std::string text =
      DescribeDrain({}, {Of(BlockReason::kServerError, std::string(1'000, 'x'))}, {});
  CHECK(text.ends_with(" " + std::string(300, 'x')));
}
