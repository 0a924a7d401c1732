#include "config/environment.hpp"

#include <catch2/catch.hpp>

namespace cu::config {
namespace {

TEST_CASE("the environment of a process is read as it is", "[config]") {
  const char* const variables[] = {"A=1", "B=x=y", "C=", "D", nullptr};
  const Environment environment = ReadEnvironment(variables);
  CHECK(environment.Variable("A") == "1");
  CHECK(environment.Variable("B") == "x=y");
  CHECK_FALSE(environment.Variable("C"));
  CHECK_FALSE(environment.Variable("D"));
}

TEST_CASE("of a variable that is set twice the first counts", "[config]") {
  const char* const variables[] = {"A=1", "A=2", nullptr};
  CHECK(ReadEnvironment(variables).Variable("A") == "1");
}

TEST_CASE("the service account is where the kubelet mounts it", "[config]") {
  CHECK(Environment{}.service_account == "/var/run/secrets/kubernetes.io/serviceaccount");
}

}  // namespace
}  // namespace cu::config
