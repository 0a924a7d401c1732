#pragma once
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/finding.hpp"
#include "planner/model/planning.hpp"

/// Admission webhooks that fail closed, are reached by a Service, and are asked about what an
/// upgrade depends on: where nobody answers for them, evicted pods are not created again, and our
/// own requests are refused. Private to planner/.
namespace cu::planner {

/// Wants them and what is behind their Services watched: of the first 50 Services.
void WatchWebhooks(const Planning& planning, Contribution& add);
/// What is watched so was seen, or may not be read. It need not be current: a watch that breaks for
/// a moment changes no verdict.
bool KnowsWebhooks(const Planning& planning);

/// A finding that blocks for each configuration with such a webhook whose Service has no ready
/// endpoint; one that warns where that may not be read. Whether one blocks that is not ignored.
/// Pre: KnowsWebhooks.
bool FindWebhooks(const Planning& planning, FindingBook& book);
/// Those that a drain of the node would leave without a ready endpoint: it blocks if their own pods
/// would need the webhook to come back. Pre: KnowsWebhooks.
void FindWebhooksOn(const Planning& planning,
                    const std::string& node,
                    const NodePods& pods,
                    FindingBook& book);

}  // namespace cu::planner
