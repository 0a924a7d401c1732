#include "core/requests.hpp"

#include <utility>
#include <variant>

#include "api/marks.hpp"
#include "api/names.hpp"
#include "codec/encode/access_review_body.hpp"
#include "codec/encode/delete_body.hpp"
#include "codec/encode/job_body.hpp"
#include "codec/encode/node_body.hpp"
#include "codec/encode/pod_body.hpp"
#include "codec/encode/upgrade_patch.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

using port::Method;
using port::Request;
namespace paths = kube::paths;

Request Apply(const codec::NodeApply& apply, std::string_view manager) {
  return {Method::kApply,
          paths::WithFieldManager(paths::One<api::Node>(apply.name), manager),
          codec::NodeApplyBody(apply),
          false};
}

struct MakeRequest {
  const Place* place;

  Prepared operator()(const planner::CordonNode& act) const {
    codec::NodeApply apply{act.node, act.uid, "", {}, {}, true};
    if (!act.cordoned_by.empty()) {
      apply.annotations[std::string(api::kCordonedBy)] = act.cordoned_by;
    }
    if (!act.desired_version.empty()) {
      apply.annotations[std::string(api::kDesiredVersion)] = act.desired_version;
    }
    return Apply(apply, api::kFieldManager);
  }
  Prepared operator()(const planner::ReleaseNode& act) const {
    return Apply({act.node, act.uid, act.resource_version, {}, {}, false}, api::kFieldManager);
  }
  Prepared operator()(const planner::SetNodeHints& act) const {
    codec::NodeApply apply{act.node, act.uid, "", {}, {}, false};
    if (act.disable_scale_down) {
      apply.annotations[std::string(api::kScaleDownDisabled)] = api::kScaleDownDisabledValue;
    }
    if (act.do_not_disrupt) {
      apply.annotations[std::string(api::kDoNotDisrupt)] = api::kDoNotDisruptValue;
    }
    if (act.exclude_from_load_balancers) {
      apply.labels[std::string(api::kExcludeFromLoadBalancers)] =
          api::kExcludeFromLoadBalancersValue;
    }
    return Apply(apply, api::kMarksFieldManager);
  }
  Prepared operator()(const planner::EvictPod& act) const {
    return Request{Method::kPost,
                   paths::Eviction(act.ns, act.name),
                   codec::EvictionBody(act.ns, act.name, act.uid, act.grace_seconds),
                   false};
  }
  Prepared operator()(const planner::DeletePod& act) const {
    return Request{Method::kDelete,
                   paths::One<api::Pod>(act.ns, act.name),
                   codec::DeleteBody(act.uid, ""),
                   false};
  }
  Prepared operator()(const planner::SavePodTemplate& act) const {
    return Request{Method::kPost,
                   paths::In<api::SavedPod>(act.pod.ns),
                   codec::PodTemplateBody(act.pod),
                   false};
  }
  Prepared operator()(const planner::RecreatePod& act) const {
    return Request{Method::kPost,
                   paths::In<api::Pod>(act.ns),
                   codec::RecreatedPodBody(act.ns, act.name, act.old_uid, act.manifest),
                   false};
  }
  Prepared operator()(const planner::DeletePodTemplate& act) const {
    return Request{Method::kDelete,
                   paths::One<api::SavedPod>(act.ns, act.name),
                   codec::DeleteBody(act.uid, ""),
                   false};
  }
  Prepared operator()(const planner::CheckAccess& act) const {
    return Request{Method::kPost,
                   paths::AccessReviews(),
                   codec::AccessReviewBody(act.verb, act.resource),
                   false};
  }
  Prepared operator()(const planner::CreateJob& act) const {
    const std::string jobs = paths::In<api::Job>(place->job_namespace);
    const auto body = codec::JobBody(act.job, place->job_namespace);
    if (!body.ok()) {
      return Unusable(body.error());
    }
    return Request{Method::kPost, act.dry_run ? paths::WithDryRun(jobs) : jobs, *body, false};
  }
  Prepared operator()(const planner::DeleteJob& act) const {
    return Request{Method::kDelete,
                   paths::One<api::Job>(place->job_namespace, act.name),
                   codec::DeleteBody(act.uid, "Background"),
                   false};
  }
  Prepared operator()(const planner::ExpireJob& act) const {
    return Request{Method::kMergePatch,
                   paths::One<api::Job>(place->job_namespace, act.name),
                   codec::JobTtlPatch(act.uid, act.ttl_seconds),
                   false};
  }
  Prepared operator()(const planner::SetFinalizer& act) const {
    return Request{Method::kJsonPatch,
                   paths::One<api::ClusterUpgrade>(act.upgrade),
                   codec::FinalizersPatch(place->upgrade_version, act.wanted),
                   false};
  }
};

}  // namespace

Prepared RequestFor(const planner::Action& act, const Place& place) {
  return std::visit(MakeRequest{&place}, act);
}

Request StatusWrite(const std::string& upgrade,
                    const std::string& resource_version,
                    const api::ClusterUpgradeStatus& status) {
  return {Method::kJsonPatch,
          paths::Status(paths::One<api::ClusterUpgrade>(upgrade)),
          codec::StatusPatch(resource_version, status),
          false};
}

Request UpgradeRead(const std::string& upgrade) {
  return {Method::kGet, paths::One<api::ClusterUpgrade>(upgrade), "", false};
}

}  // namespace cu::core
