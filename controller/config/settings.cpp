#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <CLI/CLI.hpp>
#include <yaml-cpp/yaml.h>

#include "base/program.hpp"

namespace cu::config {
namespace {

struct Flag {
  const char* name;
  const char* kind;  ///< "" for one that needs no value
  const char* fallback;
  const char* variable;  ///< customary in manifests, beside our own; or ""
  const char* help;
};

constexpr auto kFlags = std::to_array<Flag>({
    {"config", "FILE", "", "", "YAML file with any of these flags as keys"},
    {"kubeconfig",
     "FILE",
     "",
     "KUBECONFIG",
     "The cluster's address and credentials; without it, those of the pod"},
    {"namespace",
     "NAME",
     "",
     "POD_NAMESPACE",
     "Namespace of the Lease and of the controller's own objects; default: the pod's, else "
     "cluster-upgrade-system"},
    {"job-namespace", "NAME", kDefaultJobNamespace, "", "Namespace of the Jobs"},
    {"pod-name", "NAME", "", "POD_NAME", "The controller's own pod"},
    {"node-name", "NAME", "", "NODE_NAME", "The node that the controller's own pod runs on"},
    {"leader-elect",
     "",
     "true",
     "",
     "Act only while holding the Lease; false for one replica only"},
    {"executor-image-kubeadm",
     "IMAGE",
     "",
     "",
     "Image of executor Kubeadm; without a tag, here and below, it gets that of the version"},
    {"executor-image-k3s", "IMAGE", "rancher/k3s-upgrade", "", "Image of executor K3s"},
    {"executor-image-rke2", "IMAGE", "rancher/rke2-upgrade", "", "Image of executor RKE2"},
    {"metrics-bind-address", "[HOST]:PORT", ":8080", "", "Address of /metrics; 0 turns it off"},
    {"health-probe-bind-address",
     "[HOST]:PORT",
     ":8081",
     "",
     "Address of /healthz and /readyz; 0 turns it off"},
    {"log-format", "json|text", "json", "", "Format of the log on standard error"},
    {"v", "0..10", "0", "", "Verbosity of the log; from 1 on each API server call is logged"},
});

/// CLUSTER_UPGRADE_CONTROLLER_LOG_FORMAT of log-format.
std::string OwnVariable(std::string name) {
  for (char& character : name) {
    if (character == '-') {
      character = '_';
    } else if (character >= 'a' && character <= 'z') {
      character = static_cast<char>(character - 'a' + 'A');
    }
  }
  return "CLUSTER_UPGRADE_CONTROLLER_" + name;
}

base::Error Invalid(const std::string& message) {
  return {base::ErrorKind::kInvalid, message};
}

/// The values that were given on the command line.
base::Result<std::variant<Settings, EarlyExit>> FromCommandLine(
    const std::vector<std::string>& arguments, const std::string& version) {
  CLI::App app("Upgrades the nodes of a Kubernetes cluster, one object, one node at a time.",
               base::kProgram);
  app.footer(
      "Each flag is also read from the environment (CLUSTER_UPGRADE_CONTROLLER_ and its name in\n"
      "capitals, - written _) and from the YAML file of --config (its name as the key). The "
      "command\n"
      "line goes before the environment, the environment before the file.");
  app.set_version_flag("--version", version);
  std::array<std::string, kFlags.size()> values;
  std::array<CLI::Option*, kFlags.size()> options{};
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    const Flag& flag = kFlags.at(i);
    const std::string name = std::string("--") + flag.name;
    options.at(i) = *flag.kind == '\0' ? app.add_flag(name, values.at(i), flag.help)
                                       : app.add_option(name, values.at(i), flag.help);
    options.at(i)->type_name(flag.kind)->default_str(flag.fallback);
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return {EarlyExit{app.help()}};
  } catch (const CLI::CallForVersion&) {
    return {EarlyExit{version + "\n"}};
  } catch (const CLI::ParseError& error) {
    return Invalid(std::string(error.what()) + " (see --help)");
  }
  Settings given;
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    if (options.at(i)->count() > 0) {
      const std::string name = kFlags.at(i).name;
      given[name] = {values.at(i), "--" + name};
    }
  }
  return {given};
}

void AddEnvironment(const Environment& environment, Settings& settings) {
  for (const Flag& flag : kFlags) {
    for (const std::string& variable : {OwnVariable(flag.name), std::string(flag.variable)}) {
      if (const auto value = environment.Variable(variable)) {
        settings.emplace(flag.name, Setting{*value, variable});
      }
    }
  }
}

std::optional<base::Error> AddFile(const std::string& path, Settings& settings) {
  try {
    const YAML::Node root = YAML::LoadFile(path);
    if (root.IsNull()) {
      return std::nullopt;
    }
    if (!root.IsMap()) {
      return Invalid(path + ": write one \"flag: value\" a line, without dashes before the flag");
    }
    for (const auto& entry : root) {
      const auto key = entry.first.as<std::string>();
      const bool is_flag =
          key != "config" && std::any_of(kFlags.begin(), kFlags.end(), [&key](const Flag& flag) {
            return key == flag.name;
          });
      if (!is_flag || !entry.second.IsScalar()) {
        std::string problem = path;
        problem += ": " + key;
        problem += is_flag ? " must be a single value" : " is not a valid flag (see --help)";
        return Invalid(problem);
      }
      settings.emplace(
          key,
          Setting{entry.second.as<std::string>(), std::string(key).append(" in ").append(path)});
    }
  } catch (const YAML::BadFile&) {
    return Invalid(path + ": the file cannot be opened");
  } catch (const YAML::Exception& error) {
    return Invalid(path + ": " + error.what());
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::variant<Settings, EarlyExit>> CollectSettings(
    const std::vector<std::string>& arguments,
    const Environment& environment,
    const std::string& version) {
  auto given = FromCommandLine(arguments, version);
  if (!given || std::holds_alternative<EarlyExit>(*given)) {
    return given;
  }
  Settings settings = std::get<Settings>(std::move(given).value());
  AddEnvironment(environment, settings);
  if (const auto file = settings.find("config"); file != settings.end()) {
    if (const auto error = AddFile(file->second.value, settings)) {
      return *error;
    }
  }
  for (const Flag& flag : kFlags) {
    settings.emplace(flag.name, Setting{flag.fallback, "default"});
  }
  return {settings};
}

}  // namespace cu::config
