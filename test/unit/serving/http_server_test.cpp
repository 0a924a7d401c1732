#include "serving/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <list>
#include <poll.h>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "unit/serving/page.hpp"

namespace cu::serving {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

std::unique_ptr<HttpServer> Started(HttpServer::Pages pages,
                                    milliseconds exchange_max = HttpServer::kExchangeMax) {
  auto started = HttpServer::Start("127.0.0.1", 0, std::move(pages), exchange_max);
  REQUIRE(started.ok());
  return std::move(started).value();
}

HttpServer::Pages Echo() {
  return {{"/page", [](const std::string& query) { return Reply{200, "text/plain", query}; }}};
}

TEST_CASE("a page gets its query and is answered whole", "[serving]") {
  const auto server = Started(Echo());
  CHECK(Page(server->port(), "/page?a=b") ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
        "Connection: close\r\n\r\na=b");
  CHECK(Page(server->port(), "/page").find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("a large page arrives whole", "[serving]") {
  const std::string large(3U << 20U, 'x');
  const auto server = Started({{"/", [&](const std::string&) {
                                  return Reply{200, "text/plain", large};
                                }}});
  const std::string answer = Page(server->port(), "/");
  CHECK(answer.size() > large.size());
  CHECK(answer.substr(answer.size() - large.size()) == large);
}

TEST_CASE("what is no page or no GET is refused", "[serving]") {
  const auto server = Started(Echo());
  CHECK(Page(server->port(), "/other").rfind("HTTP/1.1 404 ", 0) == 0);
  CHECK(Page(server->port(), "/page/more").rfind("HTTP/1.1 404 ", 0) == 0);
  for (const auto& [request, answer] :
       std::map<std::string, std::string>{{"POST /page HTTP/1.1\r\n\r\n", "HTTP/1.1 405 "},
                                          {"HEAD /page HTTP/1.1\r\n\r\n", "HTTP/1.1 200 "},
                                          {"\r\n\r\n", "HTTP/1.1 405 "},
                                          {"GET\r\n\r\n", "HTTP/1.1 405 "},
                                          {"GET /page\r\n\r\n", "HTTP/1.1 200 "}}) {
    const Visitor visitor(server->port());
    visitor.Write(request);
    INFO(request);
    CHECK(visitor.Read().rfind(answer, 0) == 0);
  }
}

TEST_CASE("a request may come in pieces, but not without end", "[serving]") {
  const auto server = Started(Echo());
  const Visitor slow(server->port());
  slow.Write("GET /page?x HT");
  CHECK_FALSE(Page(server->port(), "/page").empty());
  slow.Write("TP/1.1\r\n\r\n");
  CHECK(slow.Read().rfind("HTTP/1.1 200 ", 0) == 0);

  const Visitor endless(server->port());
  endless.Write("GET /" + std::string(HttpServer::kRequestBytesMax, 'x'));
  CHECK(endless.Read().empty());
}

TEST_CASE("headers without end are refused", "[serving]") {
  const auto server = Started(Echo());
  const Visitor endless(server->port());
  endless.Write("GET /page HTTP/1.1\r\n");
  for (std::size_t sent = 0; sent < 2 * HttpServer::kRequestBytesMax; sent += 16) {
    endless.Write("X-More: 1234567\r\n");
  }
  CHECK(endless.Read().empty());
}

TEST_CASE("who says nothing, one byte at a time or takes no answer is dropped at its deadline",
          "[serving]") {
  constexpr milliseconds kLimit{100};
  const std::string large(64U << 20U, 'x');
  HttpServer::Pages pages = Echo();
  pages["/large"] = [&](const std::string&) { return Reply{200, "text/plain", large}; };
  const auto server = Started(std::move(pages), kLimit);

  const Clock::time_point begin = Clock::now();
  const Visitor silent(server->port());
  const Visitor deaf(server->port());
  deaf.Write("GET /large HTTP/1.1\r\n\r\n");
  const Visitor slow(server->port());
  do {
    slow.Write("x");
  } while (!slow.Closed(milliseconds(5)) && Clock::now() < begin + seconds(20));
  const auto lasted = Clock::now() - begin;
  CHECK(lasted >= kLimit);
  CHECK(lasted < seconds(5));
  CHECK(slow.Read().empty());
  CHECK(silent.Read().empty());
  CHECK(deaf.Read().size() < large.size());
  CHECK(Page(server->port(), "/page").rfind("HTTP/1.1 200 ", 0) == 0);
}

TEST_CASE("idle visitors cannot keep others out", "[serving]") {
  const auto server = Started(Echo());
  std::list<Visitor> idle;
  for (std::size_t i = 0; i < 2 * HttpServer::kConnectionsMax; ++i) {
    REQUIRE(idle.emplace_back(server->port()).connected());
  }
  CHECK(Page(server->port(), "/page").rfind("HTTP/1.1 200 ", 0) == 0);
  CHECK(idle.front().Read().empty());
}

TEST_CASE("of more connections than allowed the newest stay", "[serving]") {
  constexpr std::size_t kTooMany = 3;
  const auto server = Started(Echo());
  std::list<Visitor> visitors;
  for (std::size_t i = 0; i < HttpServer::kConnectionsMax + kTooMany; ++i) {
    REQUIRE(visitors.emplace_back(server->port()).connected());
  }
  for (std::size_t i = 0; i < kTooMany; ++i) {
    CHECK(visitors.front().Closed(seconds(5)));
    visitors.pop_front();
  }
  for (const Visitor& visitor : visitors) {
    visitor.Write("GET /page HTTP/1.1\r\n\r\n");
  }
  for (const Visitor& visitor : visitors) {
    CHECK(visitor.Read().rfind("HTTP/1.1 200 ", 0) == 0);
  }
}

TEST_CASE("a flood of readers who take nothing delays no page of another server", "[serving]") {
  const std::string large(8U << 20U, 'x');
  const auto flooded = HttpServer::Start("127.0.0.1",
                                         0,
                                         {{"/metrics",
                                           [&](const std::string&) {
                                             return Reply{200, "text/plain", large};
                                           }}},
                                         HttpServer::kExchangeMax,
                                         HttpServer::kYielding);
  REQUIRE(flooded.ok());
  const auto probes = Started(Echo());
  std::atomic<bool> over = false;
  std::atomic<int> visits = 0;
  std::jthread flood([&] {
    std::list<Visitor> deaf;
    while (!over) {
      deaf.emplace_back((*flooded)->port()).Write("GET /metrics HTTP/1.1\r\n\r\n");
      if (deaf.size() > 2 * HttpServer::kConnectionsMax) {
        deaf.pop_front();
      }
      ++visits;
    }
  });
  auto slowest = Clock::duration::zero();
  for (int i = 0; i < 50 || (visits < 200 && i < 5000); ++i) {
    const Clock::time_point begin = Clock::now();
    CHECK(Page(probes->port(), "/page").rfind("HTTP/1.1 200 ", 0) == 0);
    slowest = std::max(slowest, Clock::now() - begin);
  }
  over = true;
  CHECK(slowest < seconds(2));
}

TEST_CASE("all connections are served by one thread", "[serving]") {
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = threads();
  const auto server = Started(Echo());
  std::list<Visitor> visitors;
  for (std::size_t i = 0; i < 8; ++i) {
    visitors.emplace_back(server->port());
  }
  CHECK_FALSE(Page(server->port(), "/page").empty());
  CHECK(threads() == before + 1);
}

TEST_CASE("without descriptors left it rests instead of spinning, and serves later", "[serving]") {
  const auto server = Started(Echo());
  const int last = dup(0);
  close(last);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit full{static_cast<rlim_t>(last) + 1, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &full);
  const Visitor visitor(server->port());
  const std::clock_t begin = std::clock();
  poll(nullptr, 0, 400);  // what the server does with this time is what is measured
  const double used = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  setrlimit(RLIMIT_NOFILE, &before);
  REQUIRE(visitor.connected());
  CHECK(used < 0.05);
  visitor.Write("GET /page HTTP/1.1\r\n\r\n");
  CHECK(visitor.Read().rfind("HTTP/1.1 200 ", 0) == 0);
}

TEST_CASE("an address that is taken is an error, every address includes IPv4", "[serving]") {
  const auto everywhere = HttpServer::Start("", 0, Echo());
  REQUIRE(everywhere.ok());
  const std::uint16_t port = (*everywhere)->port();
  CHECK(Page(port, "/page").rfind("HTTP/1.1 200 ", 0) == 0);
  const auto again = HttpServer::Start("", port, Echo());
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message.find(std::to_string(port)) != std::string::npos);
  CHECK_FALSE(HttpServer::Start("not numeric", 0, Echo()).ok());
}

TEST_CASE("IPv6 is served, and every address includes it", "[serving]") {
  const auto loopback = HttpServer::Start("::1", 0, Echo());
  if (!loopback) {
    WARN("this machine has no IPv6: " << loopback.error().message);
    return;
  }
  CHECK(Page((*loopback)->port(), "/page?six", AF_INET6).ends_with("\r\n\r\nsix"));
  CHECK_FALSE(Visitor((*loopback)->port()).connected());
  const auto everywhere = HttpServer::Start("", 0, Echo());
  REQUIRE(everywhere.ok());
  CHECK(Page((*everywhere)->port(), "/page?six", AF_INET6).ends_with("\r\n\r\nsix"));
}

}  // namespace
}  // namespace cu::serving
