#include "planner/pods/losses.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Lines Told(const api::DrainSpec& drain, const api::Pod& pod) {
  Lines lines;
  for (const Finding& loss : LossesOf(drain, pod)) {
    lines.push_back((loss.blocks ? "! " : "") + LineOf(loss));
  }
  return lines;
}

const api::Pod kAlone = PodBuilder("alone").Unmanaged().EmptyDir().On("w");

}  // namespace

TEST_CASE("what a pod loses when it leaves, by the policy for it", "[planner]") {
  api::DrainSpec drain;
  CHECK(Told(drain, PodBuilder("web").On("w")).empty());
  CHECK(Told(drain, kAlone) ==
        Lines{"UnmanagedPods team-a/alone: the pod has no controller and is lost when it is "
              "evicted from w",
              "EmptyDirData team-a/alone: the pod has emptyDir data, which is erased when it is "
              "evicted from w"});
  drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  CHECK(Told(drain, PodBuilder("alone").Unmanaged()) ==
        Lines{"UnmanagedPods team-a/alone: the pod has no controller: it is saved and recreated; "
              "it restarts, and loses its IP address and its emptyDir data"});
  drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
  CHECK(Told(drain, kAlone) ==
        Lines{"! UnmanagedPods team-a/alone: the pod has no controller and would be lost when it "
              "is evicted from w; delete it, or change spec.drain.unmanagedPods (Refuse)",
              "! EmptyDirData team-a/alone: the pod has emptyDir data, which would be erased when "
              "it is evicted from w; save the data and delete the pod, or change "
              "spec.drain.emptyDirPods (Refuse)"});
}

TEST_CASE("a loss that is forbidden keeps the pod, unless it is ignored", "[planner]") {
  api::DrainSpec drain;
  CHECK(WhyForbidden(drain, {}, kAlone).empty());
  drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
  CHECK(WhyForbidden(drain, {}, kAlone).find("emptyDir") != std::string::npos);
  CHECK(WhyForbidden(drain, {"EmptyDirData"}, kAlone).empty());
  CHECK(WhyForbidden(drain, {"EmptyDirData=team-a/alone"}, kAlone).empty());
  CHECK_FALSE(WhyForbidden(drain, {"EmptyDirData=team-a/web"}, kAlone).empty());
  drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  CHECK(WhyForbidden(drain, {"EmptyDirData"}, kAlone).find("no controller") != std::string::npos);
  CHECK(WhyForbidden(drain, {"EmptyDirData", "UnmanagedPods"}, kAlone).empty());
  CHECK(WhyForbidden(drain, {}, PodBuilder("web").On("w")).empty());
  drain.empty_dir_pods = api::EmptyDirPods::kEvict;
  CHECK(WhyForbidden(drain, {}, kAlone).find("no controller") != std::string::npos);
}

TEST_CASE("a pod with an owner that is not its controller may come back", "[planner]") {
  api::Pod pod = PodBuilder("catalog-x").Unmanaged().On("w");
  pod.meta.owner = api::Owner{"CatalogSource", "catalog", "uid"};
  api::DrainSpec drain;
  const Lines told = {
      "UnmanagedPods team-a/catalog-x: the pod has no controller: after its eviction from w it "
      "comes back if its owner, CatalogSource catalog, creates it again"};
  CHECK(Told(drain, pod) == told);
  drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  CHECK(Told(drain, pod) == told);
  drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  CHECK(Told(drain, pod).at(0).find("! UnmanagedPods team-a/catalog-x") == 0);
}

TEST_CASE("pods of waitForPods are awaited until they have ended", "[planner]") {
  api::DrainSpec drain;
  const api::Pod batch = PodBuilder("sums").Label("kind", "batch");
  CHECK_FALSE(IsAwaited(drain, batch));
  drain.wait_for_pods =
      api::WaitForPods{api::AnySelector{{api::LabelSelector{{{"kind", "batch"}}, {}}}}, 50};
  CHECK(IsAwaited(drain, batch));
  CHECK_FALSE(IsAwaited(drain, PodBuilder("web")));
  CHECK_FALSE(
      IsAwaited(drain, PodBuilder("sums").Label("kind", "batch").Phase(api::PodPhase::kSucceeded)));
}
