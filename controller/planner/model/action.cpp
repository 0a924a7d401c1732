#include "planner/model/action.hpp"

namespace cu::planner {
namespace {

struct MakeKey {
  ActionKey operator()(const CordonNode& act) const {
    const Verb verb = act.cordoned_by.empty()       ? Verb::kKeepCordon
                      : act.desired_version.empty() ? Verb::kCordon
                                                    : Verb::kAnnounce;
    return {"node/" + act.node, act.uid, verb};
  }
  ActionKey operator()(const ReleaseNode& act) const {
    return {"node/" + act.node, act.uid, Verb::kRelease};
  }
  ActionKey operator()(const MarkNode& act) const {
    return {"node/" + act.node, act.uid, act.sets() ? Verb::kMark : Verb::kUnmark};
  }
  ActionKey operator()(const EvictPod& act) const {
    return {"pod/" + act.ns + "/" + act.name, act.uid, Verb::kEvict};
  }
  ActionKey operator()(const DeletePod& act) const {
    return {"pod/" + act.ns + "/" + act.name, act.uid, Verb::kDeletePod};
  }
  ActionKey operator()(const SavePod& act) const {
    return {"podtemplate/" + act.ns + "/" + act.name, act.pod_uid, Verb::kSavePod};
  }
  ActionKey operator()(const RecreatePod& act) const {
    return {"pod/" + act.ns + "/" + act.name, act.old_uid, Verb::kRecreatePod};
  }
  ActionKey operator()(const ForgetPod& act) const {
    return {"podtemplate/" + act.ns + "/" + act.name, act.uid, Verb::kForgetPod};
  }
  ActionKey operator()(const AskRight& act) const {
    return {"right/" + act.verb + " " + act.resource, "", Verb::kAskRight};
  }
  ActionKey operator()(const CreateJob& act) const {
    return {"job/" + act.name, "", act.dry_run ? Verb::kDryRunJob : Verb::kCreateJob};
  }
  ActionKey operator()(const DeleteJob& act) const {
    return {"job/" + act.name, act.uid, Verb::kDeleteJob};
  }
  ActionKey operator()(const ExpireJob& act) const {
    return {"job/" + act.name, act.uid, Verb::kExpireJob};
  }
  ActionKey operator()(const SetFinalizer& act) const {
    return {"upgrade/" + act.upgrade, act.uid, Verb::kSetFinalizer};
  }
};

}  // namespace

ActionKey KeyOf(const Act& act) {
  return std::visit(MakeKey{}, act);
}

const Answer* AnswerTo(const Answers& answers, const Act& act) {
  const auto found = answers.find(KeyOf(act));
  return found == answers.end() ? nullptr : &found->second;
}

bool Refused(const Answer* answer) {
  return answer != nullptr &&
         (answer->verdict == Verdict::kForbidden || answer->verdict == Verdict::kInvalid ||
          answer->verdict == Verdict::kTerminating);
}

}  // namespace cu::planner
