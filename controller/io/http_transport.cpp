#include "io/http_transport.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/ssl.hpp>
#include <cpprest/http_client.h>
#include <openssl/crypto.h>
#include <pplx/threadpool.h>

#include "access/credentials.hpp"
#include "access/tls.hpp"
#include "io/body_sink.hpp"
#include "io/http_words.hpp"
#include "io/line_splitter.hpp"

// What cpprest does, as its source and experiments show, and what follows:
// - a failed task that nobody looks at kills the process: every chain ends in a task-based
//   continuation that catches everything, and the response stream returns failed tasks, never
//   throws;
// - its timeout restarts with every operation, so it bounds silence, not a call;
// - a connection of the pool that was closed meanwhile makes it send the request a second time;
// - it is thread-safe at its edges only: closing a socket from one thread while another reads the
//   next piece of a chunk makes it read past its buffer. So everything of cpprest runs on the one
//   thread of its pool, the start and the abort of a request too;
// - error codes of several categories collide in one number: only "timed out" is told apart.
namespace cu::io {
namespace {

namespace http = web::http;
namespace streams = concurrency::streams;

class TooLate : public std::exception {
 public:
  const char* what() const noexcept override { return "not sent: its deadline had passed"; }
};

/// One call or stream. After it was handed to cpprest, everything but `aborted` belongs to the
/// pool.
struct Exchange {
  Exchange(port::CallId call, bool is_stream, Inbox& to, const TransportLimits& bounds)
      : id(call), stream(is_stream), inbox(to), limits(bounds), lines(bounds.line_bytes_max) {}

  void Post(port::Event event) {
    if (!aborted) {
      inbox.Post(std::move(event));
    }
  }
  bool lines_wanted() const { return stream && response.status == http::status_codes::OK; }

  port::CallId id;
  bool stream;
  Inbox& inbox;
  TransportLimits limits;
  LineSplitter lines;
  port::Response response;
  pplx::cancellation_token_source cancel;
  pplx::task_completion_event<void> head_came;  // status and headers are in `response`
  std::atomic<bool> aborted = false;
};

/// Most of the API answers with JSON if it is asked for, and /openid/v1/jwks with 406: its type is
/// application/jwk-set+json (RFC 7517).
constexpr const char* kAccepted = "application/json, */*;q=0.1";

pplx::task<void> TooLarge(const char* what) {
  return pplx::task_from_exception<void>(std::length_error(what));
}

/// Takes a part of the body, whose head is known. In a stream the task is done only when the inbox
/// has room.
pplx::task<void> TakePart(const std::shared_ptr<Exchange>& exchange, std::string_view part) {
  if (!exchange->lines_wanted()) {
    std::string& body = exchange->response.body;
    if (body.size() + part.size() > exchange->limits.body_bytes_max) {
      return TooLarge("the response is too large");
    }
    body.append(part);
    return pplx::task_from_result();
  }
  const bool split = exchange->lines.Feed(part, [&](std::string line) {
    exchange->Post(port::StreamLine{exchange->id, std::move(line)});
  });
  if (!split) {
    return TooLarge("a line of the stream is too long");
  }
  const pplx::task_completion_event<void> room;
  exchange->inbox.WhenRoom([room] { room.set(); });
  return pplx::task<void>(room);
}

pplx::task<void> TakeAfterHead(const std::shared_ptr<Exchange>& exchange, std::string_view part) {
  const pplx::task<void> head(exchange->head_came);
  return head.is_done() ? TakePart(exchange, part)
                        : head.then([exchange, part] { return TakePart(exchange, part); });
}

/// The exchanges under way.
class Register {
 public:
  using Exchanges = std::set<std::shared_ptr<Exchange>>;

  void Add(std::shared_ptr<Exchange> exchange) {
    const std::lock_guard lock(mutex_);
    under_way_.insert(std::move(exchange));
  }
  void Remove(const std::shared_ptr<Exchange>& exchange) {
    const std::lock_guard lock(mutex_);
    under_way_.erase(exchange);
    if (under_way_.empty()) {
      emptied_.notify_all();
    }
  }
  Exchanges All() {
    const std::lock_guard lock(mutex_);
    return under_way_;
  }
  void WaitUntilEmpty() {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [this] { return under_way_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable emptied_;
  Exchanges under_way_;
};

void Finish(Exchange& exchange) {
  if (exchange.lines_wanted()) {
    exchange.Post(port::StreamEnded{exchange.id, std::nullopt});
  } else {
    exchange.Post(port::ResponseReceived{exchange.id, std::move(exchange.response)});
  }
}

void Fail(Exchange& exchange, base::Error error) {
  if (exchange.lines_wanted()) {
    exchange.Post(port::StreamEnded{exchange.id, std::move(error)});
  } else {
    exchange.Post(port::CallFailed{exchange.id, std::move(error)});
  }
}

template <class Work>
void OnPool(Work work) {
  crossplat::threadpool::shared_instance().service().post(std::move(work));
}

void End(const std::shared_ptr<Exchange>& exchange) {
  exchange->aborted = true;
  OnPool([exchange] { exchange->cancel.cancel(); });
}

bool IsAddress(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

void UseOnePoolThread() {
  static const bool kDone = [] {
    // The pool's thread ends after main: OpenSSL must not clean up before.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
    crossplat::threadpool::initialize_with_threads(1);
    return true;
  }();
  static_cast<void>(kDone);
}

}  // namespace

struct HttpTransport::Parts {
  Inbox& inbox;
  Clock clock;
  TransportLimits limits;
  Server server;
  access::Credentials credentials{server.cluster.token};
  std::string refusal{};  // why the last TLS handshake was given up; of the pool
  Register exchanges{};
  std::unique_ptr<http::client::http_client> calls{};
  std::unique_ptr<http::client::http_client> streams{};

  std::unique_ptr<http::client::http_client> Client(std::chrono::seconds silence);
  http::http_request Make(const port::Request& request,
                          const std::shared_ptr<Exchange>& exchange) const;
  pplx::task<http::http_response> Submit(const std::shared_ptr<Exchange>& exchange,
                                         const port::Request& request,
                                         std::optional<base::SteadyTime> not_after);
  void Begin(const std::shared_ptr<Exchange>& exchange,
             const port::Request& request,
             std::optional<base::SteadyTime> not_after);
  base::Error Explain(const std::exception_ptr& thrown);
};

std::unique_ptr<http::client::http_client> HttpTransport::Parts::Client(
    std::chrono::seconds silence) {
  const web::uri url(server.cluster.server);
  http::client::http_client_config config;
  config.set_timeout(silence);
  config.set_max_redirects(0);
  config.set_tlsext_sni_enabled(!IsAddress(url.host()));
  config.set_ssl_context_callback([this](boost::asio::ssl::context& context) {
    if (const auto error =
            access::PrepareTls(context.native_handle(), server.cluster.tls, &refusal)) {
      throw std::runtime_error(error->message);
    }
  });
  return std::make_unique<http::client::http_client>(url, config);
}

http::http_request HttpTransport::Parts::Make(const port::Request& request,
                                              const std::shared_ptr<Exchange>& exchange) const {
  http::http_request made(port::HttpMethod(request.method));
  made.set_request_uri(web::uri(request.target));
  if (!request.body.empty()) {
    made.set_body(request.body, ContentType(request.method));
  }
  made.headers().add(http::header_names::accept, kAccepted);
  made.headers().add(http::header_names::user_agent, server.user_agent);
  const std::shared_ptr<streams::details::basic_streambuf<std::uint8_t>> sink =
      std::make_shared<BodySink>(
          [exchange](std::string_view part) { return TakeAfterHead(exchange, part); });
  made.set_response_stream(streams::ostream(streams::streambuf<std::uint8_t>(sink)));
  return made;
}

base::Error HttpTransport::Parts::Explain(const std::exception_ptr& thrown) {
  const std::string tls = std::exchange(refusal, {});
  try {
    std::rethrow_exception(thrown);
  } catch (const http::http_exception& error) {
    if (error.error_code() == std::errc::timed_out) {
      return {base::ErrorKind::kTimeout, error.what()};
    }
    return {base::ErrorKind::kUnavailable,
            tls.empty() ? error.what() : std::string(error.what()) + ": " + tls};
  } catch (const TooLate& error) {
    return {base::ErrorKind::kTimeout, error.what()};
  } catch (const std::length_error& error) {
    return {base::ErrorKind::kTooLarge, error.what()};
  } catch (const std::exception& error) {
    return {base::ErrorKind::kUnavailable, error.what()};
  }
}

/// Throws where the request cannot be sent.
pplx::task<http::http_response> HttpTransport::Parts::Submit(
    const std::shared_ptr<Exchange>& exchange,
    const port::Request& request,
    std::optional<base::SteadyTime> not_after) {
  http::http_request made = Make(request, exchange);
  const auto authorization = credentials.Authorization(clock().steady, request.fresh_token);
  if (!authorization) {
    throw std::runtime_error(authorization.error().message);
  }
  if (auto statement = credentials.TakeStatement()) {
    inbox.Post(port::TokenRead{std::move(statement->header), std::move(statement->claims)});
  }
  if (!authorization->empty()) {
    made.headers().add(http::header_names::authorization, *authorization);
  }
  if (not_after) {
    const auto check = [this, late = *not_after](http::message_direction::direction direction,
                                                 utility::size64_t bytes) {
      if (direction == http::message_direction::upload && bytes == 0 && clock().steady > late) {
        throw TooLate();
      }
    };
    check(http::message_direction::upload, 0);
    made.set_progress_handler(check);
  }
  http::client::http_client& client = exchange->stream ? *streams : *calls;
  return client.request(made, exchange->cancel.get_token());
}

void HttpTransport::Parts::Begin(const std::shared_ptr<Exchange>& exchange,
                                 const port::Request& request,
                                 std::optional<base::SteadyTime> not_after) {
  if (exchange->aborted) {
    exchanges.Remove(exchange);
    return;
  }
  pplx::task<http::http_response> head;
  try {
    head = Submit(exchange, request, not_after);
  } catch (...) {
    head = pplx::task_from_exception<http::http_response>(std::current_exception());
  }
  head.then([exchange, wall = clock().wall](const http::http_response& response) {
        exchange->response.status = response.status_code();
        const auto later = response.headers().find(http::header_names::retry_after);
        exchange->response.retry_after =
            later == response.headers().end() ? std::nullopt : RetryAfter(later->second, wall);
        const auto date = response.headers().find(http::header_names::date);
        exchange->response.date =
            date == response.headers().end() ? std::nullopt : Date(date->second);
        if (exchange->lines_wanted()) {
          exchange->Post(port::StreamOpened{exchange->id});
        }
        exchange->head_came.set();
        return response.content_ready();
      })
      .then([this, exchange](const pplx::task<http::http_response>& whole) {
        try {
          whole.get();
          Finish(*exchange);
        } catch (...) {
          Fail(*exchange, Explain(std::current_exception()));
        }
        exchanges.Remove(exchange);
      });
}

HttpTransport::HttpTransport(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

base::Result<std::unique_ptr<HttpTransport>> HttpTransport::Make(Server server,
                                                                 Inbox& inbox,
                                                                 Clock clock,
                                                                 TransportLimits limits) {
  UseOnePoolThread();
  std::unique_ptr<Parts> parts(new Parts{inbox, std::move(clock), limits, std::move(server)});
  const std::string& url = parts->server.cluster.server;
  if (url.find("://[") != std::string::npos) {
    return base::Error{base::ErrorKind::kInvalid,
                       url + ": IPv6 addresses are not supported; use a host name"};
  }
  try {
    parts->calls = parts->Client(limits.call_silence);
    parts->streams = parts->Client(limits.stream_silence);
  } catch (const std::exception& error) {
    return base::Error{base::ErrorKind::kInvalid, url + ": " + error.what()};
  }
  return std::unique_ptr<HttpTransport>(new HttpTransport(std::move(parts)));
}

HttpTransport::~HttpTransport() {
  parts_->inbox.Close();
  for (const auto& exchange : parts_->exchanges.All()) {
    End(exchange);
  }
  parts_->exchanges.WaitUntilEmpty();
}

void HttpTransport::Send(const port::SendRequest& call) {
  const auto exchange = std::make_shared<Exchange>(call.id, false, parts_->inbox, parts_->limits);
  parts_->exchanges.Add(exchange);
  OnPool([parts = parts_.get(), exchange, call] {
    parts->Begin(exchange, call.request, call.not_after);
  });
}

void HttpTransport::Open(const port::OpenStream& stream) {
  const auto exchange = std::make_shared<Exchange>(stream.id, true, parts_->inbox, parts_->limits);
  parts_->exchanges.Add(exchange);
  OnPool([parts = parts_.get(), exchange, stream] {
    parts->Begin(exchange, stream.request, std::nullopt);
  });
}

void HttpTransport::Abort(port::CallId id) {
  for (const auto& exchange : parts_->exchanges.All()) {
    if (exchange->id == id) {
      End(exchange);
    }
  }
}

}  // namespace cu::io
