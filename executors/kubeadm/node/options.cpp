#include "node/options.hpp"

#include <algorithm>
#include <map>
#include <regex>

#include <CLI/CLI.hpp>

namespace cu::node {
namespace {

const std::map<std::string, Stage> kStages{
    {"ControlPlane", Stage::kControlPlane},
    {"Node", Stage::kNode},
    {"ControlPlaneAndNode", Stage::kControlPlaneAndNode},
};
const std::map<std::string, Method> kMethods{
    {"Auto", Method::kAuto},
    {"OneSwap", Method::kOneSwap},
    {"Plain", Method::kPlain},
};

/// As they were written.
struct Written {
  std::string node;
  std::string version;
  std::string stage;
  std::string attempt;
  std::string method = "Auto";
  std::string snapshot = "true";
  std::string health_timeout = "240";
};

base::Error Wrong(const std::string& field, const std::string& is, const std::string& write) {
  return {base::ErrorKind::kInvalid,
          field + (is.empty() ? " is missing" : " is \"" + is + "\"") + ": write " + write};
}

void Define(CLI::App& app, Written& written, Options& options) {
  app.set_version_flag(
      "--version", std::string("upgrade-node ") + CU_VERSION, "The version of this program");
  app.add_option("--node", written.node, "The node's name [CLUSTERUPGRADE_NODE]");
  app.add_option("--kubernetes-version",
                 written.version,
                 "The version to install, v1.36.3 [CLUSTERUPGRADE_VERSION]");
  app.add_option(
      "--stage", written.stage, "ControlPlane, Node or ControlPlaneAndNode [CLUSTERUPGRADE_STAGE]");
  app.add_option("--attempt", written.attempt, "1, 2, ... [CLUSTERUPGRADE_ATTEMPT]");
  app.add_option("--method", written.method, "Auto, OneSwap or Plain")->capture_default_str();
  app.add_option("--ignore-preflight-errors",
                 options.ignore_preflight_errors,
                 "Checks of kubeadm whose errors only warn: SystemVerification,Swap")
      ->delimiter(',');
  app.add_option("--patches", options.patches, "kubeadm's folder of patches on the host");
  app.add_option("--etcd-snapshot", written.snapshot, "Copy etcd's data first: true or false")
      ->capture_default_str();
  app.add_option("--host", options.host, "Where the host's root is mounted")->capture_default_str();
  app.add_option("--health-timeout",
                 written.health_timeout,
                 "Seconds that the changed parts have to become healthy")
      ->capture_default_str();
}

/// A whole number in [least, most], else -1.
int Number(const std::string& text, int least, int most) {
  if (text.empty() || text.size() > 6 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return -1;
  }
  const int number = std::stoi(text);
  return number < least || number > most ? -1 : number;
}

std::optional<base::Error> CheckTarget(const Written& written, Options& options) {
  static const std::regex kName("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
  static const std::regex kVersion("v[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?");
  if (!std::regex_match(written.node, kName)) {
    return Wrong("CLUSTERUPGRADE_NODE (--node)", written.node, "the name of the node object");
  }
  if (!std::regex_match(written.version, kVersion)) {
    return Wrong("CLUSTERUPGRADE_VERSION (--kubernetes-version)",
                 written.version,
                 "a whole version, as v1.36.3");
  }
  const auto stage = kStages.find(written.stage);
  if (stage == kStages.end()) {
    return Wrong("CLUSTERUPGRADE_STAGE (--stage)",
                 written.stage,
                 "ControlPlane, Node or ControlPlaneAndNode");
  }
  options.node = written.node;
  options.version = written.version;
  options.stage = stage->second;
  options.attempt = written.attempt.empty() ? 1 : Number(written.attempt, 1, 999999);
  if (options.attempt < 0) {
    return Wrong("CLUSTERUPGRADE_ATTEMPT (--attempt)", written.attempt, "a number from 1 on");
  }
  return std::nullopt;
}

std::optional<base::Error> CheckWay(const Written& written, Options& options) {
  const auto method = kMethods.find(written.method);
  if (method == kMethods.end()) {
    return Wrong("--method", written.method, "Auto, OneSwap or Plain");
  }
  options.method = method->second;
  if (written.snapshot != "true" && written.snapshot != "false") {
    return Wrong("--etcd-snapshot", written.snapshot, "true or false");
  }
  options.etcd_snapshot = written.snapshot == "true";
  const int seconds = Number(written.health_timeout, 30, 3600);
  if (seconds < 0) {
    return Wrong("--health-timeout", written.health_timeout, "seconds, from 30 to 3600");
  }
  options.health_timeout = std::chrono::seconds(seconds);
  static const std::regex kCheck("[A-Za-z0-9][-A-Za-z0-9./_]*");
  for (const std::string& check : options.ignore_preflight_errors) {
    if (!std::regex_match(check, kCheck)) {
      return Wrong("--ignore-preflight-errors", check, "names as SystemVerification,Swap, or all");
    }
  }
  if (!options.patches.empty() && options.patches.front() != '/') {
    return Wrong(
        "--patches", options.patches, "a whole path on the host, as /etc/kubernetes/patches");
  }
  if (options.host.empty() || options.host.front() != '/') {
    return Wrong("--host", options.host, "a whole path, as /host");
  }
  return std::nullopt;
}

}  // namespace

const char* NameOf(Stage stage) {
  switch (stage) {
    case Stage::kControlPlane:
      return "ControlPlane";
    case Stage::kNode:
      return "Node";
    case Stage::kControlPlaneAndNode:
      return "ControlPlaneAndNode";
  }
  return "";
}

const char* NameOf(Method method) {
  switch (method) {
    case Method::kAuto:
      return "Auto";
    case Method::kOneSwap:
      return "OneSwap";
    case Method::kPlain:
      return "Plain";
  }
  return "";
}

bool TouchesControlPlane(Stage stage) {
  return stage != Stage::kNode;
}

bool TouchesKubelet(Stage stage) {
  return stage != Stage::kControlPlane;
}

base::Result<std::variant<Options, Answer>> ParseOptions(std::vector<std::string> arguments,
                                                         const Environment& environment) {
  Written written;
  Options options;
  CLI::App app("Changes one node of a kubeadm cluster to a version of Kubernetes.", "upgrade-node");
  Define(app, written, options);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return std::variant<Options, Answer>(Answer{app.help()});
  } catch (const CLI::CallForVersion& version) {
    return std::variant<Options, Answer>(Answer{std::string(version.what()) + "\n"});
  } catch (const CLI::ParseError& error) {
    return base::Error{base::ErrorKind::kInvalid, std::string(error.what()) + ": see --help"};
  }
  const auto fall_back = [&](std::string& value, const std::string& variable) {
    if (value.empty()) {
      value = environment(variable).value_or("");
    }
  };
  fall_back(written.node, "CLUSTERUPGRADE_NODE");
  fall_back(written.version, "CLUSTERUPGRADE_VERSION");
  fall_back(written.stage, "CLUSTERUPGRADE_STAGE");
  fall_back(written.attempt, "CLUSTERUPGRADE_ATTEMPT");
  for (const auto check : {CheckTarget, CheckWay}) {
    if (std::optional<base::Error> wrong = check(written, options)) {
      return *wrong;
    }
  }
  return std::variant<Options, Answer>(std::move(options));
}

}  // namespace cu::node
