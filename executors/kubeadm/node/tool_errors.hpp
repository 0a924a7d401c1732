#pragma once
#include <cstddef>
#include <string>

#include "node/host.hpp"

namespace cu::node {

/// The cause of a failure out of what a tool printed, in its own words and on few lines, for a
/// person: kubeadm's lines "[ERROR …]: …" without what stands around them (preflight/checks.go,
/// RunChecks), else its "error: …", else what is last. Nothing is decided by it.
std::string Cause(const std::string& output);

/// The same with how it ended: "kubeadm …: exit status 1: [ERROR …".
std::string Failure(const Command& command, const Outcome& outcome);

/// The last `count` lines that are not empty.
std::string LastLines(const std::string& text, std::size_t count);

}  // namespace cu::node
