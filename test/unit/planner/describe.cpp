#include "unit/planner/describe.hpp"

#include <string_view>
#include <variant>

namespace cu::planner {
namespace {

/// The part of "cu-<node>-<hash>" that tells people which node it is.
std::string NodeOfJob(const std::string& job) {
  constexpr std::string_view kPrefix = "cu-";
  const std::size_t hash = job.rfind('-');
  return job.starts_with(kPrefix) && hash > kPrefix.size()
             ? job.substr(kPrefix.size(), hash - kPrefix.size())
             : job;
}

struct Words {
  std::string operator()(const CordonNode& action) const {
    return action.node + (action.desired_version.empty() ? "" : " " + action.desired_version);
  }
  std::string operator()(const CreateJob& action) const {
    return action.job.node + " " + action.job.version +
           (action.job.pulls_images ? " images" : " attempt " + std::to_string(action.job.attempt));
  }
  std::string operator()(const RehearsePod& action) const {
    return action.job.node + " " + action.job.version + " attempt " +
           std::to_string(action.job.attempt);
  }
  std::string operator()(const SavePodTemplate& action) const {
    return action.pod.ns + "/" + action.pod.pod;
  }
  std::string operator()(const DeleteJob& action) const { return NodeOfJob(action.name); }
  std::string operator()(const ExpireJob& action) const { return NodeOfJob(action.name); }
  template <class Other>
  std::string operator()(const Other& action) const {
    return KeyOf(Action(action)).object.name;
  }
};

}  // namespace

std::string Describe(const Action& action) {
  if (const auto* finalizer = std::get_if<SetFinalizer>(&action)) {
    return finalizer->wanted.empty() ? "RemoveFinalizer" : "AddFinalizer";
  }
  return NameOf(KeyOf(action).kind) + " " + std::visit(Words(), action);
}

std::vector<std::string> Describe(const std::vector<Action>& actions) {
  std::vector<std::string> lines;
  for (const Action& action : actions) {
    lines.push_back(Describe(action));
  }
  return lines;
}

}  // namespace cu::planner
