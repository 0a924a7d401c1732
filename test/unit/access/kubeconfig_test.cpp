#include "access/kubeconfig.hpp"

#include <catch2/catch.hpp>

#include "unit/temporary_folder.hpp"

namespace cu::access {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A kubeconfig with one cluster and one user.
std::string Kubeconfig(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
         "contexts:\n- name: other\n  context: {cluster: none}\n"
         "- name: here\n  context: {cluster: c, user: u}\n"
         "clusters:\n- name: c\n  cluster: {" +
         cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
}
constexpr const char* kCluster = "server: 'https://10.0.0.1:6443', certificate-authority: ca.crt";

TEST_CASE("the current context gives server, authority and credentials", "[access]") {
  const test::TemporaryFolder folder;
  const auto access = FromKubeconfig(folder.Write(
      "config", Kubeconfig(kCluster, "client-certificate-data: Y2VydA==, client-key: /keys/k")));
  REQUIRE(access.ok());
  CHECK(access->server == "https://10.0.0.1:6443");
  CHECK(access->tls.authority.file == folder.path("ca.crt"));
  CHECK(access->tls.certificate.text == "cert");
  CHECK(access->tls.key.file == "/keys/k");
  CHECK(access->token.empty());
}

TEST_CASE("data wins over a file, a token file over a token", "[access]") {
  const test::TemporaryFolder folder;
  const auto access =
      FromKubeconfig(folder.Write("config",
                                  Kubeconfig("server: 'https://h', certificate-authority: ca.crt, "
                                             "certificate-authority-data: Y2E=",
                                             "token: text, tokenFile: token")));
  REQUIRE(access.ok());
  CHECK(access->tls.authority.text == "ca");
  CHECK(access->tls.authority.file.empty());
  CHECK(access->token.file == folder.path("token"));
  CHECK(access->token.text.empty());
}

TEST_CASE("what cannot be done is refused with the entry's name", "[access]") {
  struct Case {
    const char* cluster;
    const char* user;
    const char* named;
  };
  const test::TemporaryFolder folder;
  for (const Case& one : {
           Case{kCluster, "exec: {command: aws}", "exec is not supported"},
           Case{kCluster, "token: t, as-uid: u", "as-uid is not supported"},
           Case{kCluster,
                "token: t, as-user-extra: {scopes: [x]}",
                "as-user-extra is not supported"},
           Case{kCluster, "auth-provider: {name: gcp}", "auth-provider"},
           Case{kCluster, "username: a, password: b", "username"},
           Case{kCluster, "client-certificate: c", "client-key"},
           Case{kCluster, "client-certificate-data: '%'", "client-certificate-data"},
           Case{"server: 'https://h', insecure-skip-tls-verify: true", "", "insecure-skip-tls"},
           Case{"server: 'https://h', certificate-authority: c, proxy-url: p", "", "proxy-url"},
           Case{"server: 'https://h', certificate-authority: c, tls-server-name: n",
                "",
                "tls-server"},
           Case{"server: 'https://h'", "", "certificate-authority"},
           Case{"server: 'http://h'", "", "https://HOST:PORT"},
           Case{"server: 'http://127.0.0.1.example.org'", "", "https://HOST:PORT"},
           Case{"server: 'https://[::1]:6443', certificate-authority: c", "", "IPv6"},
           Case{"", "", "https://HOST:PORT"},
       }) {
    const auto access = FromKubeconfig(folder.Write("config", Kubeconfig(one.cluster, one.user)));
    INFO(one.named);
    REQUIRE_FALSE(access.ok());
    INFO(access.error().message);
    CHECK(Contains(access.error().message, one.named));
    CHECK(Contains(access.error().message, folder.path("config")));
  }
}

TEST_CASE("verified TLS may be spelt out, and this machine may be spoken to in plain", "[access]") {
  const test::TemporaryFolder folder;
  CHECK(
      FromKubeconfig(
          folder.Write("config",
                       Kubeconfig(std::string(kCluster) + ", insecure-skip-tls-verify: false", "")))
          .ok());
  CHECK(FromKubeconfig(
            folder.Write("config", Kubeconfig("server: 'http://127.0.0.1:8001'", "token: t")))
            .ok());
}

TEST_CASE("null counts as absent", "[access]") {
  const test::TemporaryFolder folder;
  const auto access = FromKubeconfig(folder.Write(
      "config",
      Kubeconfig(std::string(kCluster) + ", proxy-url: null, certificate-authority-data: ~",
                 "token: null, tokenFile: , exec: null, username: ~, client-key: null")));
  REQUIRE(access.ok());
  CHECK(access->token.empty());
  CHECK(access->tls.certificate.empty());
  CHECK(access->tls.authority.file == folder.path("ca.crt"));
  const auto none =
      FromKubeconfig(folder.Write("config", "current-context: null\ncontexts: null\n"));
  REQUIRE_FALSE(none.ok());
  CHECK(Contains(none.error().message, "current-context is not set"));
}

TEST_CASE("a server's URL with a user is refused, and not repeated", "[access]") {
  const test::TemporaryFolder folder;
  for (const char* url : {"https://me:secret@h:6443", "http://secret@127.0.0.1"}) {
    const auto access = FromKubeconfig(
        folder.Write("config", Kubeconfig("server: '" + std::string(url) + "'", "token: t")));
    REQUIRE_FALSE(access.ok());
    CHECK(Contains(access.error().message, "contains a user name"));
    CHECK_FALSE(Contains(access.error().message, "secret"));
  }
}

TEST_CASE("a file that is no kubeconfig is refused, never a crash", "[access]") {
  const test::TemporaryFolder folder;
  const auto missing = FromKubeconfig(folder.path("missing"));
  REQUIRE_FALSE(missing.ok());
  CHECK(Contains(missing.error().message, "missing: the file cannot be opened"));
  for (const char* text : {"",
                           "[]",
                           "a: [",
                           "current-context: x",
                           "current-context: x\ncontexts: 3",
                           "current-context: x\ncontexts: [3]",
                           "current-context: x\ncontexts: [{name: x}]",
                           "current-context: x\ncontexts: [{name: x, context: 3}]",
                           "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
                           "current-context: {a: b}"}) {
    INFO(text);
    CHECK_FALSE(FromKubeconfig(folder.Write("config", text)).ok());
  }
}

}  // namespace
}  // namespace cu::access
