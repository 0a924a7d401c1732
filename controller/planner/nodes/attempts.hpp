#pragma once
#include <cstddef>
#include <string>

#include "planner/model/node_work.hpp"
#include "planner/model/planning.hpp"

/// How work on a node begins, fails, is tried again and is given back (docs/GLOSSARY.md). Private
/// to planner/.
namespace cu::planner {

/// status.inProgress holds no more (crds/: maxItems).
inline constexpr std::size_t kInWorkMax = 50;

/// First entry of a node: the first step of the stage that comes next, its attempts counted on from
/// a failure that was given fresh ones. A node that is not cordoned first is to have the static
/// pods again that it has now, if its pods are known.
api::NodeInWork StartWork(const Planning& planning, const ScopedNode& scoped);
/// The same, cordoned already, for what ends in its release: the stage is one that has it.
api::NodeInWork StartAfterCordon(const Planning& planning, const ScopedNode& scoped);
/// A failed node that a person repaired: straight to Verifying, with what is known from before its
/// first attempt.
api::NodeInWork StartVerifying(const Planning& planning, const api::NodeFailure& failure);
/// An entry whose next attempt begins: the node failed, and keeps our cordon.
api::NodeInWork StartAttempt(const Planning& planning, const api::NodeFailure& failure);

void MoveTo(NodeWork& work, api::NodeStep step);
/// To Upgrading, attempt counted up past every Job that is known, a Job name made where Jobs do the
/// work: a Job of that name that appears is this attempt's.
void BeginAttempt(NodeWork& work);
/// Released without having been changed; it will be pending again.
void GiveBack(NodeWork& work, const std::string& why);
/// Records the failure. A node that was changed stays cordoned, another is given back.
void Fail(NodeWork& work, const FailureCause& cause);
/// One attempt is over: the next one after a back-off, or the node has failed.
void FailAttempt(NodeWork& work, const FailureCause& cause);
/// Given back, and not pending until a person asks for it, or, after kDrainTimeout, until nothing
/// else is. A failure where status.postponed is full.
void Postpone(NodeWork& work, api::PostponeReason reason);

/// Whether it is uncordoned though our cordon was seen on it: a person's word.
bool UncordonedByUser(const NodeWork& work);

}  // namespace cu::planner
