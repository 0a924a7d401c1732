#include "codec/encode/built_in_template.hpp"

#include <array>
#include <string>
#include <string_view>

#include "api/names.hpp"
#include "base/check.hpp"

namespace cu::codec {
namespace {

/// What each is for: executors/kubeadm/README.md.
constexpr auto kCapabilities =
    std::to_array<std::string_view>({"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SYS_CHROOT"});
/// Three times the program's --health-timeout: a swap is finished or taken back before it ends.
constexpr int kGraceSeconds = 900;

/// `text`: JSON that was read before, or "".
Json Copied(const std::string& text) {
  return text.empty() ? Json() : Json::parse(text, nullptr, false);
}

/// An image without a tag or digest gets the version's.
std::string WithTag(const std::string& image) {
  const std::string last = image.substr(image.rfind('/') + 1);
  return last.find_first_of(":@") != std::string::npos ? image
                                                       : image + ":$(CLUSTERUPGRADE_IMAGE_TAG)";
}

Json KubeadmArguments(const api::BuiltInSpec& spec) {
  Json arguments = Json::array({"--method=" + api::NameOf(spec.method)});
  std::string ignored;
  for (const std::string& check : spec.ignore_preflight_errors) {
    ignored += (ignored.empty() ? "" : ",") + check;
  }
  if (!ignored.empty()) {
    arguments.push_back("--ignore-preflight-errors=" + ignored);
  }
  if (!spec.patches_directory.empty()) {
    arguments.push_back("--patches=" + spec.patches_directory);
  }
  if (!spec.etcd_snapshot) {
    arguments.push_back("--etcd-snapshot=false");
  }
  return arguments;
}

Json KubeadmRights() {
  return {{"privileged", false},
          {"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"runAsUser", 0},
          {"seccompProfile", {{"type", "RuntimeDefault"}}},
          {"capabilities", {{"drop", {"ALL"}}, {"add", kCapabilities}}}};
}

}  // namespace

Json BuiltInTemplate(const api::JobRequest& job) {
  const api::BuiltInSpec& spec = job.built_in;
  Json container = {{"name", "upgrade"}, {"image", WithTag(spec.image)}};
  Json pod = Json::object();
  switch (job.executor) {
    case api::ExecutorType::kKubeadm:
      container["args"] = KubeadmArguments(spec);
      container["securityContext"] = KubeadmRights();
      pod["hostIPC"] = false;
      pod["terminationGracePeriodSeconds"] = kGraceSeconds;
      break;
    case api::ExecutorType::kK3s:
    case api::ExecutorType::kRke2:
      container["securityContext"] = {{"privileged", true},
                                      {"capabilities", {{"add", {"SYS_BOOT"}}}}};
      break;
    case api::ExecutorType::kJob:
    case api::ExecutorType::kExternal:
      CU_CHECK(false);
  }
  for (const auto& [name, text] : {std::pair{"env", &spec.env}, {"resources", &spec.resources}}) {
    if (Json value = Copied(*text); !value.is_null()) {
      container[name] = std::move(value);
    }
  }
  if (Json secrets = Copied(spec.pull_secrets); !secrets.is_null()) {
    pod["imagePullSecrets"] = std::move(secrets);
  }
  pod["containers"] = Json::array({std::move(container)});
  return {{"spec", std::move(pod)}};
}

}  // namespace cu::codec
