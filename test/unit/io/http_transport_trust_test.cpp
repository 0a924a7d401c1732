#include <atomic>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "unit/io/client.hpp"

// Who the transport believes, and what it shows of itself.
namespace cu::io {
namespace {

using port::CallFailed;
using port::ResponseReceived;

TEST_CASE("the token is sent, and read again when it was refused", "[io]") {
  const auto path =
      std::filesystem::temp_directory_path() / ("http_transport_test." + std::to_string(getpid()));
  const ScriptedServer server(Echo);
  Server with_token = At(server);
  with_token.cluster.token.file = path.string();
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

TEST_CASE("what a new token says of itself is told before the answer, and nothing of its signature",
          "[io]") {
  const ScriptedServer server(Echo);
  Server with_token = At(server);
  with_token.cluster.token.text = "eyJraWQiOiJhIn0.eyJpc3MiOiJ4In0.c2lnbmF0dXJl";
  Client client(with_token);
  client.Get(kOne, "/");
  const auto read = client.Next<port::TokenRead>();
  CHECK(read.header == R"({"kid":"a"})");
  CHECK(read.claims == R"({"iss":"x"})");
  const std::string body = client.Next<ResponseReceived>().response.body;
  CHECK(Contains(body, "Accept:application/json, */*;q=0.1\r\n"));
  client.Get(kOne, "/");
  client.Next<ResponseReceived>();  // the same token is told once
}

TEST_CASE("a server of the cluster's authority is trusted, over one connection", "[io]") {
  const access::Identity authority = access::MakeAuthority("authority");
  const ScriptedServer server(Echo, ScriptedServer::Tls{access::MakeIdentity(authority, {}), ""});
  Client client(At(server, authority.certificate));
  for (int i = 0; i < 3; ++i) {
    client.Get(kOne, "/");
    CHECK(client.Next<ResponseReceived>().response.status == 200);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a server that cannot prove itself is refused, with the reason", "[io]") {
  const access::Identity authority = access::MakeAuthority("authority");
  const access::Identity other = access::MakeAuthority("other");
  struct Case {
    const char* name;
    access::Identity identity;
    const char* reason;
  };
  for (const Case& one : {
           Case{"another authority", access::MakeIdentity(other, {}), "issuer"},
           Case{"expired", access::MakeIdentity(authority, {.valid_for_s = -60}), "expired"},
           Case{"another address",
                access::MakeIdentity(authority, {.alternative_name = "IP:127.0.0.2"}),
                ""},
           Case{"a name only",
                access::MakeIdentity(authority, {.alternative_name = "DNS:localhost"}),
                ""},
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
  const access::Identity before = access::MakeAuthority("before");
  const access::Identity after = access::MakeAuthority("after");
  const auto path = std::filesystem::temp_directory_path() /
                    ("http_transport_test.ca." + std::to_string(getpid()));
  const ScriptedServer server(Echo, ScriptedServer::Tls{access::MakeIdentity(after, {}), ""});
  Server with_file = At(server);
  with_file.cluster.tls.authority.file = path.string();
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
  const access::Identity authority = access::MakeAuthority("authority");
  const ScriptedServer server(
      Echo, ScriptedServer::Tls{access::MakeIdentity(authority, {}), authority.certificate});
  CHECK(Client(At(server, authority.certificate)).Refused().kind == base::ErrorKind::kUnavailable);

  const access::Identity own = access::MakeIdentity(authority, {});
  Server with_certificate = At(server, authority.certificate);
  with_certificate.cluster.tls.certificate.text = own.certificate;
  with_certificate.cluster.tls.key.text = own.key;
  Client client(with_certificate);
  client.Get(kOne, "/");
  CHECK(client.Next<ResponseReceived>().response.status == 200);

  with_certificate.cluster.tls.key.text = authority.certificate;
  CHECK(Contains(Client(with_certificate).Refused().message, "private key"));
}

}  // namespace
}  // namespace cu::io
