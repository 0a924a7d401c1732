#include "serving/pages.hpp"

#include <chrono>
#include <memory>

#include <catch2/catch.hpp>

namespace cu::serving {
namespace {

std::shared_ptr<const core::View> ViewOf(bool synced) {
  auto view = std::make_shared<core::View>();
  view->synced = synced;
  return view;
}

TEST_CASE("healthz follows the loop alone", "[serving]") {
  const Snapshot snapshot;
  bool alive = true;
  const HttpServer::Pages pages = HealthPages(snapshot, [&] { return alive; });
  for (const char* path : {"/healthz", "/livez"}) {
    alive = true;
    CHECK(pages.at(path)("").status == 200);
    CHECK(pages.at(path)("").body == "ok\n");
    alive = false;
    CHECK(pages.at(path)("").status == 500);
    CHECK(pages.at(path)("").body == "[-]loop failed\nfailed\n");
  }
}

TEST_CASE("readyz waits for the caches and ends with the stop", "[serving]") {
  Snapshot snapshot;
  const HttpServer::Pages pages = HealthPages(snapshot, [] { return true; });
  const HttpServer::Page& ready = pages.at("/readyz");
  CHECK(ready("").status == 503);
  snapshot.Publish(ViewOf(false), 0);
  CHECK(ready("").status == 503);
  snapshot.Publish(ViewOf(true), 0);
  CHECK(ready("").status == 200);
  CHECK(ready("verbose").body == "[+]loop ok\n[+]synced ok\n[+]running ok\nok\n");
  snapshot.Stopping();
  CHECK(ready("").status == 503);
  CHECK(ready("").body.find("[-]running failed\n") != std::string::npos);
}

TEST_CASE("metrics are made once a second, however many ask for them", "[serving]") {
  Snapshot snapshot;
  base::SteadyTime now(std::chrono::seconds(100));
  int made = 0;
  const Metrics metrics(snapshot, {}, [&] {
    ++made;
    return now;
  });
  snapshot.Publish(ViewOf(true), 0);
  const HttpServer::Pages pages = MetricsPages(metrics, [&] { return now; });
  const HttpServer::Page& page = pages.at("/metrics");
  const std::string first = page("").body;
  const int once = made;
  REQUIRE(once > 0);
  for (int i = 0; i < 100; ++i) {
    CHECK(page("").body == first);
  }
  CHECK(made == once);
  now += std::chrono::seconds(1);
  page("");
  CHECK(made == 2 * once);
}

}  // namespace
}  // namespace cu::serving
