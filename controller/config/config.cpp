#include "config/config.hpp"

#include <charconv>
#include <fstream>
#include <string_view>

#include "access/in_cluster.hpp"
#include "access/kubeconfig.hpp"

namespace cu::config {
namespace {

constexpr const char* kDefaultNamespace = "cluster-upgrade-system";

/// Parses settings one by one and keeps the first error.
class SettingsParser {
 public:
  explicit SettingsParser(const Settings& settings) : settings_(settings) {}

  const std::optional<base::Error>& error() const { return error_; }
  std::string Text(const std::string& flag) const { return settings_.at(flag).value; }

  /// A name that Kubernetes accepts, or "".
  std::string Name(const std::string& flag) {
    std::string name = Text(flag);
    const bool good =
        name.size() <= 253 &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos &&
        (name.empty() || (IsEdge(name.front()) && IsEdge(name.back())));
    if (!good) {
      AddError(flag, "is not a valid Kubernetes name: use lower-case letters, digits, - and .");
    }
    return name;
  }

  bool Bool(const std::string& flag) {
    const std::string value = Text(flag);
    if (value != "true" && value != "false") {
      AddError(flag, "must be true or false");
    }
    return value == "true";
  }

  int Verbosity(const std::string& flag) {
    const std::optional<int> value = Number(Text(flag));
    if (!value || *value > 10) {
      AddError(flag, "must be a number from 0 to 10");
    }
    return value.value_or(0);
  }

  base::LogFormat Format(const std::string& flag) {
    const std::string value = Text(flag);
    if (value != "json" && value != "text") {
      AddError(flag, "must be json or text");
    }
    return value == "text" ? base::LogFormat::kText : base::LogFormat::kJson;
  }

  std::optional<BindAddress> Address(const std::string& flag) {
    const std::string value = Text(flag);
    if (value.empty() || value == "0") {
      return std::nullopt;
    }
    const std::size_t colon = value.rfind(':');
    std::optional<int> port;
    if (colon != std::string::npos) {
      port = Number(value.substr(colon + 1));
    }
    std::string host = value.substr(0, colon);
    const char* digits = "0123456789.";
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
      digits = "0123456789abcdefABCDEF:.";
    }
    if (!port || *port < 1 || *port > 65535 ||
        host.find_first_not_of(digits) != std::string::npos) {
      AddError(flag, "must be :PORT, IPV4:PORT or [IPV6]:PORT, or 0 to turn it off");
      return std::nullopt;
    }
    return BindAddress{host, static_cast<std::uint16_t>(*port)};
  }

 private:
  static bool IsEdge(char character) { return character != '-' && character != '.'; }

  static std::optional<int> Number(std::string_view text) {
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || value < 0) {
      return std::nullopt;
    }
    return value;
  }

  void AddError(const std::string& flag, const std::string& what) {
    if (!error_) {
      const Setting& setting = settings_.at(flag);
      error_ = base::Error{base::ErrorKind::kInvalid,
                           setting.origin + ": \"" + setting.value + "\" " + what};
    }
  }

  const Settings& settings_;
  std::optional<base::Error> error_;
};

/// The namespace of this pod, or "".
std::string PodNamespace(const Environment& environment) {
  if (const auto name = environment.Variable("POD_NAMESPACE")) {
    return *name;
  }
  std::ifstream file(environment.service_account + "/namespace");
  std::string name;
  file >> name;
  return name;
}

base::Result<access::ClusterAccess> Access(const Setting& kubeconfig,
                                           const Environment& environment) {
  if (kubeconfig.value.empty()) {
    return access::InCluster(
        {.api_host = environment.Variable("KUBERNETES_SERVICE_HOST").value_or(""),
         .api_port = environment.Variable("KUBERNETES_SERVICE_PORT").value_or(""),
         .service_account = environment.service_account});
  }
  if (kubeconfig.value.find(':') != std::string::npos) {
    return base::Error{
        base::ErrorKind::kInvalid,
        kubeconfig.origin + ": \"" + kubeconfig.value + "\" lists several files: set a single one"};
  }
  return access::FromKubeconfig(kubeconfig.value);
}

}  // namespace

base::Result<std::variant<Config, EarlyExit>> Load(const std::vector<std::string>& arguments,
                                                   const Environment& environment,
                                                   const std::string& version) {
  auto collected = CollectSettings(arguments, environment, version);
  if (!collected) {
    return collected.error();
  }
  if (const auto* exit = std::get_if<EarlyExit>(&*collected)) {
    return {*exit};
  }
  const auto& settings = std::get<Settings>(*collected);
  SettingsParser parser(settings);
  Config config;
  config.namespace_name = parser.Name("namespace");
  config.job_namespace = parser.Name("job-namespace");
  config.pod_name = parser.Name("pod-name");
  config.node_name = parser.Name("node-name");
  config.executor_images = {settings.at("executor-image-kubeadm").value,
                            settings.at("executor-image-k3s").value,
                            settings.at("executor-image-rke2").value};
  config.leader_elect = parser.Bool("leader-elect");
  config.metrics = parser.Address("metrics-bind-address");
  config.health = parser.Address("health-probe-bind-address");
  config.log_format = parser.Format("log-format");
  config.verbosity = parser.Verbosity("v");
  if (parser.error()) {
    return *parser.error();
  }
  if (config.metrics && config.metrics == config.health) {
    return base::Error{base::ErrorKind::kInvalid,
                       "metrics-bind-address and health-probe-bind-address must differ"};
  }
  config.pod_namespace = PodNamespace(environment);
  if (config.namespace_name.empty()) {
    config.namespace_name = config.pod_namespace.empty() ? kDefaultNamespace : config.pod_namespace;
  }
  if (config.pod_namespace.empty()) {
    config.pod_namespace = config.namespace_name;
  }
  if (config.job_namespace.empty()) {
    config.job_namespace = kDefaultJobNamespace;
  }
  base::Result<access::ClusterAccess> access = Access(settings.at("kubeconfig"), environment);
  if (!access) {
    return access.error();
  }
  config.cluster = std::move(access).value();
  return {config};
}

}  // namespace cu::config
