#include "serving/http_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <list>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace cu::serving {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kRest{1};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  int number() const { return number_; }
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

const char* PhraseOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

/// The whole answer to a request whose head is `request`.
std::string Answer(const std::string& request, const HttpServer::Pages& pages) {
  const std::size_t method_end = request.find(' ');
  const std::size_t target_end = request.find_first_of(" \r", method_end + 1);
  const std::string method = request.substr(0, method_end);
  const std::string target = request.substr(method_end + 1, target_end - method_end - 1);
  const std::size_t question = target.find('?');
  const auto page = pages.find(target.substr(0, question));
  Reply reply;
  if (method != "GET" && method != "HEAD") {
    reply = {.status = 405, .body = "only GET\n"};
  } else if (page == pages.end()) {
    reply = {.status = 404, .body = "no such page\n"};
  } else {
    reply = page->second(question == std::string::npos ? "" : target.substr(question + 1));
  }
  return "HTTP/1.1 " + std::to_string(reply.status) + " " + PhraseOf(reply.status) +
         "\r\nContent-Type: " + reply.content_type +
         "\r\nContent-Length: " + std::to_string(reply.body.size()) +
         "\r\nConnection: close\r\n\r\n" + (method == "HEAD" ? "" : reply.body);
}

class Connection {
 public:
  Connection(int socket, Clock::time_point now)
      : socket_(socket), deadline_(now + HttpServer::kExchangeMax) {}

  int socket() const { return socket_.number(); }
  short awaited() const { return static_cast<short>(answer_.empty() ? POLLIN : POLLOUT); }
  Clock::time_point deadline() const { return deadline_; }

  /// Reads or writes what can be without waiting. False: the exchange is over.
  bool Proceed(const HttpServer::Pages& pages) {
    if (answer_.empty() && !Receive()) {
      return false;
    }
    if (answer_.empty() && request_.find("\r\n\r\n") != std::string::npos) {
      answer_ = Answer(request_, pages);
    }
    return answer_.empty() ? request_.size() < HttpServer::kRequestBytesMax : Send();
  }

 private:
  bool Receive() {
    std::array<char, 4096> part{};
    const ssize_t count = recv(socket(), part.data(), part.size(), 0);
    if (count > 0) {
      request_.append(part.data(), static_cast<std::size_t>(count));
    }
    return count > 0 || (count < 0 && errno == EAGAIN);
  }
  bool Send() {
    const ssize_t count = send(socket(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (count < 0) {
      return errno == EAGAIN;
    }
    answer_.erase(0, static_cast<std::size_t>(count));
    return !answer_.empty();
  }

  Descriptor socket_;
  Clock::time_point deadline_;
  std::string request_;
  std::string answer_;
};

class Exchanges {
 public:
  Exchanges(Descriptor listener, int wake, HttpServer::Pages pages)
      : listener_(std::move(listener)), wake_(wake), pages_(std::move(pages)) {}

  void Run() {
    while (true) {
      // poll passes over what is negative.
      const bool resting = Clock::now() < rests_until_;
      std::vector<pollfd> awaited{{wake_, POLLIN, 0},
                                  {resting ? -1 : listener_.number(), POLLIN, 0}};
      for (const Connection& connection : connections_) {
        awaited.push_back({connection.socket(), connection.awaited(), 0});
      }
      poll(awaited.data(), awaited.size(), Patience());
      if (awaited[0].revents != 0) {
        return;
      }
      Proceed(awaited);
      if (awaited[1].revents != 0) {
        Accept();
      }
    }
  }

 private:
  int Patience() const {
    std::optional<Clock::time_point> next;
    if (Clock::now() < rests_until_) {
      next = rests_until_;
    }
    if (!connections_.empty()) {
      const Clock::time_point deadline = connections_.front().deadline();
      next = std::min(next.value_or(deadline), deadline);
    }
    if (!next) {
      return -1;
    }
    const auto left = *next - Clock::now();
    return std::max(0,
                    static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }

  /// Pre: `awaited` has the connections in their order, after two others.
  void Proceed(const std::vector<pollfd>& awaited) {
    const Clock::time_point now = Clock::now();
    std::size_t at = 2;
    connections_.remove_if([&](Connection& connection) {
      const bool ready = awaited[at++].revents != 0;
      return (ready && !connection.Proceed(pages_)) || now >= connection.deadline();
    });
  }

  void Accept() {
    const int accepted =
        accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) {
      // Without descriptors left the connection stays, and poll would say so again at once.
      const bool gone = errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
      rests_until_ = gone ? rests_until_ : Clock::now() + kRest;
      return;
    }
    if (connections_.size() == HttpServer::kConnectionsMax) {
      connections_.pop_front();
    }
    connections_.emplace_back(accepted, Clock::now());
  }

  Descriptor listener_;
  int wake_;
  HttpServer::Pages pages_;
  std::list<Connection> connections_;  // oldest first
  Clock::time_point rests_until_{};    // the listener, after it could not accept
};

/// A listening socket, or -1.
int Listen(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return -1;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address(found, freeaddrinfo);
  Descriptor listener(socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  const int no = 0;
  setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (address->ai_family == AF_INET6) {
    setsockopt(listener.number(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  }
  if (bind(listener.number(), address->ai_addr, address->ai_addrlen) != 0 ||
      listen(listener.number(), SOMAXCONN) != 0) {
    return -1;
  }
  return listener.Release();
}

std::uint16_t PortOf(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  // The port is at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

HttpServer::HttpServer(int listener, int wake, Pages pages)
    : wake_(wake), port_(PortOf(listener)), thread_([listener, wake, pages = std::move(pages)] {
        Exchanges(Descriptor(listener), wake, pages).Run();
      }) {}

HttpServer::~HttpServer() {
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

base::Result<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& host,
                                                            std::uint16_t port,
                                                            Pages pages) {
  const auto listen_on = [port](const std::string& address) { return Listen(address, port); };
  int listener = listen_on(host.empty() ? "::" : host);
  if (listener < 0 && host.empty()) {
    listener = listen_on("0.0.0.0");  // a machine without IPv6
  }
  if (listener < 0) {
    return base::Error{
        base::ErrorKind::kUnavailable,
        "cannot listen on " + host + ":" + std::to_string(port) + ": is another program there?"};
  }
  return std::unique_ptr<HttpServer>(
      new HttpServer(listener, eventfd(0, EFD_CLOEXEC), std::move(pages)));
}

}  // namespace cu::serving
