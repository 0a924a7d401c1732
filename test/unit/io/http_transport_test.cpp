#include "io/http_transport.hpp"

#include <atomic>
#include <future>
#include <latch>

#include <catch2/catch.hpp>

#include "unit/io/client.hpp"

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
  behind.cluster.server += "/k8s/clusters/c-1";
  Client client(behind);
  client.Get(kOne, "/api/v1/nodes?limit=5");
  CHECK(client.Next<ResponseReceived>().response.body.rfind(
            "GET /k8s/clusters/c-1/api/v1/nodes?limit=5 ", 0) == 0);
}

TEST_CASE("an answer brings the server's clock where it says it", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Answer("200 OK", "", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  });
  Client client(At(server));
  client.Get(kOne, "/a");
  CHECK(client.Next<ResponseReceived>().response.date ==
        base::WallTime(std::chrono::seconds(784111777)));
}

TEST_CASE("errors of the server are answers, with Retry-After where it says one", "[io]") {
  const ScriptedServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Answer("429 Too Many Requests", "busy", "Retry-After: 7\r\n");
    peer.ReadRequest();
    peer.Answer("503 Service Unavailable", "", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    peer.ReadRequest();
    peer.Answer("409 Conflict", "{}");
  });
  Client client(At(server));
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response == port::Response{429, "busy", seconds(7)});
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response == port::Response{503, "", seconds(0)});
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
  CHECK(client.Next<StreamEnded>().error->kind == base::ErrorKind::kTooLarge);
  client.Get(kTwo, "/");
  CHECK(client.Next<CallFailed>().error.kind == base::ErrorKind::kTooLarge);
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
  Client client(At(url));
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
  const access::Identity authority = access::MakeAuthority("authority");
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
      ScriptedServer::Tls{access::MakeIdentity(authority, {}), "", true});
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
    CHECK_FALSE(HttpTransport::Make(At(url), inbox, ReadClocks).ok());
  }
}

}  // namespace
}  // namespace cu::io
