#include "node/kubeadm.hpp"

#include "node/tool_errors.hpp"

namespace cu::node {
namespace {

/// Pulling images through a slow line takes its time; nothing is stopped meanwhile.
constexpr std::chrono::seconds kPullTimeout{1800};
/// kubeadm waits up to 5 min for each static pod (timeouts.upgradeManifests).
constexpr std::chrono::seconds kUpgradeTimeout{2400};
constexpr std::chrono::seconds kOfflineTimeout{90};

Status Run(Work& work,
           const std::string& step,
           std::vector<std::string> arguments,
           std::chrono::seconds timeout) {
  const Command command{Tool::kKubeadm, std::move(arguments), timeout, true};
  return work.steps.Do(step, LineOf(command), [&]() -> Status {
    const Outcome outcome = work.host.Run(command);
    if (outcome.ok()) {
      return kFine;
    }
    return base::Error{base::ErrorKind::kUnavailable, Failure(command, outcome)};
  });
}

void AddIgnored(const Options& options, std::vector<std::string>& arguments) {
  if (options.ignore_preflight_errors.empty()) {
    return;
  }
  std::string names;
  for (const std::string& name : options.ignore_preflight_errors) {
    names += (names.empty() ? "" : ",") + name;
  }
  arguments.push_back("--ignore-preflight-errors=" + names);
}

void AddPatches(const Options& options, std::vector<std::string>& arguments) {
  if (!options.patches.empty()) {
    arguments.push_back("--patches=" + options.patches);
  }
}

}  // namespace

Status Preflight(Work& work, const Plan& plan) {
  std::vector<std::string> arguments =
      plan.control_plane && plan.first
          ? std::vector<std::string>{"upgrade",
                                     "apply",
                                     "phase",
                                     "preflight",
                                     work.options.version,
                                     "--yes"}
          : std::vector<std::string>{"upgrade", "node", "phase", "preflight"};
  AddIgnored(work.options, arguments);
  return Run(work, "preflight", std::move(arguments), kPullTimeout);
}

Status KubeadmUpgrade(Work& work, bool first) {
  std::vector<std::string> arguments =
      first ? std::vector<std::string>{"upgrade", "apply", work.options.version, "--yes"}
            : std::vector<std::string>{"upgrade", "node"};
  // It has just passed: see Preflight. Its Job of health takes up to a minute.
  arguments.emplace_back("--skip-phases=preflight");
  AddIgnored(work.options, arguments);
  AddPatches(work.options, arguments);
  return Run(work, "kubeadm-upgrade", std::move(arguments), kUpgradeTimeout);
}

Status RenewCertificates(Work& work, const std::string& config) {
  return Run(
      work, "certificates", {"certs", "renew", "all", "--config=" + config}, kOfflineTimeout);
}

Status WriteManifests(Work& work, const std::string& config, bool etcd) {
  std::vector<std::string> arguments{"init", "phase", "control-plane", "all", "--config=" + config};
  AddPatches(work.options, arguments);
  Status written = Run(work, "manifests", arguments, kOfflineTimeout);
  if (!written || !etcd) {
    return written;
  }
  arguments[2] = "etcd";
  arguments[3] = "local";
  return Run(work, "manifests", std::move(arguments), kOfflineTimeout);
}

}  // namespace cu::node
