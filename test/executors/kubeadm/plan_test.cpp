#include "node/plan.hpp"

#include <catch2/catch.hpp>

#include "fake_node.hpp"

namespace cu::node {
namespace {

Options For(Stage stage) {
  Options options;
  options.node = "cp1";
  options.version = kNew;
  options.stage = stage;
  return options;
}

Manifests At(const std::string& version) {
  Manifests manifests;
  for (const char* component : kComponents) {
    manifests.emplace(component, *ParseManifest(ManifestText(component, version)));
  }
  return manifests;
}

Facts OldControlPlane() {
  Facts facts;
  facts.control_plane = facts.stacked_etcd = true;
  facts.manifests = At(kOld);
  facts.config.kubernetes_version = kOld;
  facts.server_version = kOld;
  facts.kubelet_on_disk = facts.node.kubelet_version = kOld;
  facts.etcd_members = 1;
  return facts;
}

Remains Left(Phase phase, bool kubelet_on, const std::string& version) {
  Journal journal;
  journal.phase = phase;
  journal.from = kOld;
  journal.version = kNew;
  return {journal, kubelet_on, At(version)};
}

}  // namespace

TEST_CASE("a stacked control plane that is understood is changed in one swap") {
  const auto plan = MakePlan(For(Stage::kControlPlane), OldControlPlane());
  REQUIRE(plan.ok());
  CHECK(plan->one_swap);
  CHECK(plan->first);
  CHECK_FALSE(plan->programs);
}

TEST_CASE("what one swap cannot do goes to kubeadm, with the reason") {
  Facts facts = OldControlPlane();
  facts.config.not_understood = "it has the field newThing";
  const auto plan = MakePlan(For(Stage::kControlPlane), facts);
  CHECK_FALSE(plan->one_swap);
  CHECK(plan->why == "ClusterConfiguration is not understood: it has the field newThing");
  facts = OldControlPlane();
  facts.stacked_etcd = false;
  CHECK_FALSE(MakePlan(For(Stage::kControlPlane), facts)->one_swap);
  Options asked = For(Stage::kControlPlane);
  asked.method = Method::kOneSwap;
  CHECK(MakePlan(asked, facts).error().kind == base::ErrorKind::kInvalid);
  asked.method = Method::kPlain;
  CHECK_FALSE(MakePlan(asked, OldControlPlane())->one_swap);
}

TEST_CASE("the first control-plane node is known by the version in the cluster") {
  Facts facts = OldControlPlane();
  facts.config.kubernetes_version = kNew;
  CHECK_FALSE(MakePlan(For(Stage::kControlPlane), facts)->first);
}

TEST_CASE("a node that is done is left alone") {
  Facts facts = OldControlPlane();
  facts.manifests = At(kNew);
  facts.config.kubernetes_version = facts.server_version = kNew;
  CHECK_FALSE(MakePlan(For(Stage::kControlPlane), facts)->nothing);
  facts.finished.control_plane = kNew;
  CHECK(MakePlan(For(Stage::kControlPlane), facts)->nothing);
  CHECK_FALSE(MakePlan(For(Stage::kControlPlaneAndNode), facts)->nothing);
  facts.kubelet_on_disk = facts.node.kubelet_version = facts.finished.node = kNew;
  CHECK(MakePlan(For(Stage::kControlPlaneAndNode), facts)->nothing);
}

TEST_CASE("a node does not go before its control plane, and a control plane not back") {
  Facts facts = OldControlPlane();
  CHECK(MakePlan(For(Stage::kNode), facts).error().message.find("older than v1.36.3") !=
        std::string::npos);
  facts.config.kubernetes_version = "v1.37.0";
  CHECK(MakePlan(For(Stage::kControlPlane), facts).error().kind == base::ErrorKind::kInvalid);
}

TEST_CASE("what is left of an attempt decides how it is ended") {
  CHECK(MendingFor({std::nullopt, true, At(kOld)}) == Mending::kNothing);
  CHECK(MendingFor({std::nullopt, false, At(kOld)}) == Mending::kStartKubelet);
  CHECK(MendingFor(Left(Phase::kReplacing, false, kOld)) == Mending::kStartKubelet);
  CHECK(MendingFor(Left(Phase::kStopping, true, kOld)) == Mending::kForget);
  CHECK(MendingFor(Left(Phase::kStopping, false, kOld)) == Mending::kGoBack);
  CHECK(MendingFor(Left(Phase::kChanging, false, kNew)) == Mending::kGoBack);
  CHECK(MendingFor(Left(Phase::kChanging, true, kNew)) == Mending::kForward);
  CHECK(MendingFor(Left(Phase::kChanging, true, kOld)) == Mending::kGoBack);
  CHECK(MendingFor(Left(Phase::kStarting, false, kNew)) == Mending::kForward);
  CHECK(MendingFor(Left(Phase::kStarting, true, kOld)) == Mending::kGoBack);
  CHECK(MendingFor(Left(Phase::kGoingBack, true, kOld)) == Mending::kGoBack);
  CHECK(MendingFor(Left(Phase::kDataBack, true, kOld)) == Mending::kGoBack);
}

TEST_CASE("what somebody else upgraded since is not put back") {
  for (const Phase phase : {Phase::kChanging, Phase::kStarting, Phase::kGoingBack}) {
    CHECK(MendingFor(Left(phase, true, "v1.36.9")) == Mending::kForget);
  }
}

TEST_CASE("a journal survives being written and read") {
  Journal journal;
  journal.phase = Phase::kDataBack;
  journal.version = kNew;
  journal.backup = "/b";
  journal.programs = true;
  journal.etcd_members = 3;
  journal.set_aside = "member.x";
  const auto again = DecodeJournal(Encode(journal));
  REQUIRE(again);
  CHECK(again->phase == Phase::kDataBack);
  CHECK(again->etcd_members == 3);
  CHECK(again->set_aside == "member.x");
  CHECK_FALSE(DecodeJournal("{"));
  CHECK_FALSE(DecodeJournal("{}"));
}

}  // namespace cu::node
