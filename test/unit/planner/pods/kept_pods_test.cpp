#include "planner/pods/kept_pods.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Recreate, and a PodTemplate that keeps team-a/db.
Scene WithTemplate() {
  Scene scene;
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  scene.Add(Worker("w"));
  scene.open.insert({WatchKind::kSavedPods, ""});
  const SavePodTemplate save =
      SaveOf(scene.upgrade().meta, PodBuilder("db").Unmanaged().On("w"), "{}");
  InstantCluster(scene).CarryOut(save);
  scene.status().saved_digests = {{"db-uid", api::DigestOf(save.pod)}};
  return scene;
}

}  // namespace

TEST_CASE("names of PodTemplates are legal and differ for each pod", "[planner]") {
  api::Metadata upgrade;
  upgrade.name = "production";
  const std::string long_name = std::string(39, 'a') + ".b" + std::string(100, 'c');
  api::Pod pod = PodBuilder(long_name).Unmanaged();
  const std::string name = SaveOf(upgrade, pod, "{}").pod.name;
  CHECK(name.substr(0, 43) == "cu-" + std::string(39, 'a') + "-");
  CHECK(name.size() == 43 + 12);
  CHECK(SaveOf(upgrade, pod, "{}").pod.name == name);
  pod.meta.uid = "another";
  CHECK(SaveOf(upgrade, pod, "{}").pod.name != name);
}

TEST_CASE("PodTemplates of the object say which pods they keep", "[planner]") {
  Scene scene = WithTemplate();
  {
    const World world = scene.MakeWorld();
    const KeptPods kept(world);
    REQUIRE(kept.all().size() == 1);
    CHECK(kept.all()[0].pod_key == "team-a/db");
    CHECK(kept.all()[0].pod_uid == "db-uid");
    CHECK(kept.all()[0].node == "w");
    CHECK(kept.Keeps("db-uid"));
    CHECK_FALSE(kept.Keeps("another"));
  }
  SECTION("those of another object are none of ours") {
    scene.upgrade().meta.uid = "another";
  }
  SECTION("none are known before they are watched") {
    scene.open.clear();
  }
  const World world = scene.MakeWorld();
  CHECK(KeptPods(world).all().empty());
}

TEST_CASE("a PodTemplate is one of ours only as it was saved", "[planner]") {
  Scene scene = WithTemplate();
  api::SavedPod& saved = scene.saved_pods.begin()->second;
  SECTION("another manifest") {
    saved.digest = "another";
  }
  SECTION("for another pod") {
    saved.meta.annotations[std::string(api::kSavedPodUid)] = "another";
  }
  SECTION("never saved") {
    scene.status().saved_digests.clear();
  }
  const World world = scene.MakeWorld();
  const KeptPods kept(world);
  CHECK(kept.all().empty());
  CHECK_FALSE(kept.Keeps("db-uid"));
  REQUIRE(kept.refused().size() == 1);
  CHECK(kept.refused()[0] == &saved);
  CHECK_FALSE(kept.MayLeave(PodBuilder("db").Unmanaged(), {}));
  saved.meta.deleted = kStart;
  CHECK(KeptPods(world).refused().empty());
}

TEST_CASE("a pod may leave that does not have to be saved, or is", "[planner]") {
  Scene scene = WithTemplate();
  const auto may_leave = [&](const api::Pod& pod, const std::set<std::string>& deleted = {}) {
    const World world = scene.MakeWorld();
    return KeptPods(world).MayLeave(pod, deleted);
  };
  const api::Pod db = PodBuilder("db").Unmanaged();
  CHECK(may_leave(db));
  CHECK(may_leave(PodBuilder("web")));
  CHECK(may_leave(PodBuilder("static").Unmanaged().Mirror()));
  CHECK_FALSE(may_leave(PodBuilder("other").Unmanaged()));

  SECTION("not once its PodTemplate is to go") {
    const std::string uid = scene.saved_pods.begin()->second.meta.uid;
    CHECK_FALSE(may_leave(db, {uid}));
    scene.saved_pods.begin()->second.meta.deleted = kStart;
    CHECK_FALSE(may_leave(db));
  }
  SECTION("not while an earlier pod of its name is kept as well") {
    api::SavedPod earlier = scene.saved_pods.begin()->second;
    earlier.meta.name = "cu-db-0";
    earlier.meta.annotations[std::string(api::kSavedPodUid)] = "older";
    scene.status().saved_digests.push_back({"older", earlier.digest});
    scene.saved_pods[earlier.meta.Key()] = earlier;
    CHECK_FALSE(may_leave(db));
  }
  SECTION("not while the PodTemplates are not known") {
    scene.open.clear();
    CHECK_FALSE(may_leave(db));
  }
  SECTION("under another policy it is not saved at all") {
    scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kEvict;
    scene.saved_pods.clear();
    CHECK(may_leave(db));
  }
}

TEST_CASE("what keeps a pod from being saved is said", "[planner]") {
  Scene scene = WithTemplate();
  const auto why = [&](const api::Pod& pod) {
    const World world = scene.MakeWorld();
    return KeptPods(world).WhyNotSaved(pod);
  };
  const api::Pod db = PodBuilder("db").Unmanaged();
  const api::Pod other = PodBuilder("other").Unmanaged();
  CHECK(why(other).empty());
  SECTION("several PodTemplates keep it") {
    api::SavedPod copy = scene.saved_pods.begin()->second;
    copy.meta.name = "copy";
    scene.saved_pods[copy.meta.Key()] = copy;
    CHECK(why(db).find("several PodTemplates keep it (team-a/copy, team-a/cu-db-") == 0);
  }
  SECTION("its name is taken") {
    const SavePodTemplate save = SaveOf(scene.upgrade().meta, other, "");
    scene.Answer(save, Outcome::kExists);
    CHECK(why(other) == "another PodTemplate team-a/" + save.pod.name + " exists: delete it");
  }
  SECTION("too many are saved") {
    for (int i = 0; i < 200; ++i) {
      scene.status().saved_digests.push_back({"uid-" + std::to_string(i), "d"});
    }
    CHECK(why(other).find("200 other pods are saved") == 0);
  }
  SECTION("the server refuses what was saved before") {
    scene.Answer(RecreatePod{"team-a", "db", "db-uid", "{}", ""}, Outcome::kForbidden, "quota");
    CHECK(why(other) ==
          "pods of its namespace that were saved before cannot be created again: quota");
    const World world = scene.MakeWorld();
    CHECK_FALSE(KeptPods(world).MayLeave(db, {}));
    CHECK(KeptPods(world).MayLeave(PodBuilder("web"), {}));
  }
}

TEST_CASE("a PodTemplate that somebody's finalizer keeps is over once its pod runs", "[planner]") {
  Scene scene = WithTemplate();
  scene.open.insert({WatchKind::kRecreatedPods, ""});
  InstantCluster(scene).CarryOut(RecreatePod{"team-a", "db", "db-uid", "{}", ""});
  scene.saved_pods.begin()->second.meta.deleted = kStart;
  scene.recreated_pods.begin()->second.phase = api::PodPhase::kPending;
  const World pending = scene.MakeWorld();
  CHECK(KeptPods(pending).Keeps("db-uid"));
  scene.recreated_pods.begin()->second.phase = api::PodPhase::kRunning;
  const World running = scene.MakeWorld();
  CHECK(KeptPods(running).all().empty());
}

TEST_CASE("a pod that has ended may leave unless it is kept", "[planner]") {
  Scene scene = WithTemplate();
  const api::Pod ended = PodBuilder("db").Unmanaged().Phase(api::PodPhase::kSucceeded);
  const auto may_leave = [&] {
    const World world = scene.MakeWorld();
    return KeptPods(world).MayLeave(ended, {});
  };
  CHECK_FALSE(may_leave());
  scene.saved_pods.clear();
  CHECK(may_leave());
  scene.open.clear();
  CHECK(may_leave());
  scene.status().saved_pods = 1;
  CHECK_FALSE(may_leave());
}

TEST_CASE("an owner of any kind may create its pod again", "[planner]") {
  api::Pod pod = PodBuilder("p").Unmanaged();
  CHECK(IsUnmanaged(pod));
  pod.meta.owner = api::Owner{"CatalogSource", "catalog", "uid"};
  CHECK_FALSE(IsUnmanaged(pod));
}
