#pragma once
#include "node/steps.hpp"

namespace cu::node {

/// The first thing of every run: what an attempt that was killed left half done is made whole. All
/// manifests of a control-plane node are there, the kubelet runs, and a change under way is ended,
/// forward or back.
Verdict Mend(Work& work);

}  // namespace cu::node
