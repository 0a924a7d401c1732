#include "config/settings.hpp"

#include <map>

#include <catch2/catch.hpp>

#include "unit/temporary_folder.hpp"

namespace cu::config {
namespace {

using Arguments = std::vector<std::string>;

Settings Collected(const Arguments& arguments, const Environment& environment) {
  const auto collected = CollectSettings(arguments, environment, "1.2.3");
  if (!collected) {
    FAIL(collected.error().message);
  }
  REQUIRE(std::holds_alternative<Settings>(*collected));
  return std::get<Settings>(*collected);
}

std::string ErrorOf(const Arguments& arguments) {
  const auto collected = CollectSettings(arguments, {}, "1.2.3");
  REQUIRE_FALSE(collected.ok());
  CHECK(collected.error().kind == base::ErrorKind::kInvalid);
  return collected.error().message;
}

TEST_CASE("every flag has a value, and a default says so", "[config]") {
  const Settings settings = Collected({}, {});
  CHECK(settings.size() == 14);
  for (const auto& [flag, setting] : settings) {
    INFO(flag);
    CHECK(setting.origin == "default");
  }
  CHECK(settings.at("metrics-bind-address").value == ":8080");
  CHECK(settings.at("kubeconfig").value.empty());
}

TEST_CASE("a value says where it came from", "[config]") {
  const test::TemporaryFolder folder;
  const std::string file = folder.Write("c.yaml", "v: 3\nnode-name: a\nlog-format: text\n");
  Environment environment;
  environment.variables = {{"CLUSTER_UPGRADE_CONTROLLER_V", "2"}, {"NODE_NAME", "b"}};
  const Settings settings = Collected({"--v=1", "--config", file}, environment);
  CHECK(settings.at("v").value == "1");
  CHECK(settings.at("v").origin == "--v");
  CHECK(settings.at("node-name").value == "b");
  CHECK(settings.at("node-name").origin == "NODE_NAME");
  CHECK(settings.at("log-format").value == "text");
  CHECK(settings.at("log-format").origin == "log-format in " + file);
}

TEST_CASE("our own variable goes before the customary one", "[config]") {
  Environment environment;
  environment.variables = {{"CLUSTER_UPGRADE_CONTROLLER_POD_NAME", "own"}, {"POD_NAME", "other"}};
  CHECK(Collected({}, environment).at("pod-name").value == "own");
  environment.variables.erase("CLUSTER_UPGRADE_CONTROLLER_POD_NAME");
  CHECK(Collected({}, environment).at("pod-name").value == "other");
}

TEST_CASE("a flag's variable is its name in capitals, - written _", "[config]") {
  for (const auto& [flag, variable] : std::map<std::string, std::string>{
           {"v", "V"},
           {"health-probe-bind-address", "HEALTH_PROBE_BIND_ADDRESS"},
           {"executor-image-k3s", "EXECUTOR_IMAGE_K3S"}}) {
    Environment environment;
    environment.variables["CLUSTER_UPGRADE_CONTROLLER_" + variable] = "given";
    CHECK(Collected({}, environment).at(flag).value == "given");
  }
}

TEST_CASE("a file without entries is as none, one that is not a map is refused", "[config]") {
  const test::TemporaryFolder folder;
  CHECK(Collected({"--config", folder.Write("c.yaml", "")}, {}).at("v").origin == "default");
  CHECK(ErrorOf({"--config", folder.Write("c.yaml", "text")}).find("flag: value") !=
        std::string::npos);
  CHECK(ErrorOf({"--config", folder.Write("c.yaml", "speed: 3")})
            .ends_with("c.yaml: speed is not a valid flag (see --help)"));
}

TEST_CASE("help and version end the program before anything else is read", "[config]") {
  for (const char* flag : {"--help", "--version"}) {
    const auto collected = CollectSettings({flag, "--config=/nonexistent"}, {}, "1.2.3");
    REQUIRE(collected.ok());
    CHECK(std::holds_alternative<EarlyExit>(*collected));
  }
}

}  // namespace
}  // namespace cu::config
