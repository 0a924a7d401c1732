#include "serving/http_server.hpp"

#include <list>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <sys/resource.h>

#include "base/check.hpp"

namespace cu::serving {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::tcp_stream;
using Response = http::response<http::string_body>;
using asio::ip::tcp;

constexpr std::chrono::seconds kRest{1};

/// The answer to a request whose head is `head`. Only its first line matters here, and what is not
/// HTTP gets the same answers as any other wrong request: so it is split here and not by
/// http::request_parser.
Response Answer(const std::string& head, const HttpServer::Pages& pages) {
  const std::size_t method_end = head.find(' ');
  const std::size_t target_end = head.find_first_of(" \r", method_end + 1);
  const std::string method = head.substr(0, method_end);
  const std::string target = head.substr(method_end + 1, target_end - method_end - 1);
  const std::size_t question = target.find('?');
  const auto page = pages.find(target.substr(0, question));
  Reply reply;
  if (method != "GET" && method != "HEAD") {
    reply = {.status = 405, .body = "method not allowed\n"};
  } else if (page == pages.end()) {
    reply = {.status = 404, .body = "not found\n"};
  } else {
    reply = page->second(question == std::string::npos ? "" : target.substr(question + 1));
  }
  Response response;
  response.result(static_cast<unsigned>(reply.status));
  response.set(http::field::content_type, reply.content_type);
  response.content_length(reply.body.size());
  response.keep_alive(false);
  if (method != "HEAD") {
    response.body() = std::move(reply.body);
  }
  return response;
}

/// One connection: kept alive by the operation that it waits for, closed with the last one.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(tcp::socket socket, const HttpServer::Pages& pages)
      : stream_(std::move(socket)), pages_(pages) {}

  void Begin(std::chrono::milliseconds limit) {
    stream_.expires_after(limit);  // one instant for all that follows
    asio::async_read_until(stream_,
                           asio::dynamic_buffer(head_, HttpServer::kRequestBytesMax),
                           "\r\n\r\n",
                           [self = shared_from_this()](error_code error, std::size_t) {
                             if (!error) {
                               self->Send();
                             }
                           });
  }
  void Drop() { stream_.close(); }

 private:
  void Send() {
    response_ = Answer(head_, pages_);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {});
  }

  tcp_stream stream_;
  const HttpServer::Pages& pages_;
  std::string head_;
  Response response_;
};

std::string Listen(tcp::acceptor& listener, const std::string& host, std::uint16_t port) {
  error_code error;
  const tcp::endpoint at(asio::ip::make_address(host, error), port);
  if (!error) {
    listener.open(at.protocol(), error);
  }
  if (!error) {
    listener.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error && at.protocol() == tcp::v6()) {
    listener.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) {
    listener.bind(at, error);
  }
  if (!error) {
    listener.listen(tcp::acceptor::max_listen_connections, error);
  }
  return error ? error.message() : "";
}

}  // namespace

struct HttpServer::Parts {
  Pages pages;
  std::chrono::milliseconds exchange_max;
  asio::io_context context{1};
  tcp::acceptor listener{context};
  asio::steady_timer rest{context};
  std::list<std::weak_ptr<Exchange>> exchanges{};  // oldest first

  void Accept() {
    listener.async_accept([this](error_code error, tcp::socket socket) {
      if (error) {
        return Rest();
      }
      Begin(std::move(socket));
      Accept();
    });
  }
  /// Without descriptors left the connection stays, and would be refused again at once.
  void Rest() {
    rest.expires_after(kRest);
    rest.async_wait([this](error_code) { Accept(); });
  }
  void Begin(tcp::socket socket) {
    exchanges.remove_if([](const auto& exchange) { return exchange.expired(); });
    if (exchanges.size() == kConnectionsMax) {
      const std::shared_ptr<Exchange> oldest = exchanges.front().lock();
      CU_CHECK(oldest);
      oldest->Drop();
      exchanges.pop_front();
    }
    const auto exchange = std::make_shared<Exchange>(std::move(socket), pages);
    exchanges.push_back(exchange);
    exchange->Begin(exchange_max);
  }
};

HttpServer::HttpServer(std::unique_ptr<Parts> parts, int niceness)
    : parts_(std::move(parts)),
      port_(parts_->listener.local_endpoint().port()),
      thread_([this, niceness] {
        setpriority(PRIO_PROCESS, 0, niceness);  // on Linux that of the calling thread
        parts_->context.run();
      }) {}

HttpServer::~HttpServer() {
  parts_->context.stop();
}

base::Result<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& host,
                                                            std::uint16_t port,
                                                            Pages pages,
                                                            std::chrono::milliseconds exchange_max,
                                                            int niceness) {
  std::unique_ptr<Parts> parts(new Parts{std::move(pages), exchange_max});
  std::string refusal = Listen(parts->listener, host.empty() ? "::" : host, port);
  if (!refusal.empty() && host.empty()) {
    parts->listener = tcp::acceptor(parts->context);
    refusal = Listen(parts->listener, "0.0.0.0", port);  // a machine without IPv6
  }
  if (!refusal.empty()) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "cannot listen on " + host + ":" + std::to_string(port) + ": " + refusal};
  }
  parts->Accept();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts), niceness));
}

}  // namespace cu::serving
