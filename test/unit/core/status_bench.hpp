#pragma once
#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "codec/encode/upgrade_patch.hpp"
#include "core/status_writer.hpp"
#include "unit/core/wire.hpp"

namespace cu::core {

/// A status of one intent, told by its epoch, that reports this progress.
inline api::ClusterUpgradeStatus StatusOf(int epoch, const std::string& progress = "") {
  api::ClusterUpgradeStatus status;
  status.epoch = epoch;
  status.progress = progress;
  return status;
}

/// A writer of the status of `up` against a server that a test plays.
struct StatusBench {
  using Result = StatusWriter::Result;
  using Begun = StatusWriter::Begun;

  StatusBench() {
    api::ClusterUpgrade upgrade;
    upgrade.meta.name = "up";
    upgrade.meta.uid = "uid-up";
    upgrade.meta.resource_version = std::to_string(version);
    watches.upgrades().Adopt(upgrade);
  }
  /// As the watch shows it.
  api::ClusterUpgrade held() const { return *watches.upgrades().Find("up"); }
  Begun Write(const api::ClusterUpgradeStatus& status,
              std::chrono::seconds term = std::chrono::hours(1)) {
    return writer.Write(held(), status, wire.now.steady + term, wire.now, wire.calls);
  }
  /// The object as the server holds it with this status, of a newer version.
  std::string Body(const Json& status, const std::string& uid = "uid-up") {
    return Json{{"metadata",
                 {{"name", "up"}, {"uid", uid}, {"resourceVersion", std::to_string(++version)}}},
                {"spec", {{"version", "v1.36.3"}}},
                {"status", status}}
        .dump();
  }
  std::string Body(const api::ClusterUpgradeStatus& status, const std::string& uid = "uid-up") {
    return Body(Json::parse(codec::StatusPatch("", status))[1]["value"], uid);
  }
  Result Answer(int code, const std::string& body = "{}") {
    const Wire::Open open = wire.only();
    REQUIRE(writer.Owns(open.id));
    const port::Event event = wire.Answer(open, code, body);
    const Result result = writer.Handle(event, wire.now, wire.calls);
    CHECK_FALSE(writer.Owns(open.id));
    return result;
  }
  Result Fail() { return writer.Handle(wire.Fail(wire.only()), wire.now, wire.calls); }
  /// The server takes the write that is open.
  Result Keep() { return Answer(200, Body(Json::parse(wire.only().request.body)[1]["value"])); }
  void Gone() {
    const Json object{
        {"metadata",
         {{"name", "up"}, {"uid", "uid-up"}, {"resourceVersion", std::to_string(++version)}}}};
    REQUIRE(watches.upgrades().OnLine(LineOf("DELETED", object)).ok());
    REQUIRE(watches.upgrades().Find("up") == nullptr);
  }
  bool Confirmed() const { return writer.Confirmed(held(), wire.now); }
  std::chrono::nanoseconds ReportsIn() const {
    return writer.ReportAfter(held()) - wire.now.steady;
  }
  base::SteadyTime RestsUntil() const {
    api::ClusterUpgrade upgrade;
    upgrade.meta.name = "up";
    upgrade.meta.uid = "uid-up";
    return writer.RestsUntil(upgrade);
  }
  std::chrono::nanoseconds Rest() const { return RestsUntil() - wire.now.steady; }
  bool Reads() {
    return wire.open().size() == 1 &&
           wire.only().request ==
               port::Request::Get("/apis/clusterupgrade.io/v1alpha1/clusterupgrades/up");
  }

  int version = 7;
  Wire wire;
  Watches watches{{{"system", "jobs"}, {}}};
  StatusWriter writer{watches};
};

}  // namespace cu::core
