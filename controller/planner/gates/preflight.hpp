#pragma once
#include <optional>
#include <string>
#include <vector>

#include "planner/model/planning.hpp"
#include "planner/target/hold.hpp"

/// What is looked at before anything is cordoned. Private to planner/.
namespace cu::planner {

/// The whole of it, before the first node is started for a version and while paused: a survey of
/// all pods, and what the server says to a dry run of the Job and of the rights that the spec
/// needs. PreflightRefused when a finding blocks, Preflight until everything is known, none when
/// nothing stands in the way. Its warnings are in the status.
std::optional<Hold> Preflight(Planning& planning);

/// One node, from its own pods, before it is started. Pre: it is to be drained.
std::vector<Finding> FindOnNode(const Planning& planning, const api::ObjectMap<api::Pod>& pods);

/// They get an Event each, as long as there are no more than 20.
void NoteRefusals(Planning& planning, const std::vector<Finding>& blocking);

/// "2 findings: TwoBudgets shop/web-1: …; …", beyond 20 of them types and objects alone; at most
/// 20,000 bytes.
std::string DescribeFindings(const std::vector<Finding>& findings);

}  // namespace cu::planner
