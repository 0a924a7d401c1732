#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cu::serving {

/// A connection to a port of 127.0.0.1.
class Visitor {
 public:
  explicit Visitor(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  ~Visitor() { close(socket_); }

  bool connected() const { return connected_; }
  void Write(const std::string& text) const {
    static_cast<void>(send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
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
inline std::string Page(std::uint16_t port, const std::string& target) {
  const Visitor visitor(port);
  visitor.Write("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n");
  return visitor.Read();
}

}  // namespace cu::serving
