#pragma once
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "unit/access/certificates.hpp"

namespace cu::io {

/// One connection, as the server sees it. Blocking.
class Peer {
 public:
  Peer(int socket, SSL_CTX* tls) : socket_(socket) {
    if (tls != nullptr) {
      ssl_ = SSL_new(tls);
      SSL_set_fd(ssl_, socket_);
    }
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { SSL_free(ssl_); }

  /// True without TLS. Called before the script, unless the server was told not to.
  bool Handshake() { return ssl_ == nullptr || SSL_accept(ssl_) == 1; }

  /// The next request, head and body; empty when the client has closed.
  std::string ReadRequest() {
    std::size_t end = std::string::npos;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) {
        return {};
      }
    }
    end += 4;
    const std::size_t length = read_.find("Content-Length:");
    if (length < end) {
      end += std::stoul(read_.substr(length + 15));
    }
    while (read_.size() < end) {
      if (!ReadMore()) {
        return {};
      }
    }
    const std::string request = read_.substr(0, end);
    read_.erase(0, end);
    return request;
  }

  /// Waits until the client has closed; what it sent before.
  std::string ReadToEnd() {
    while (ReadMore()) {
    }
    return std::exchange(read_, {});
  }

  /// False: the client took nothing for so long that the kernel's buffers are full.
  bool Writable(std::chrono::milliseconds patience) const {
    pollfd waited{socket_, POLLOUT, 0};
    return poll(&waited, 1, static_cast<int>(patience.count())) == 1;
  }
  /// False: the client has closed.
  bool Write(std::string_view text) {
    while (!text.empty()) {
      const long written = ssl_ != nullptr
                               ? SSL_write(ssl_, text.data(), static_cast<int>(text.size()))
                               : send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (written <= 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool Answer(const std::string& status, const std::string& body, const std::string& headers = "") {
    return Write("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n" + headers + "\r\n" + body);
  }
  bool BeginStream() { return Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); }
  bool WriteChunk(std::string_view part) {
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", part.size());
    return Write(size.data()) && Write(part) && Write("\r\n");
  }
  bool EndStream() { return Write("0\r\n\r\n"); }

 private:
  bool ReadMore() {
    std::array<char, 65536> part{};
    const long count = ssl_ != nullptr ? SSL_read(ssl_, part.data(), static_cast<int>(part.size()))
                                       : recv(socket_, part.data(), part.size(), 0);
    if (count <= 0) {
      return false;
    }
    read_.append(part.data(), static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  SSL* ssl_ = nullptr;
  std::string read_;
};

/// Listens on a free port of 127.0.0.1. Each connection runs the script on a thread of its own;
/// when the script returns the connection is closed.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  struct Tls {
    access::Identity identity;
    std::string client_authority;        ///< PEM; clients must show a certificate of it
    bool script_does_handshake = false;  ///< the script calls Handshake when it likes
  };

  explicit ScriptedServer(Script script) : ScriptedServer(std::move(script), std::nullopt) {}
  ScriptedServer(Script script, std::optional<Tls> tls) : script_(std::move(script)), tls_(tls) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that the client has closed
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 128) != 0) {
      throw std::runtime_error("cannot listen");
    }
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    const std::string port = std::to_string(ntohs(address.sin_port));
    url_ = (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + port;
    if (tls_) {
      PrepareTlsOfServer();
    }
    acceptor_ = std::thread([this] { Accept(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int one : open_) {
        shutdown(one, SHUT_RDWR);
      }
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    close(listener_);
    SSL_CTX_free(context_);
  }

  const std::string& url() const { return url_; }
  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

 private:
  void PrepareTlsOfServer() {
    context_ = SSL_CTX_new(TLS_server_method());
    BIO* in = BIO_new_mem_buf(tls_->identity.certificate.data(), -1);
    X509* own = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_, own);
    X509_free(own);
    BIO_free(in);
    in = BIO_new_mem_buf(tls_->identity.key.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(context_, key);
    EVP_PKEY_free(key);
    BIO_free(in);
    if (!tls_->client_authority.empty()) {
      in = BIO_new_mem_buf(tls_->client_authority.data(), -1);
      X509* authority = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), authority);
      X509_free(authority);
      BIO_free(in);
      SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
  }
  void Accept() {
    while (true) {
      const int accepted = accept(listener_, nullptr, nullptr);
      if (accepted < 0) {
        return;
      }
      const std::lock_guard lock(mutex_);
      open_.push_back(accepted);
      threads_.emplace_back([this, accepted] { Serve(accepted); });
    }
  }
  void Serve(int accepted) {
    {
      Peer peer(accepted, context_);
      if ((tls_ && tls_->script_does_handshake) || peer.Handshake()) {
        script_(peer);
      }
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, accepted);
    close(accepted);
  }

  Script script_;
  std::optional<Tls> tls_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace cu::io
