#include "promises_tokens.hpp"

#include <algorithm>
#include <chrono>

#include "promises_refresh.hpp"

namespace cu::simulation {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// Until the file is read again, a status is written, and a leader is found.
constexpr Duration kNoticed = kTokenRenewal + seconds{10 + 50 + 120};
/// After so long a change that was taken back counts as one.
constexpr Duration kTakenBack = hours{1};
constexpr Duration kLeadsAgain = seconds{75};
constexpr Duration kRenewed = seconds{20};

bool ByController(const std::string& actor) {
  return actor.find('/') != std::string::npos;
}

bool IsOff(const Json& upgrade) {
  return TextAt(upgrade, {"spec", "tokenRefresh", "mode"}) == "Disabled";
}

const Json& FreshOf(const Json& upgrade) {
  static const Json kNone;
  for (const Json& condition : ValueAt(upgrade, {"status", "conditions"})) {
    if (TextAt(condition, {"type"}) == "TokensFresh") {
      return condition;
    }
  }
  return kNone;
}

bool Has(const Json& list, const std::string& text) {
  return std::find(list.begin(), list.end(), Json(text)) != list.end();
}

}  // namespace

TokenPromises::TokenPromises(Cluster& cluster,
                             std::string upgrade,
                             Duration view_lag,
                             ViolationReporter report)
    : cluster_(cluster),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag),
      report_(std::move(report)),
      disturbed_(cluster.timeline.now()),
      common_since_(cluster.timeline.now()),
      lease_renewed_(cluster.timeline.now()) {
  cluster.database.Subscribe([this](const Change& change) {
    if (cluster_.api_servers.begun()) {
      OnChange(change);
    }
  });
}

void TokenPromises::OnBegin(const Call& call) {
  if (!cluster_.api_servers.begun()) {
    return;
  }
  if (call.mutating && !call.lease) {
    CheckWrite(call);
  }
  CheckAskedWhenOff(call);
}

/// What upgrades do anyway, and no more: pods leave only nodes that are in progress.
void TokenPromises::CheckWrite(const Call& call) {
  static const std::set<std::string> kWritten{"clusterupgrades",
                                              "events",
                                              "jobs",
                                              "nodes",
                                              "pods",
                                              "podtemplates",
                                              "selfsubjectaccessreviews"};
  const std::string& resource = call.target.resource;
  const bool restarts =
      resource == "deployments" &&
      TextAt(Upgrade(), {"spec", "tokenRefresh", "methods", "deployments"}) == "Restart";
  if (!kWritten.contains(resource) && !restarts) {
    report_("P25", call.process + " writes " + resource + ": " + call.request.target);
    return;
  }
  const ObjectPtr pod = cluster_.database.Find(Kind::kPod, call.target.key());
  const bool leaves = resource == "pods" && !call.target.name.empty() && pod != nullptr;
  if (!leaves || call.target.Query("dryRun") == "All") {
    return;
  }
  const Json upgrade = Upgrade();
  const Json& entries = ValueAt(upgrade, {"status", "inProgress"});
  const bool in_work = std::any_of(entries.begin(), entries.end(), [&](const Json& entry) {
    return TextAt(entry, {"name"}) == NodeNameOf(pod->value());
  });
  if (!in_work && !GoesForTokens(upgrade, pod->value()) && view_lag_ <= seconds{5}) {
    report_("P25",
            call.process + " takes a pod from a node that is not in work: " + call.target.key());
  }
}

void TokenPromises::CheckAskedWhenOff(const Call& call) {
  const bool asks = call.target.resource == "jwks" || call.target.resource == "configmaps" ||
                    (call.target.resource == "leases" &&
                     call.target.Query("labelSelector").find("identity") != std::string::npos);
  const Json upgrade = Upgrade();
  if (asks && !upgrade.is_null() && IsOff(upgrade)) {
    report_("P25", call.process + " asks with mode Disabled: " + call.request.target);
  }
}

void TokenPromises::OnServed(const Call& call, const port::Response& response) {
  if (call.lease && call.mutating && response.status < 300) {
    lease_renewed_ = cluster_.timeline.now();
  }
}

void TokenPromises::OnProcess(const std::string& /*process*/, const std::string& what) {
  if (!what.starts_with("log: ")) {
    NoteDisturbance();
  }
}

void TokenPromises::OnBatch(const std::string& /*process*/, std::size_t /*size*/) {
  if (cluster_.api_servers.begun()) {
    NoteServers();
    CheckNoticed();
    CheckLeads();
  }
}

void TokenPromises::NoteServers() {
  const std::optional<Keyring> keys = cluster_.api_servers.common();
  const auto now = keys ? std::optional(Pair(keys->signer, keys->issuer)) : std::nullopt;
  if (now != common_) {
    if (common_) {
      earlier_.insert(*common_);
    }
    common_ = now;
    common_since_ = cluster_.timeline.now();
  }
  bool accepted = true;
  for (const char* replica : {"a", "b"}) {
    const Token* token = cluster_.token_files.Of(replica);
    accepted = accepted && (token == nullptr || cluster_.api_servers.AllAccept(*token));
  }
  accepted_since_ =
      accepted ? std::optional(accepted_since_.value_or(cluster_.timeline.now())) : std::nullopt;
}

/// P27: what all servers sign with is in the status in time.
void TokenPromises::CheckNoticed() {
  if (!calm_ || !common_) {
    return;
  }
  const Json upgrade = Upgrade();
  const Json& keys = ValueAt(upgrade, {"status", "tokenRefresh", "keys"});
  const Pair known(TextAt(keys, {"signer"}), TextAt(keys, {"issuer"}));
  const Duration bound =
      kNoticed + (earlier_.contains(*common_) ? kTakenBack + kNoticed : seconds{0});
  const base::SteadyTime since = std::max(common_since_, disturbed_);
  if (!upgrade.is_null() && !IsOff(upgrade) && !IsDeleting(upgrade) && known != *common_ &&
      cluster_.timeline.now() > since + bound) {
    report_("P27",
            "nobody noticed that all API servers sign with " + common_->first + " of " +
                common_->second);
  }
}

/// P27: somebody leads once every token is accepted again.
void TokenPromises::CheckLeads() {
  const base::SteadyTime now = cluster_.timeline.now();
  if (calm_ && accepted_since_ && now > std::max(*accepted_since_, disturbed_) + kLeadsAgain &&
      now > lease_renewed_ + kRenewed) {
    report_("P27", "nobody leads though every token is accepted");
  }
}

void TokenPromises::OnChange(const Change& change) {
  NoteServers();
  if (change.kind != Kind::kUpgrade || change.key != upgrade_ || change.after == nullptr ||
      !ByController(change.actor)) {
    return;
  }
  const Json& upgrade = change.after->value();
  const Json& status = ValueAt(upgrade, {"status", "tokenRefresh"});
  if (IsOff(upgrade)) {
    if (NumberAt(upgrade, {"status", "observedGeneration"}) ==
            NumberAt(upgrade, {"metadata", "generation"}) &&
        (!status.is_null() || !FreshOf(upgrade).is_null())) {
      report_("P25", "mode is Disabled, and the status speaks of tokens");
    }
    return;
  }
  CheckTold(status);
  NoteSettled(status);
  const Json& fresh = FreshOf(upgrade);
  if (TextAt(fresh, {"status"}) == "True" && TextAt(fresh, {"reason"}) != "NoChangeSeen") {
    CheckFresh(upgrade);
  }
  CheckDroppable(upgrade);
}

/// P27: what the status is told of is a change.
void TokenPromises::CheckTold(const Json& status) {
  const Json& keys = ValueAt(status, {"keys"});
  const Pair now(TextAt(keys, {"signer"}), TextAt(keys, {"issuer"}));
  if (now.first.empty()) {
    return;
  }
  if (told_ && *told_ != now && ValueAt(status, {"change"}).is_null()) {
    report_("P27", "the status shows another signer or issuer than before, and no change");
  }
  told_ = now;
}

/// P26: settled by Leases means that every server signs in the new way. Quiet is no proof: it may
/// be over while a server still signs in the old way.
void TokenPromises::NoteSettled(const Json& status) {
  const Json& change = ValueAt(status, {"change"});
  const std::string settled_by = TextAt(change, {"settledBy"});
  const std::string since = TextAt(change, {"since"});
  if (since.empty() || provable_.contains(since)) {
    return;
  }
  const bool all = AllSignAs(status);
  const bool leases = settled_by == "OneServer" ||
                      (settled_by == "AllServersStarted" && cluster_.api_servers.new_leases());
  provable_[since] = all;
  if (leases && !all && cluster_.timeline.now() > common_since_ + view_lag_ + seconds{10}) {
    report_("P26", "a change has settled by " + settled_by + ", and not all servers have changed");
  }
}

bool TokenPromises::AllSignAs(const Json& status) const {
  const Json& keys = ValueAt(status, {"keys"});
  return common_ == Pair(TextAt(keys, {"signer"}), TextAt(keys, {"issuer"}));
}

bool TokenPromises::Counts(const Json& upgrade, const Json& pod) const {
  const Json& spec = ValueAt(upgrade, {"spec", "tokenRefresh"});
  return !IsFinishedPod(pod) && !IsDeleting(pod) && !IsMirrorPod(pod) &&
         !TextAt(pod, {"status", "startTime"}).empty() &&
         !Has(ValueAt(spec, {"excludeNamespaces"}), NamespaceOf(pod));
}

/// With mode Auto, pods without a controller are, unless the spec says otherwise, and count so.
bool TokenPromises::IsSkipped(const Json& upgrade, const Json& pod) const {
  const Json& spec = ValueAt(upgrade, {"spec", "tokenRefresh"});
  const Json& drain = ValueAt(upgrade, {"spec", "drain", "skipPods"});
  const bool alone =
      OwnerField(pod, "kind").empty() && TextAt(spec, {"methods", "pods"}) != "Evict";
  const bool selected = drain.is_object() && Selects(drain, ValueAt(pod, {"metadata", "labels"}));
  return TextAt(spec, {"mode"}) == "Auto" && (alone || selected);
}

std::string TokenPromises::WhyStale(const Json& pod, const Json& status) const {
  const Token* token = cluster_.api_servers.TokenOf(UidOf(pod));
  const Json& keys = ValueAt(status, {"keys"});
  if (token != nullptr &&
      (token->signer != TextAt(keys, {"signer"}) || token->issuer != TextAt(keys, {"issuer"}))) {
    return "a token by " + token->signer + " of " + token->issuer;
  }
  const std::size_t authorities = cluster_.api_servers.AuthoritiesOf(UidOf(pod));
  if (authorities > 0 && authorities < ValueAt(keys, {"authorities"}).size()) {
    return "old authorities";
  }
  return {};
}

/// P26: "Fresh" is true.
void TokenPromises::CheckFresh(const Json& upgrade) {
  const Json& status = ValueAt(upgrade, {"status", "tokenRefresh"});
  const std::string since = TextAt(status, {"change", "since"});
  // Nobody can know yet that it was taken back.
  if (!since.empty() && (!provable_[since] || !AllSignAs(status))) {
    return;
  }
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    const bool counts = Counts(upgrade, pod->value()) && !IsSkipped(upgrade, pod->value());
    const std::string why = counts ? WhyStale(pod->value(), status) : std::string();
    if (!why.empty()) {
      report_("P26", "TokensFresh is True, but " + key + " was started with " + why);
    }
  }
}

/// P26: no pod in scope holds a token by a key that may be dropped.
void TokenPromises::CheckDroppable(const Json& upgrade) {
  const Json& status = ValueAt(upgrade, {"status", "tokenRefresh"});
  const Json& droppable = ValueAt(status, {"droppable"});
  const std::string since = TextAt(status, {"change", "since"});
  if (droppable.empty() || (!since.empty() && (!provable_[since] || !AllSignAs(status)))) {
    return;
  }
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    const Token* token = cluster_.api_servers.TokenOf(UidOf(pod->value()));
    if (token != nullptr && Counts(upgrade, pod->value()) && Has(droppable, token->signer)) {
      report_("P26", token->signer + " is called droppable, but " + key + " holds a token by it");
    }
  }
}

bool TokenPromises::Concluded() const {
  const Json upgrade = Upgrade();
  if (upgrade.is_null()) {
    return true;
  }
  // Who is refused leaves everything as it is.
  if (!accepted_since_ || cluster_.timeline.now() < *accepted_since_ + kLeadsAgain) {
    return false;
  }
  return IsOff(upgrade) || IsDeleting(upgrade) ||
         (AllSignAs(ValueAt(upgrade, {"status", "tokenRefresh"})) &&
          TextAt(FreshOf(upgrade), {"status"}) == "True");
}

}  // namespace cu::simulation
