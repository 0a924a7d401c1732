#pragma once
#include <deque>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "io/clock.hpp"
#include "io/http_transport.hpp"
#include "unit/io/scripted_server.hpp"

namespace cu::io {

inline constexpr base::SteadyTime kNever = base::SteadyTime::max();
inline constexpr port::CallId kOne{1};
inline constexpr port::CallId kTwo{2};

inline port::Request Get(const std::string& target) {
  port::Request request;
  request.target = target;
  return request;
}

/// A transport with its inbox, and one expectation at a time.
class Client {
 public:
  explicit Client(Server server,
                  TransportLimits limits = {},
                  HttpTransport::Clock clock = ReadClocks) {
    auto made = HttpTransport::Make(std::move(server), inbox_, std::move(clock), limits);
    REQUIRE(made.ok());
    transport_ = std::move(made).value();
  }
  void Send(port::CallId id, port::Request request, base::SteadyTime not_after = kNever) {
    transport_->Send({id, std::move(request), not_after});
  }
  void Get(port::CallId id, const std::string& target) { Send(id, io::Get(target)); }
  void Open(port::CallId id) { transport_->Open({id, io::Get("/watch")}); }
  void Abort(port::CallId id) { transport_->Abort(id); }

  port::Event NextOfAny() {
    if (waiting_.empty()) {
      const auto batch = inbox_.Take(ReadClocks().steady + std::chrono::seconds(20));
      waiting_.insert(waiting_.end(), batch.begin(), batch.end());
    }
    REQUIRE_FALSE(waiting_.empty());
    port::Event event = std::move(waiting_.front());
    waiting_.pop_front();
    return event;
  }
  template <class T>
  T Next() {
    const port::Event event = NextOfAny();
    if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
      INFO(failed->error.message);
      REQUIRE(std::holds_alternative<T>(event));
    }
    REQUIRE(std::holds_alternative<T>(event));
    return std::get<T>(event);
  }
  /// The error of the one call under way.
  base::Error Refused() {
    Get(kOne, "/");
    return Next<port::CallFailed>().error;
  }
  /// The next event is the answer of a call made now.
  bool Silent(port::CallId probe) {
    Get(probe, "/probe");
    const auto received = Next<port::ResponseReceived>();
    return received.id == probe;
  }

 private:
  Inbox inbox_;
  std::unique_ptr<HttpTransport> transport_;
  std::deque<port::Event> waiting_;
};

inline Server At(const std::string& url, const std::string& authority = "") {
  Server server{.cluster = {}, .user_agent = "test"};
  server.cluster.server = url;
  server.cluster.tls.authority.text = authority;
  return server;
}
inline Server At(const ScriptedServer& server, const std::string& authority = "") {
  return At(server.url(), authority);
}

/// Answers every request with what came.
inline void Echo(Peer& peer) {
  while (true) {
    const std::string request = peer.ReadRequest();
    if (request.empty() || !peer.Answer("200 OK", request)) {
      return;
    }
  }
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace cu::io
