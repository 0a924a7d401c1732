#include "access/in_cluster.hpp"

#include <catch2/catch.hpp>

namespace cu::access {
namespace {

TEST_CASE("a pod reaches the service with its mounted token and authority", "[access]") {
  const auto access =
      InCluster({.api_host = "10.96.0.1", .api_port = "443", .service_account = "/mount"});
  REQUIRE(access.ok());
  CHECK(access->server == "https://10.96.0.1:443");
  CHECK(access->tls.authority.file == "/mount/ca.crt");
  CHECK(access->token.file == "/mount/token");
  CHECK(access->tls.certificate.empty());
  CHECK(access->tls.key.empty());
}

TEST_CASE("an IPv6 service is reached by its name", "[access]") {
  const auto access = InCluster({.api_host = "fd00::1", .api_port = "6443", .service_account = ""});
  REQUIRE(access.ok());
  CHECK(access->server == "https://kubernetes.default.svc:6443");
}

TEST_CASE("without host or port this is not a pod", "[access]") {
  for (const PodEnvironment& pod :
       {PodEnvironment{.api_host = "", .api_port = "443", .service_account = "/mount"},
        PodEnvironment{.api_host = "10.96.0.1", .api_port = "", .service_account = "/mount"}}) {
    const auto access = InCluster(pod);
    REQUIRE_FALSE(access.ok());
    CHECK(access.error().kind == base::ErrorKind::kInvalid);
    CHECK(access.error().message.find("--kubeconfig") != std::string::npos);
  }
}

}  // namespace
}  // namespace cu::access
