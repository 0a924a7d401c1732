#pragma once
#include <string>
#include <vector>

#include "api/admission_webhooks.hpp"
#include "api/cluster_upgrade.hpp"

/// What an admission webhook is asked about. Private to planner/.
namespace cu::planner {

/// kPerhaps  it depends on what is not read: other labels of the namespace than its name, the
///           object, an expression
enum class Reach { kNone, kPerhaps, kSure };

/// Whether it is asked about pods that are created in the namespace: by its rules (k8s.io/apiserver
/// pkg/admission/plugin/webhook/predicates/rules/rules.go, Matches) and its selectors. Of the
/// namespace's labels kubernetes.io/metadata.name is known, which the API server sets.
Reach AskedAboutPodsIn(const api::Webhook& webhook, const std::string& ns);

/// What an upgrade depends on and the webhook is asked about, of some objects at least: "the
/// creation of pods", "evictions", …; none: it is in nobody's way. `jobs`: the namespace of upgrade
/// Jobs.
std::vector<std::string> NeededFrom(const api::Webhook& webhook,
                                    api::ExecutorType executor,
                                    const std::string& jobs);

}  // namespace cu::planner
