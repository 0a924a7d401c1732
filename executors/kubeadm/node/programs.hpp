#pragma once
#include "node/facts.hpp"
#include "node/state.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// The new kubelet and kubectl beside the old ones, where a rename puts them in place.
Status StagePrograms(Work& work, const Journal& journal);
/// Renames them into place.
Status PlaceStagedPrograms(Work& work, const Journal& journal);
Status RemoveStagedPrograms(Work& work, const Journal& journal);

/// The kubelet and kubectl of the host are replaced, the unit is restarted and watched; if the new
/// kubelet does not become healthy, the old ones come back. Pre: kubeadm has done its part.
Verdict ReplacePrograms(Work& work, const Facts& facts);

/// The last part of that, for programs that are in place already. Pre: a journal is saved.
Verdict RestartKubelet(Work& work, const Journal& journal);

}  // namespace cu::node
