#include "io/http_transport.hpp"

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "io/clock.hpp"
#include "io/process.hpp"
#include "unit/io/scripted_server.hpp"

namespace cu::io {
namespace {

using port::CallFailed;
using port::CallId;
using port::Method;
using port::ResponseReceived;
using port::StreamEnded;
using port::StreamLine;
using port::StreamOpened;
using std::chrono::seconds;

constexpr base::SteadyTime kNever = base::SteadyTime::max();
constexpr CallId kOne{1};
constexpr CallId kTwo{2};

port::Request Get(const std::string& target) {
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
  void Send(CallId id, port::Request request, base::SteadyTime not_after = kNever) {
    transport_->Send({id, std::move(request), not_after});
  }
  void Get(CallId id, const std::string& target) { Send(id, io::Get(target)); }
  void Open(CallId id) { transport_->Open({id, io::Get("/watch")}); }
  void Abort(CallId id) { transport_->Abort(id); }

  port::Event NextOfAny() {
    if (waiting_.empty()) {
      const auto batch = inbox_.Take(ReadClocks().steady + seconds(20));
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
    if (const auto* failed = std::get_if<CallFailed>(&event)) {
      INFO(failed->error.message);
      REQUIRE(std::holds_alternative<T>(event));
    }
    REQUIRE(std::holds_alternative<T>(event));
    return std::get<T>(event);
  }
  /// The error of the one call under way.
  base::Error Refused() {
    Get(kOne, "/");
    return Next<CallFailed>().error;
  }
  /// The next event is the answer of a call made now.
  bool Silent(CallId probe) {
    Get(probe, "/probe");
    const auto received = Next<ResponseReceived>();
    return received.id == probe;
  }

 private:
  Inbox inbox_;
  std::unique_ptr<HttpTransport> transport_;
  std::deque<port::Event> waiting_;
};

Server At(const ScriptedServer& server, const std::string& authority = "") {
  return {.url = server.url(),
          .tls = {.authority = {.text = authority, .file = ""}, .certificate = {}, .key = {}},
          .token = {},
          .user_agent = "test"};
}

/// Answers every request with what came.
void Echo(Peer& peer) {
  while (true) {
    const std::string request = peer.ReadRequest();
    if (request.empty() || !peer.Answer("200 OK", request)) {
      return;
    }
  }
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a call carries its method, target, body and content type", "[io]") {
  const ScriptedServer server(Echo);
  Client client(At(server));
  struct Case {
    Method method;
    std::string line;
    std::string type;
  };
  for (const Case& one : {
           Case{Method::kPost, "POST /a?b=c%2Fd HTTP/1.1\r\n", "application/json"},
           Case{Method::kPut, "PUT /a?b=c%2Fd HTTP/1.1\r\n", "application/json"},
           Case{Method::kDelete, "DELETE /a?b=c%2Fd HTTP/1.1\r\n", "application/json"},
           Case{Method::kMergePatch,
                "PATCH /a?b=c%2Fd HTTP/1.1\r\n",
                "application/merge-patch+json"},
           Case{Method::kJsonPatch, "PATCH /a?b=c%2Fd HTTP/1.1\r\n", "application/json-patch+json"},
           Case{Method::kApply, "PATCH /a?b=c%2Fd HTTP/1.1\r\n", "application/apply-patch+yaml"},
       }) {
    client.Send(kOne, {.method = one.method, .target = "/a?b=c%2Fd", .body = "{\"x\":1}"});
    const port::Response response = client.Next<ResponseReceived>().response;
    CHECK(response.status == 200);
    CHECK(response.body.rfind(one.line, 0) == 0);
    CHECK(Contains(response.body, "Content-Type:" + one.type + "\r\n"));
    CHECK(Contains(response.body, "User-Agent:test\r\n"));
    CHECK(Contains(response.body, "\r\n\r\n{\"x\":1}"));
    CHECK_FALSE(Contains(response.body, "Authorization"));
  }
  client.Get(kTwo, "/plain");
  CHECK_FALSE(Contains(client.Next<ResponseReceived>().response.body, "Content-Type"));
  CHECK(server.connections() == 1);
}

TEST_CASE("a server behind a path keeps it", "[io]") {
  const ScriptedServer server(Echo);
  Server behind = At(server);
  behind.url += "/k8s/clusters/c-1";
  Client client(behind);
  client.Get(kOne, "/api/v1/nodes?limit=5");
  CHECK(client.Next<ResponseReceived>().response.body.rfind(
            "GET /k8s/clusters/c-1/api/v1/nodes?limit=5 ", 0) == 0);
}

TEST_CASE("errors of the server are answers, with Retry-After where it says one", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Answer("429 Too Many Requests", "busy", "Retry-After: 7\r\n");
    peer.ReadRequest();
    peer.Answer("503 Service Unavailable", "", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n");
    peer.ReadRequest();
    peer.Answer("409 Conflict", "{}");
  });
  Client client(At(server));
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response == port::Response{429, "busy", seconds(7)});
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response == port::Response{503, "", std::nullopt});
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response == port::Response{409, "{}", std::nullopt});
}

TEST_CASE("a redirect is an answer and is not followed", "[io]") {
  std::atomic<bool> followed = false;
  const ScriptedServer other([&](Peer& peer) { followed = !peer.ReadRequest().empty(); });
  const ScriptedServer server([&](Peer& peer) {
    peer.ReadRequest();
    peer.Answer("307 Temporary Redirect", "", "Location: " + other.url() + "/\r\n");
  });
  Client client(At(server));
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response.status == 307);
  CHECK_FALSE(followed);
}

TEST_CASE("lines of a stream arrive whole and in order, wherever chunks end", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginStream();
    for (const char* part : {"fir", "st\nsecond\nth", "ird\n", "half"}) {
      peer.WriteChunk(part);
    }
    peer.EndStream();
  });
  Client client(At(server));
  client.Open(kOne);
  client.Next<StreamOpened>();
  for (const char* line : {"first", "second", "third"}) {
    CHECK(client.Next<StreamLine>().line == line);
  }
  CHECK_FALSE(client.Next<StreamEnded>().error);
}

TEST_CASE("a line comes when it was sent, not when the stream ends", "[io]") {
  std::latch seen(1);
  const ScriptedServer server([&](Peer& peer) {
    peer.ReadRequest();
    peer.BeginStream();
    peer.WriteChunk("now\n");
    seen.wait();
  });
  Client client(At(server));
  client.Open(kOne);
  client.Next<StreamOpened>();
  CHECK(client.Next<StreamLine>().line == "now");
  seen.count_down();
  CHECK(client.Next<StreamEnded>().error.has_value());
}

TEST_CASE("a stream that gets another status is an answer with its body", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Answer("410 Gone", "{\"code\":410}\n");
  });
  Client client(At(server));
  client.Open(kOne);
  CHECK(client.Next<ResponseReceived>().response ==
        port::Response{410, "{\"code\":410}\n", std::nullopt});
}

TEST_CASE("a line or a body over its maximum is a failure, not memory", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginStream();
    const std::string part(1000, 'x');
    while (peer.WriteChunk(part)) {
    }
  });
  TransportLimits limits;
  limits.line_bytes_max = 64'000;
  limits.body_bytes_max = 64'000;
  Client client(At(server), limits);
  client.Open(kOne);
  client.Next<StreamOpened>();
  CHECK(client.Next<StreamEnded>().error->kind == base::ErrorKind::kMalformed);
  client.Get(kTwo, "/");
  CHECK(client.Next<CallFailed>().error.kind == base::ErrorKind::kMalformed);
}

TEST_CASE("while nobody takes, the server is held back", "[io]") {
  constexpr std::size_t kOffered = std::size_t{256} << 20U;
  std::promise<std::size_t> written_when_held;
  const ScriptedServer server([&](Peer& peer) {
    peer.ReadRequest();
    peer.BeginStream();
    std::string part;
    for (int i = 0; i < 64; ++i) {
      part += std::string(1023, 'x') + '\n';
    }
    std::size_t written = 0;
    bool held = false;
    while (written < kOffered) {
      if (!held && !peer.Writable(std::chrono::milliseconds(300))) {
        held = true;
        written_when_held.set_value(written);
      }
      peer.WriteChunk(part);
      written += part.size();
    }
    peer.EndStream();
    if (!held) {
      written_when_held.set_value(written);
    }
  });
  Client client(At(server));
  client.Open(kOne);
  client.Next<StreamOpened>();
  // What the kernel's buffers hold comes on top of the inbox.
  CHECK(written_when_held.get_future().get() < kOffered / 4);

  std::size_t lines = 0;
  while (std::holds_alternative<StreamLine>(client.NextOfAny())) {
    ++lines;
  }
  CHECK(lines == kOffered >> 10U);
}

TEST_CASE("a server that closes within a body fails the call, within a stream ends it", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    if (Contains(peer.ReadRequest(), "/watch")) {
      peer.BeginStream();
      peer.WriteChunk("one\ntw");
      return;
    }
    peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  });
  Client client(At(server));
  client.Get(kOne, "/");
  CHECK(client.Next<CallFailed>().error.kind == base::ErrorKind::kUnavailable);
  client.Open(kTwo);
  client.Next<StreamOpened>();
  CHECK(client.Next<StreamLine>().line == "one");
  CHECK(client.Next<StreamEnded>().error->kind == base::ErrorKind::kUnavailable);
}

TEST_CASE("nobody listening is a failed call", "[io]") {
  std::string url;
  {
    const ScriptedServer gone(Echo);
    url = gone.url();
  }
  Client client({.url = url, .tls = {}, .token = {}, .user_agent = "test"});
  CHECK(client.Refused().kind == base::ErrorKind::kUnavailable);
}

TEST_CASE("an aborted call or stream closes its connection and says no more", "[io]") {
  std::latch closed(2);
  std::latch asked(2);
  const ScriptedServer server([&](Peer& peer) {
    const std::string request = peer.ReadRequest();
    if (Contains(request, "/probe")) {
      peer.Answer("200 OK", "");
      return;
    }
    if (Contains(request, "/watch")) {
      peer.BeginStream();
    }
    asked.count_down();
    peer.ReadToEnd();
    closed.count_down();
  });
  Client client(At(server));
  client.Get(kOne, "/slow");
  client.Open(kTwo);
  asked.wait();
  client.Next<StreamOpened>();
  client.Abort(kOne);
  client.Abort(kTwo);
  client.Abort(CallId{77});
  closed.wait();
  CHECK(client.Silent(CallId{3}));
}

TEST_CASE("a held-back stream can be aborted, and its transport destroyed", "[io]") {
  const ScriptedServer server([&](Peer& peer) {
    peer.ReadRequest();
    peer.BeginStream();
    const std::string part(65536, '\n');
    while (peer.WriteChunk(part)) {
    }
  });
  Client client(At(server));
  client.Open(kOne);
  client.Open(kTwo);
  client.Next<StreamOpened>();
  client.Abort(kOne);
}

TEST_CASE("a silent server is given up", "[io]") {
  std::latch over(1);
  const ScriptedServer server([&](Peer& peer) {
    peer.ReadRequest();
    over.wait();
  });
  TransportLimits limits;
  limits.call_silence = seconds(1);
  Client client(At(server), limits);
  CHECK(client.Refused().kind == base::ErrorKind::kTimeout);
  over.count_down();
}

TEST_CASE("a call is never begun after its time", "[io]") {
  const ScriptedServer server(Echo);
  Client client(At(server));
  client.Send(kOne, Get("/"), ReadClocks().steady - std::chrono::nanoseconds(1));
  CHECK(client.Next<CallFailed>().error.kind == base::ErrorKind::kTimeout);
  CHECK(server.connections() == 0);
}

TEST_CASE("a body is not sent when the connection came about after its time", "[io]") {
  const Identity authority = MakeAuthority("authority");
  std::atomic<bool> late = false;
  const auto clock = [&late] {
    return base::Now{base::WallTime{}, base::SteadyTime(late ? seconds(11) : seconds(0))};
  };
  std::promise<std::string> received;
  const ScriptedServer server(
      [&](Peer& peer) {
        late = true;  // the connection is there, its handshake is not
        received.set_value(peer.Handshake() ? peer.ReadToEnd() : "");
      },
      ScriptedServer::Tls{MakeIdentity(authority, {}), "", true});
  Client client(At(server, authority.certificate), {}, clock);
  client.Send(kOne,
              {.method = Method::kApply, .target = "/node", .body = "cordon"},
              base::SteadyTime(seconds(10)));
  CHECK(client.Next<CallFailed>().error.kind == base::ErrorKind::kTimeout);
  CHECK_FALSE(Contains(received.get_future().get(), "cordon"));
}

TEST_CASE("a target that is none fails its call alone", "[io]") {
  const ScriptedServer server(Echo);
  Client client(At(server));
  client.Get(kOne, "/a b\\%zz");
  client.Next<CallFailed>();
  client.Get(kTwo, "/");
  CHECK(client.Next<ResponseReceived>().response.status == 200);
}

TEST_CASE("a URL that cannot be reached is refused at once", "[io]") {
  Inbox inbox;
  for (const char* url : {"", "ftp://host/", "https://[::1]:6443", "https://"}) {
    INFO(url);
    CHECK_FALSE(HttpTransport::Make(
                    {.url = url, .tls = {}, .token = {}, .user_agent = ""}, inbox, ReadClocks)
                    .ok());
  }
}

TEST_CASE("the token is sent, and read again when it was refused", "[io]") {
  const auto path =
      std::filesystem::temp_directory_path() / ("http_transport_test." + std::to_string(getpid()));
  const ScriptedServer server(Echo);
  Server with_token = At(server);
  with_token.token.file = path.string();
  Client client(with_token);
  client.Get(kOne, "/");
  CHECK(Contains(client.Next<CallFailed>().error.message, path.string()));

  std::ofstream(path) << "first";
  client.Get(kOne, "/");
  CHECK(Contains(client.Next<ResponseReceived>().response.body, "Authorization:Bearer first\r\n"));
  std::ofstream(path) << "second";
  port::Request again = Get("/");
  again.fresh_token = true;
  client.Send(kOne, again);
  CHECK(Contains(client.Next<ResponseReceived>().response.body, "Authorization:Bearer second\r\n"));
  std::filesystem::remove(path);
}

TEST_CASE("a server of the cluster's authority is trusted, over one connection", "[io]") {
  const Identity authority = MakeAuthority("authority");
  const ScriptedServer server(Echo, ScriptedServer::Tls{MakeIdentity(authority, {}), ""});
  Client client(At(server, authority.certificate));
  for (int i = 0; i < 3; ++i) {
    client.Get(kOne, "/");
    CHECK(client.Next<ResponseReceived>().response.status == 200);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a server that cannot prove itself is refused, with the reason", "[io]") {
  const Identity authority = MakeAuthority("authority");
  const Identity other = MakeAuthority("other");
  struct Case {
    const char* name;
    Identity identity;
    const char* reason;
  };
  for (const Case& one : {
           Case{"another authority", MakeIdentity(other, {}), "issuer"},
           Case{"expired", MakeIdentity(authority, {.valid_for_s = -60}), "expired"},
           Case{"another address",
                MakeIdentity(authority, {.alternative_name = "IP:127.0.0.2"}),
                ""},
           Case{"a name only", MakeIdentity(authority, {.alternative_name = "DNS:localhost"}), ""},
       }) {
    INFO(one.name);
    std::atomic<bool> spoken = false;
    const ScriptedServer server([&](Peer& peer) { spoken = !peer.ReadToEnd().empty(); },
                                ScriptedServer::Tls{one.identity, ""});
    Client client(At(server, authority.certificate));
    const base::Error error = client.Refused();
    CHECK(error.kind == base::ErrorKind::kUnavailable);
    INFO(error.message);
    CHECK(Contains(error.message, one.reason));
    CHECK_FALSE(spoken);
  }
}

TEST_CASE("the authority's file is read for every new connection", "[io]") {
  const Identity before = MakeAuthority("before");
  const Identity after = MakeAuthority("after");
  const auto path = std::filesystem::temp_directory_path() /
                    ("http_transport_test.ca." + std::to_string(getpid()));
  const ScriptedServer server(Echo, ScriptedServer::Tls{MakeIdentity(after, {}), ""});
  Server with_file = At(server);
  with_file.tls.authority.file = path.string();
  Client client(with_file);
  CHECK(Contains(client.Refused().message, path.string()));
  std::ofstream(path) << before.certificate;
  CHECK(client.Refused().kind == base::ErrorKind::kUnavailable);
  std::ofstream(path) << before.certificate << after.certificate;
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response.status == 200);
  std::filesystem::remove(path);
}

TEST_CASE("a client certificate is shown", "[io]") {
  const Identity authority = MakeAuthority("authority");
  const ScriptedServer server(
      Echo, ScriptedServer::Tls{MakeIdentity(authority, {}), authority.certificate});
  CHECK(Client(At(server, authority.certificate)).Refused().kind == base::ErrorKind::kUnavailable);

  const Identity own = MakeIdentity(authority, {});
  Server with_certificate = At(server, authority.certificate);
  with_certificate.tls.certificate.text = own.certificate;
  with_certificate.tls.key.text = own.key;
  Client client(with_certificate);
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response.status == 200);

  with_certificate.tls.key.text = authority.certificate;
  CHECK(Contains(Client(with_certificate).Refused().message, "private key"));
}

}  // namespace
}  // namespace cu::io
