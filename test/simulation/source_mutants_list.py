"""Rules of the controller, each broken by a change of its source: the text before, and after."""

PLANNER = "controller/planner/"


def mutant(name, path, old, new, *more):
    """More changes follow as further old and new texts of the same file."""
    texts = [old, new, *more]
    changes = [(path, texts[i], texts[i + 1]) for i in range(0, len(texts), 2)]
    return {"name": name, "changes": changes}


VERIFYING = PLANNER + "nodes/verifying.cpp"
SKEW = PLANNER + "target/skew.cpp"
EVICTING = PLANNER + "tokens/replacing.cpp"
ROUTE = PLANNER + "target/route.cpp"

MUTANTS = [
    mutant("a node that is not Ready is verified", VERIFYING, "  if (!node.ready) {", "  if (!node.ready && node.boot_id.empty()) {"),
    mutant(
        "a node is not watched for minReadySeconds", VERIFYING,
        "HealthySince(work) + std::chrono::seconds(min_ready_seconds)",
        "HealthySince(work) + std::chrono::seconds(0 * min_ready_seconds)",
    ),
    mutant("a kubelet need not show a sign of life", VERIFYING, "if (!ShowsLife(work, renewed)) {", "if (!ShowsLife(work, renewed) && node.boot_id.empty()) {", "if (!IsAlive(work, until)) {", "if (!IsAlive(work, until) && !work.node().ready) {"),
    mutant(
        "Ready that is lost for a moment does not begin minReadySeconds anew", VERIFYING,
        "  work.memory.healthy.reset();\n", "",
        " || healthy->ready_since != node.ready_since", "",
    ),
    mutant("a wrong version is verified", VERIFYING, "                  work.entry.version)) {", "                  work.entry.version) && node.boot_id.empty()) {"),
    mutant("newBoot is not looked at", VERIFYING, "if (verify.new_boot && ", "if (!verify.new_boot && node.ready && node.kubelet_version.empty() && "),
    mutant("a node is drained for an image that cannot be pulled", PLANNER + "executors/image_pull.cpp", "return {Kind::kFailed,", "return {Kind::kGivenUp,"),
    mutant("DaemonSets are not waited for", VERIFYING, "return verify.daemon_sets == api::DaemonSetCheck::kRequire &&", "return verify.daemon_sets != api::DaemonSetCheck::kRequire &&"),
    mutant(
        "volumes are not waited for", PLANNER + "pods/volumes.cpp",
        "return entry.claims > 0 && ", "return entry.claims > 1000 && ",
    ),
    mutant("a volume that is still attached is enough", PLANNER + "nodes/draining.cpp", "if (over || detached) {", "if (over || detached || attached.listed) {"),
    mutant(
        "two PodTemplates of one name", PLANNER + "pods/kept_pods.cpp",
        "std::count_if(all_.begin(), all_.end(), same_name) == 1", "std::count_if(all_.begin(), all_.end(), same_name) >= 1",
    ),
    mutant("a pod leaves before it is saved", PLANNER + "pods/kept_pods.cpp", "         std::any_of(all_.begin(), all_.end(), usable);", "         (all_.empty() || std::any_of(all_.begin(), all_.end(), usable));", "std::count_if(all_.begin(), all_.end(), same_name) == 1 &&", "std::count_if(all_.begin(), all_.end(), same_name) <= 1 &&"),
    mutant("a worker may be newer than the API server", SKEW, "return !scoped.control_plane && MinorsBetween(api.oldest, *scoped.version) > 0;", "return !scoped.control_plane && MinorsBetween(api.oldest, *scoped.version) > 9;", "return MinorsBetween(target, *scoped.version) > 0;", "return MinorsBetween(target, *scoped.version) > 9;"),
    mutant("a control plane may skip a minor", ROUTE, "if (MinorsBetween(from.version, stop.version) > 1) {", "if (MinorsBetween(from.version, stop.version) > 2) {"),
    mutant("a kubelet may be four minors older", ROUTE, "kMayLag = 3", "kMayLag = 4"),
    mutant("workers are lifted only at the end", ROUTE, "    hops_.back().workers = true;\n", ""),
    mutant("stops of the path are left out", ROUTE, "if (version && *version > from && *version < end.version) {", "if (version && *version > from && *version > end.version) {"),
    mutant("kubelets do not wait for the components of others", PLANNER + "gates/turn.cpp", "if (components_pending_ && !IsComponentsTurn(view)) {", "if (components_pending_ && view.skip != nullptr) {"),
    mutant("a stage ends before its static pods are new", PLANNER + "executors/executor.cpp", "(stage.components ? scoped.components && ", "(stage.components ? scoped.components_behind || scoped.components && "),
    mutant("static pods that a Job left behind do not matter", PLANNER + "executors/executor.cpp", ": scoped.apart || !scoped.LeftBehind());", ": scoped.version.has_value());"),
    mutant("workers go before a managed control plane", SKEW, "if (!scope.SeesApiServer() && MinorsBetween(api->oldest, *target) > 0) {", "if (!scope.SeesApiServer() && MinorsBetween(api->oldest, *target) > 9) {"),
    mutant("one node more than the pool allows", PLANNER + "gates/start.cpp", "if (use.unavailable >= use.budget || ", "if (use.unavailable > use.budget || "),
    mutant("nodes that are not Ready do not count", PLANNER + "gates/pool_use.cpp", "== api::UnhealthyNodes::kWait ? 1 : 0;", "== api::UnhealthyNodes::kWait ? 0 : 0;"),
    mutant("percentages of a pool are rounded up", PLANNER + "gates/pool_use.cpp", "nodes * spec.max_unavailable.value / kHundredPercent", "(nodes * spec.max_unavailable.value + 99) / kHundredPercent"),
    mutant("a control-plane node that is down is not missed", PLANNER + "gates/pool_use.cpp", "const bool missed = view.control_plane && !ready;", "const bool missed = view.control_plane && !ready && view.failed;", "    } else if (!ready && (missed || !view.failed)) {", "    } else if (!ready && !view.control_plane && !view.failed) {"),
    mutant("one failed node more than allowed", PLANNER + "gates/failures.cpp", "<= tolerated) {", "<= tolerated + 1) {"),
    mutant("a failed control-plane node does not matter", PLANNER + "gates/failures.cpp", "    if (view->control_plane) {", "    if (view->control_plane && failure.message.empty()) {"),
    mutant("workers first", PLANNER + "gates/turn.cpp", "{true, false}", "{false, true}"),
    mutant("nodes are started while paused", PLANNER + "gates/pause.cpp", "if (!planning.paused()) {", "if (!planning.paused() || planning.HasBegun()) {", ),
    mutant("the next drain does not wait for evicted pods", PLANNER + "gates/recovery.cpp", "if (static_cast<int>(unrecovered_.size() + started) < budget_) {", "if (static_cast<int>(unrecovered_.size() + started) < budget_ + 9) {"),
    mutant("two nodes take the last pods of a workload", PLANNER + "gates/recovery.cpp", "if (spread && !elsewhere && ", "if (spread && !elsewhere && count.ready_on.empty() && "),
    mutant("one Ready pod is enough for a workload", PLANNER + "nodes/recovering.cpp", "recovering.ready = std::max(recovering.ready, count.ready);", "recovering.ready = std::max(recovering.ready, std::min(count.ready, 1));"),
    mutant("a pod that tolerates the cordon is evicted again", PLANNER + "pods/comebacks.cpp", "  if (pod.tolerates_cordon) {", "  if (pod.tolerates_cordon && pod.meta.uid.empty()) {"),
    mutant("pods that come back are evicted again and again", PLANNER + "pods/comebacks.cpp", "return entry.newest_pod && pod.meta.created && ", "return entry.newest_pod && pod.meta.deleted && "),
    mutant("waitForPods waits for none", PLANNER + "nodes/draining.cpp", "if (obstacles.empty() || work.Reached(until)) {", "if (!obstacles.empty() || work.Reached(until)) {"),
    mutant("pods are deleted before the timeout", PLANNER + "nodes/draining.cpp", "const bool deletes = may_delete && TimeIsOver(work, 1);", "const bool deletes = may_delete || TimeIsOver(work, 9);"),
    mutant("a drain times out too early", PLANNER + "nodes/draining.cpp", "work.Reached(*work.entry.drain_start + times * timeout);", "work.Reached(*work.entry.drain_start + times * timeout / 2);"),
    mutant("a timeout postpones a node again and again", PLANNER + "nodes/draining.cpp", "if (skips && !planning.Postponed(work.entry.name)) {", "if (skips) {"),
    mutant("pods of DaemonSets are evicted", PLANNER + "pods/pod_judge.cpp", "return (pod.of_daemon_set() && !pod.finished()) || ", "return (pod.of_daemon_set() && pod.finished()) || "),
    mutant("skipPods skips none", PLANNER + "pods/pod_judge.cpp", "(skip && skip->Matches(pod.meta.labels))", "(skip && skip->Matches(pod.meta.annotations))"),
    mutant("a Job is created beside another", PLANNER + "executors/job.cpp", "  if (WaitsForOtherJob(work, *work.pods())) {", "  if (WaitsForOtherJob(work, *work.pods()) && work.node().kubelet_version.empty()) {", "  if (live == nullptr) {\n    return AttemptVerdict::NextAttempt();", "  if (live == nullptr || live->started) {\n    return AttemptVerdict::NextAttempt();"),
    mutant("a Job is given up after half its time", PLANNER + "executors/job.cpp", "return work.Reached(since + Timeout(work));", "return work.Reached(since + Timeout(work) / 2);"),
    mutant("a node leaves without its release", PLANNER + "nodes/uncordoning.cpp", "if (hints_gone && !work.marked() && ", "if (hints_gone && (work.marked() || planning.deleted() || !work.marked()) && "),
    mutant("a node is verified and stays in the list for ever", PLANNER + "nodes/uncordoning.cpp", "(!work.node().unschedulable || IsAccepted(last))", "(!work.node().unschedulable && IsAccepted(last))"),
    mutant("a cordon is sent before the status says so", PLANNER + "model/intent.cpp", "return Same(a.in_progress, b.in_progress) && ", "return (Same(a.in_progress, b.in_progress) || a.in_progress.size() + 9 > b.in_progress.size()) && "),
    mutant("a term need not be confirmed", "controller/core/decide.cpp", "confirmed ? Decision::Next::kAct : Decision::Next::kConfirmFirst", "confirmed || durable.epoch > 0 ? Decision::Next::kAct : Decision::Next::kConfirmFirst"),
    mutant("a volume timeout of 0 for all", PLANNER + "nodes/draining.cpp", "*entry.drained + seconds(planning.spec().drain.volume_detach_timeout_seconds);", "*entry.drained + seconds(planning.spec().drain.volume_detach_timeout_seconds / 9);"),
    mutant("Retry-After is not kept", "controller/core/actions/retry_table.cpp", "  if (judgement.retry_after) {\n    delay = ", "  if (judgement.retry_after && attempts > 9) {\n    delay = "),
    mutant("the clock of the API server is not asked", "controller/kube/server_clock.cpp", "return corrects_ ? base::Now", "return corrects_ && now.steady == base::SteadyTime{} ? base::Now"),
    mutant("nothing is cut from a status", PLANNER + "report/bounds.cpp", "  Knife(level).Cut(status);\n  while (LargestSize(status) > kStatusMax && ", "  while (LargestSize(status) > 100 * kStatusMax && "),
    mutant("the first new token ends the settling", PLANNER + "tokens/settling.cpp", "if (SignedSinceLastStart(servers) && servers.size() == 1) {", "if (LastNewToken(planning_.world(), work_.status)) {"),
    mutant("a server that was started after the newest token has the new key", PLANNER + "tokens/settling.cpp", "return *server->meta.created < *last;", "return *server->meta.created != base::WallTime{};"),
    mutant("a server that was started before the first new token has the new key", PLANNER + "tokens/settling.cpp", "started_after(first) + 1 >= all;", "started_after(first) + 9 >= all;"),
    mutant("quiet counts from the first new token", PLANNER + "tokens/settling.cpp", "since = std::max(since, planning_.now());", "since = std::max(since, *work_.status.keys.since);"),
    mutant("a pod of the same second as the change is fresh", PLANNER + "tokens/stale_pods.cpp", "*pod.meta.created <= *change", "*pod.meta.created < *change"),
    mutant("a key may be dropped while pods are stale", PLANNER + "tokens/token_watch.cpp", "if (look->pods.stale == 0 && ", "if (look->pods.stale <= 2 && "),
    mutant("the next pod of a workload goes before the last one is replaced", EVICTING, "return lasts || first || nothing_lost || goes ? Evict", "return lasts || first || nothing_lost || goes || !planning_.deleted() ? Evict"),
    mutant("a pod that is not Ready is replaced enough", EVICTING, "bool IsWhole() const { return live_ >= asked_ && view_.ready >= needed_; }", "bool IsWhole() const { return live_ >= asked_; }"),
    mutant("workloads are begun beside nodes", PLANNER + "tokens/refreshing.cpp", "    return !planning_.status().in_progress.empty() ||\n", "    return planning_.status().in_progress.size() > 9 ||\n"),
    mutant("nodes are begun beside workloads", PLANNER + "gates/tokens.cpp", "  if (!tokens->in_progress.empty()) {", "  if (tokens->in_progress.size() > 9) {"),
    mutant("pods are replaced before the look that found them is of this change", PLANNER + "tokens/looks.cpp", "survey->tokens.made_for == question;", "(survey->tokens.made_for == question || survey->tokens.pods.stale > 0);"),
    mutant("evictions precede the status that permits them", PLANNER + "model/intent.cpp", "Same(before.in_progress, after.in_progress) &&", "(Same(before.in_progress, after.in_progress) || after.in_progress.size() > before.in_progress.size()) &&"),
    mutant("a new signer is no change", PLANNER + "tokens/key_change.cpp", "  if (IsOfKeys(*token, keys) || ", "  if (token->issuer == keys.issuer || "),
]
