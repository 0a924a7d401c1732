#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "config/environment.hpp"

namespace cu::config {

/// A value before it was validated, and where it came from: "--v", "CLUSTER_UPGRADE_CONTROLLER_V",
/// "v in FILE", "default".
struct Setting {
  std::string value;
  std::string origin;
};
/// Also where --job-namespace is given as "".
inline constexpr const char* kDefaultJobNamespace = "cluster-upgrade-jobs";

/// By the name of the flag, without its dashes. Every flag is there.
using Settings = std::map<std::string, Setting>;

/// --help or --version: the program prints `text` on standard output and ends.
struct EarlyExit {
  std::string text;
};

/// Command line, then environment, then the file that --config names, then the default.
/// `arguments` is without the program's name.
/// Errors: kInvalid  an unknown flag or key, or an unreadable file
base::Result<std::variant<Settings, EarlyExit>> CollectSettings(
    const std::vector<std::string>& arguments,
    const Environment& environment,
    const std::string& version);

}  // namespace cu::config
