#pragma once
#include <string>
#include <vector>

#include "planner/model/node_work.hpp"

/// The images of an upgrade Job, pulled on its node by a Job of their own before anything happens
/// to the node. Private to planner/.
namespace cu::planner {

/// How a pull stands.
struct ImagePull {
  enum class Kind {
    kGoesOn,   ///< `text` says what is waited for
    kOver,     ///< the images are there
    kGivenUp,  ///< the upgrade goes on without; `text` says why
    kFailed    ///< an image cannot be had: the upgrade Job would not start either; `text` says why
  };
  Kind kind = Kind::kGoesOn;
  std::string text = {};
};

/// One look at the pull for the entry's Job; it wants the Job that pulls while there is none. An
/// image that cannot be pulled is waited for for 5 min, in which the kubelet tries again by itself;
/// the whole for 15 min. Pre: the pods of the node are listed.
ImagePull PullImages(NodeWork& work);

/// The deletion of Jobs that pull images for no entry of `in_progress`.
std::vector<Action> DeleteIdlePulls(const Planning& planning);

}  // namespace cu::planner
