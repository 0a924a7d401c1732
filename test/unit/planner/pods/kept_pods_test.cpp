#include "planner/pods/kept_pods.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

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
