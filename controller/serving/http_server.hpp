#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/result.hpp"

namespace cu::serving {

struct Reply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Serves a few pages over plain HTTP to probes and scrapers, by Boost.Beast: GET and HEAD, one
/// request a connection, one thread for all of them, IPv4 and IPv6. Nobody can hold up the others:
/// every connection has 5 s for all of its exchange, the oldest of too many is dropped, and without
/// descriptors left no connection is accepted for a second. (Of the other servers in Debian,
/// cpp-httplib and civetweb hold a thread for each connection under way and bound each read by
/// itself; civetweb is built without IPv6.)
class HttpServer {
 public:
  static constexpr std::size_t kConnectionsMax = 32;
  static constexpr std::size_t kRequestBytesMax = 8192;
  static constexpr std::chrono::seconds kExchangeMax{5};
  /// For what may wait while the processor is short.
  static constexpr int kYielding = 10;

  /// Gets the query string, "" if there is none. Called from the server's thread.
  using Page = std::function<Reply(const std::string& query)>;
  using Pages = std::map<std::string, Page>;  ///< by path

  /// `host` is a numeric address; "" listens on every address of this machine. Port 0 takes a free
  /// one. `niceness` is that of the server's thread, nice(2).
  /// Errors: kUnavailable  the address cannot be listened on
  static base::Result<std::unique_ptr<HttpServer>> Start(
      const std::string& host,
      std::uint16_t port,
      Pages pages,
      std::chrono::milliseconds exchange_max = kExchangeMax,
      int niceness = 0);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  std::uint16_t port() const { return port_; }

 private:
  struct Parts;
  HttpServer(std::unique_ptr<Parts> parts, int niceness);

  std::unique_ptr<Parts> parts_;
  std::uint16_t port_;
  std::jthread thread_;
};

}  // namespace cu::serving
