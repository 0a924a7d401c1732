#include <array>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "serving/metrics.hpp"
#include "serving/pages.hpp"
#include "target.hpp"
#include "unit/serving/page.hpp"

namespace cu::fuzz {
namespace {

/// The pages of the program, on a free port.
class Served {
 public:
  Served() {
    snapshot_.Publish(std::make_shared<core::View>(), 0);
    serving::HttpServer::Pages pages = serving::HealthPages(snapshot_, [] { return true; });
    pages.merge(serving::MetricsPages(metrics_, [] { return base::SteadyTime(); }));
    server_ = std::move(serving::HttpServer::Start("127.0.0.1", 0, std::move(pages))).value();
  }
  std::uint16_t port() const { return server_->port(); }

 private:
  serving::Snapshot snapshot_;
  serving::Metrics metrics_{snapshot_, {}, [] { return base::SteadyTime(); }};
  std::unique_ptr<serving::HttpServer> server_;
};

}  // namespace

void RunHttpRequest(std::string_view input) {
  static const Served served;
  const serving::Visitor visitor(served.port());
  Require(visitor.connected(), "the server accepts");
  visitor.Write(std::string(input));
  visitor.End();
  const std::string answer = visitor.Read();
  if (answer.empty()) {
    return;  // no whole head: closed without a word
  }
  constexpr std::size_t kCodeAt = 9;
  const std::string code = answer.substr(kCodeAt, 3);
  Require(answer.starts_with("HTTP/1.1 ") &&
              (code == "200" || code == "404" || code == "405" || code == "503"),
          "an answer is one of HTTP");
}

}  // namespace cu::fuzz
