#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "kube/reflector.hpp"
#include "unit/kube/node_collection.hpp"
#include "unit/kube/reflector_peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::LineJson;
using test::NodeJson;
using test::StatusJson;

/// A reflector against NodeCollection through a bad network: replies are lost, streams break, lines
/// come twice, history is compacted, and answers of own writes are adopted late.
class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), peer_({"/nodes", "", ""}, seed) {}

  void Step(bool faults) {
    if (faults) {
      Disturb();
    }
    if (peer_.listing()) {
      ServeList(faults);
    } else if (!peer_.watching()) {
      peer_.Wait(5s);
    } else if (opened_ != peer_.requests()) {
      ServeOpen(faults);
    } else {
      ServeWatch(faults);
    }
    if (peer_.target() != trace_.substr(trace_.rfind('\n') + 1)) {
      trace_ += "\n" + peer_.target();
    }
  }
  /// As of the store's version every object is what it was, or a newer own write.
  void CheckTruth() const {
    if (peer_.store.resource_version().empty()) {
      return;
    }
    const std::uint64_t version = std::stoull(peer_.store.resource_version());
    const auto truth = api_.TruthAt(version);
    bool holds = true;
    for (const auto& [name, at_version] : truth) {
      const api::Node* node = peer_.store.Find(name);
      const std::uint64_t held = node ? std::stoull(node->meta.resource_version) : 0;
      holds = holds && (held == at_version || held > version);
    }
    for (const auto& [name, node] : peer_.store.items()) {
      holds = holds && (truth.contains(name) || std::stoull(node.meta.resource_version) > version);
    }
    REQUIRE(holds);
  }
  void CheckSettled() const {
    CHECK(peer_.reflector.current(peer_.now()));
    CHECK(peer_.store.resource_version() == std::to_string(api_.version()));
    std::map<std::string, std::uint64_t> held;
    for (const auto& [name, node] : peer_.store.items()) {
      held[name] = std::stoull(node.meta.resource_version);
    }
    CHECK(held == api_.TruthAt(api_.version()));
  }
  const std::string& trace() const { return trace_; }
  int requests() const { return peer_.requests(); }

 private:
  bool Chance(std::uint64_t one_in) { return random_.Below(one_in) == 0; }

  void Disturb() {
    if (Chance(2)) {
      api_.Mutate(random_);
    }
    if (Chance(40)) {
      api_.Compact();
    }
    const auto& history = api_.history();
    if (!history.empty() && Chance(6)) {
      const std::size_t back = std::min<std::size_t>(history.size(), 6);
      const auto& change = history[history.size() - 1 - random_.Below(back)];
      if (change.type != "DELETED") {
        peer_.store.Adopt(*codec::Decode<api::Node>(change.json));
      }
    }
  }
  void ServeList(bool faults) {
    const auto fault = faults ? random_.Below(12) : 99;
    const auto answer = api_.List(peer_.target());
    if (fault == 0) {
      peer_.Fail();
    } else if (fault == 1) {
      peer_.Reply(Answer(500));
    } else if (fault == 2) {
      peer_.Sleep(31s);
    } else if (fault == 3) {
      peer_.Reply(Answer(200, answer.body.substr(0, answer.body.size() / 2)));
    } else {
      peer_.Reply(answer);
    }
  }
  void ServeOpen(bool faults) {
    const auto fault = faults ? random_.Below(10) : 99;
    const auto from = api_.WatchFrom(peer_.target());
    if (fault == 0) {
      peer_.Fail();
    } else if (fault == 1) {
      peer_.Reply(Answer(504, StatusJson(504, "Timeout", "ResourceVersionTooLarge"), 1s));
    } else if (!from) {
      peer_.Reply(Answer(410, StatusJson(410, "Expired")));
    } else {
      peer_.Open();
      opened_ = peer_.requests();
      sent_ = *from;
    }
  }
  void ServeWatch(bool faults) {
    const auto fault = faults ? random_.Below(40) : 99;
    if (fault == 0) {
      peer_.End();
    } else if (fault == 1) {
      peer_.Break();
    } else if (fault == 2) {
      peer_.Line(LineJson("ERROR", StatusJson(410, "Expired")));
    } else if (fault == 3) {
      peer_.Line("{\"type\":\"ADD");
    } else if (fault == 4) {
      peer_.Sleep(76s);
    } else if (fault == 5 && !api_.history().empty()) {
      const auto& old = api_.history()[random_.Below(api_.history().size())];
      if (old.version <= sent_) {
        peer_.Line(LineJson(old.type, old.json));
      }
    } else {
      SendNext();
    }
  }
  void SendNext() {
    for (const auto& change : api_.history()) {
      if (change.version > sent_) {
        sent_ = change.version;
        peer_.Line(LineJson(change.type, change.json));
        return;
      }
    }
    sent_ = api_.version();
    peer_.Line(LineJson("BOOKMARK", NodeJson("", std::to_string(sent_))));
  }

  base::Random random_;
  test::NodeCollection api_;
  test::ReflectorPeer peer_;
  int opened_ = -1;  ///< the request whose stream is open
  std::uint64_t sent_ = 0;
  std::string trace_;
};

TEST_CASE("Through any history the store is the truth of its version and ends as the whole truth",
          "[kube]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    History history(seed);
    for (int i = 0; i < 300; ++i) {
      history.Step(true);
      history.CheckTruth();
    }
    for (int i = 0; i < 600; ++i) {
      history.Step(false);
    }
    history.CheckTruth();
    history.CheckSettled();
  }
}

TEST_CASE("Equal seeds give equal requests", "[kube]") {
  const auto run = [](std::uint64_t seed) {
    History history(seed);
    for (int i = 0; i < 500; ++i) {
      history.Step(true);
    }
    return history.trace();
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
}

}  // namespace
}  // namespace cu::kube
