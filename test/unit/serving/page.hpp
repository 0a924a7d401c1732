#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <poll.h>
#include <string>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cu::serving {

/// A connection to a port of this machine.
class Visitor {
 public:
  explicit Visitor(std::uint16_t port, int family = AF_INET)
      : socket_(socket(family, SOCK_STREAM, 0)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v4.sin_port = htons(port);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = htons(port);
    const bool is_v4 = family == AF_INET;
    const auto* address =
        is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
    connected_ = connect(socket_, address, is_v4 ? sizeof v4 : sizeof v6) == 0;
  }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  ~Visitor() { close(socket_); }

  bool connected() const { return connected_; }
  void Write(const std::string& text) const {
    static_cast<void>(send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
  }
  /// Nothing more is written.
  void End() const { shutdown(socket_, SHUT_WR); }
  /// The server has closed, which is waited for as long as `patience`.
  bool Closed(std::chrono::milliseconds patience) const {
    pollfd awaited{socket_, POLLIN | POLLRDHUP, 0};
    poll(&awaited, 1, static_cast<int>(patience.count()));
    return (awaited.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }
  /// Until the server closes.
  std::string Read() const {
    std::string all;
    std::array<char, 4096> part{};
    ssize_t count = 0;
    while ((count = recv(socket_, part.data(), part.size(), 0)) > 0) {
      all.append(part.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

 private:
  int socket_;
  bool connected_ = false;
};

/// The whole answer to GET `target`.
inline std::string Page(std::uint16_t port, const std::string& target, int family = AF_INET) {
  const Visitor visitor(port, family);
  visitor.Write("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n");
  return visitor.Read();
}

}  // namespace cu::serving
