#include "io/loop.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "io/clock.hpp"

namespace cu::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class NotingTransport final : public Transport {
 public:
  void Send(const port::SendRequest& call) override { Note("send", call.id); }
  void Open(const port::OpenStream& stream) override { Note("open", stream.id); }
  void Abort(port::CallId id) override { Note("abort", id); }
  std::vector<std::string> notes;

 private:
  void Note(const std::string& what, port::CallId id) {
    notes.push_back(what + " " + std::to_string(static_cast<std::uint64_t>(id)));
  }
};

struct Fixture {
  Inbox inbox;
  NotingTransport transport;
  std::ostringstream out;
  LogWriter log{out, base::LogFormat::kText, 0};
  Loop::Shell shell() { return {inbox, transport, log, ReadClocks}; }
};

TEST_CASE("effects are carried out in order and the exit is the last", "[io]") {
  Fixture fixture;
  Loop loop(
      [](std::span<const port::Event> batch, base::Now now) {
        CHECK(batch.empty());
        return port::Reaction{{port::OpenStream{port::CallId{1}, {}},
                               port::SendRequest{port::CallId{2}, {}, now.steady},
                               port::Abort{port::CallId{1}},
                               port::WriteLog{{base::LogLevel::kInfo, "said", {}}},
                               port::Exit{3},
                               port::Abort{port::CallId{9}}},
                              std::nullopt};
      },
      fixture.shell());
  CHECK(loop.Run() == 3);
  CHECK(fixture.transport.notes == std::vector<std::string>{"open 1", "send 2", "abort 1"});
  CHECK(fixture.out.str().find("said") != std::string::npos);
}

TEST_CASE("the core is woken by the time it asked for, with an empty batch", "[io]") {
  Fixture fixture;
  std::vector<base::SteadyTime> turns;
  Loop loop(
      [&](std::span<const port::Event> batch, base::Now now) {
        CHECK(batch.empty());
        turns.push_back(now.steady);
        port::Reaction reaction;
        reaction.wake_at = now.steady + milliseconds(3);
        if (turns.size() == 3) {
          reaction.effects.emplace_back(port::Exit{0});
        }
        return reaction;
      },
      fixture.shell());
  CHECK(loop.Run() == 0);
  CHECK(turns[1] >= turns[0] + milliseconds(3));
  CHECK(turns[2] >= turns[1] + milliseconds(3));
}

TEST_CASE("the core is woken by an event before its time", "[io]") {
  Fixture fixture;
  Loop loop(
      [&](std::span<const port::Event> batch, base::Now now) {
        port::Reaction reaction;
        reaction.wake_at = now.steady + seconds(600);
        if (batch.empty()) {
          fixture.inbox.Post(port::StopRequested{});
        } else {
          CHECK(std::holds_alternative<port::StopRequested>(batch.front()));
          reaction.effects.emplace_back(port::Exit{0});
        }
        return reaction;
      },
      fixture.shell());
  CHECK(loop.Run() == 0);
}

TEST_CASE("the loop counts as stuck a minute after it was due", "[io]") {
  Fixture fixture;
  base::Now now = ReadClocks();
  const base::SteadyTime begun = now.steady;
  int turn = 0;
  Loop::Shell shell = fixture.shell();
  shell.clock = [&] { return now; };
  Loop* running = nullptr;
  Loop loop(
      [&](std::span<const port::Event>, base::Now) {
        port::Reaction reaction;
        if (++turn == 1) {  // within a turn that takes long
          CHECK(running->Alive(begun + seconds(60)));
          CHECK_FALSE(running->Alive(begun + seconds(61)));
          reaction.wake_at = begun;
        } else {
          reaction.effects.emplace_back(port::Exit{0});
        }
        return reaction;
      },
      shell);
  running = &loop;
  CHECK(loop.Run() == 0);
}

}  // namespace
}  // namespace cu::io
