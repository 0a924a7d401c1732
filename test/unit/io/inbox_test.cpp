#include "io/inbox.hpp"

#include <future>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "io/clock.hpp"

namespace cu::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

port::Event Line(std::uint64_t id, std::size_t size = 1) {
  return port::StreamLine{port::CallId{id}, std::string(size, 'x')};
}
std::uint64_t IdOf(const port::Event& event) {
  return static_cast<std::uint64_t>(std::get<port::StreamLine>(event).id);
}

TEST_CASE("events come out in the order in which they went in, at most 256 at once", "[io]") {
  Inbox inbox;
  for (std::uint64_t i = 0; i < 600; ++i) {
    inbox.Post(Line(i));
  }
  std::uint64_t next = 0;
  for (const std::size_t expected : {256U, 256U, 88U}) {
    const auto batch = inbox.Take(std::nullopt);
    CHECK(batch.size() == expected);
    for (const port::Event& event : batch) {
      CHECK(IdOf(event) == next++);
    }
  }
}

TEST_CASE("a batch holds at most 1 MiB, but always one event", "[io]") {
  Inbox inbox;
  inbox.Post(Line(1, 3U << 20U));
  inbox.Post(Line(2, 600U << 10U));
  inbox.Post(Line(3, 600U << 10U));
  CHECK(inbox.Take(std::nullopt).size() == 1);
  CHECK(inbox.Take(std::nullopt).size() == 1);
  CHECK(inbox.Take(std::nullopt).size() == 1);
}

TEST_CASE("taking waits for an event, or for the time", "[io]") {
  Inbox inbox;
  const auto until = ReadClocks().steady + milliseconds(5);
  CHECK(inbox.Take(until).empty());
  CHECK(ReadClocks().steady >= until);
  CHECK(inbox.Take(base::SteadyTime{}).empty());

  std::jthread producer([&] { inbox.Post(Line(7)); });
  const auto batch = inbox.Take(std::nullopt);
  REQUIRE(batch.size() == 1);
  CHECK(IdOf(batch.front()) == 7);
}

TEST_CASE("a stream is held while the inbox is full and goes on when half is free", "[io]") {
  Inbox inbox;
  int resumed = 0;
  for (std::uint64_t i = 1; i < Inbox::kEventsMax; ++i) {
    inbox.Post(Line(i));
  }
  inbox.WhenRoom([&] { ++resumed; });
  CHECK(resumed == 1);
  inbox.Post(Line(0));
  inbox.WhenRoom([&] { ++resumed; });
  inbox.Take(std::nullopt);
  CHECK(resumed == 1);
  inbox.Take(std::nullopt);
  CHECK(resumed == 2);
}

TEST_CASE("a few large lines fill the inbox as many small ones do", "[io]") {
  Inbox inbox;
  bool resumed = false;
  inbox.Post(Line(1, 4U << 20U));
  inbox.Post(Line(2, 4U << 20U));
  inbox.WhenRoom([&] { resumed = true; });
  CHECK_FALSE(resumed);
  inbox.Take(std::nullopt);
  CHECK(resumed);
}

TEST_CASE("closing lets everybody go and drops what comes later", "[io]") {
  Inbox inbox;
  bool resumed = false;
  for (std::uint64_t i = 0; i < Inbox::kEventsMax; ++i) {
    inbox.Post(Line(i));
  }
  inbox.WhenRoom([&] { resumed = true; });
  inbox.Close();
  CHECK(resumed);
  inbox.Post(Line(1));
  CHECK(inbox.Take(std::nullopt).empty());

  Inbox waited_for;
  auto taken = std::async(std::launch::async, [&] { return waited_for.Take(std::nullopt); });
  waited_for.Close();
  CHECK(taken.get().empty());
}

}  // namespace
}  // namespace cu::io
