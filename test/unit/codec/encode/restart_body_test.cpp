#include "codec/encode/restart_body.hpp"

#include <catch2/catch.hpp>

#include "codec/json.hpp"

using namespace cu;

TEST_CASE("a restart is a changed annotation of the template, of one version of one object",
          "[codec]") {
  CHECK(codec::Json::parse(codec::RestartPatch("u", "7", base::WallTime{})) ==
        codec::Json::parse(R"({"metadata":{"uid":"u","resourceVersion":"7"},"spec":{"template":{
            "metadata":{"annotations":{
            "kubectl.kubernetes.io/restartedAt":"1970-01-01T00:00:00Z"}}}}})"));
}
