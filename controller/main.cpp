#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/program.hpp"
#include "config/config.hpp"
#include "core/controller.hpp"
#include "io/clock.hpp"
#include "io/http_transport.hpp"
#include "io/loop.hpp"
#include "io/process.hpp"
#include "serving/pages.hpp"

namespace cu {
namespace {

constexpr int kBadConfiguration = 2;

/// A failure before the loop turns.
struct CannotStart {
  std::string why;
};

template <class T>
T OrStop(base::Result<T> result) {
  if (!result) {
    throw CannotStart{result.error().message};
  }
  return std::move(result).value();
}

std::uint64_t Draw() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

/// host:port of a URL.
std::string HostOf(const std::string& url) {
  return url.substr(url.find("://") + 3);
}

core::Controller::Options ToOptions(const config::Config& config) {
  core::Controller::Options options;
  options.identity =
      (config.pod_name.empty() ? base::kProgram : config.pod_name) + "_" + std::to_string(Draw());
  options.own_pod = config.pod_name.empty() ? "" : config.pod_namespace + "/" + config.pod_name;
  options.own_node = config.node_name;
  options.namespace_name = config.namespace_name;
  options.job_namespace = config.job_namespace;
  options.executor_images = config.executor_images;
  options.leader_elect = config.leader_elect;
  options.seed = Draw();
  options.log_calls = config.verbosity > 0;
  return options;
}

std::unique_ptr<serving::HttpServer> Serve(const std::optional<config::BindAddress>& address,
                                           serving::HttpServer::Pages pages,
                                           int niceness = 0) {
  if (!address) {
    return nullptr;
  }
  using serving::HttpServer;
  return OrStop(HttpServer::Start(
      address->host, address->port, std::move(pages), HttpServer::kExchangeMax, niceness));
}

int RunController(const config::Config& config) {
  const core::Controller::Options options = ToOptions(config);
  io::LogWriter log(std::cerr, config.log_format, config.verbosity);
  log.Write({base::LogLevel::kInfo,
             "starting",
             {{"version", CU_VERSION},
              {"identity", options.identity},
              {"namespace", options.namespace_name},
              {"server", config.cluster.server}}},
            io::ReadClocks().wall);

  serving::Snapshot snapshot;
  core::Controller controller(options);
  io::Inbox inbox;
  const auto transport = OrStop(io::HttpTransport::Make(
      {.cluster = config.cluster, .user_agent = std::string(base::kProgram) + "/" + CU_VERSION},
      inbox,
      io::ReadClocks));
  io::Loop loop(
      [&](std::span<const port::Event> batch, base::Now now) {
        port::Reaction reaction = controller.Handle(batch, now);
        const auto took = io::ReadClocks().steady - now.steady;
        snapshot.Publish(controller.view(), std::chrono::duration<double>(took).count());
        return reaction;
      },
      {inbox, *transport, log, io::ReadClocks});
  const auto steady = [] { return io::ReadClocks().steady; };
  const serving::Metrics metrics(
      snapshot, {.api_server = HostOf(config.cluster.server), .lease = base::kProgram}, steady);
  // Readers of metrics take no processor time from the loop and from probes.
  const auto metrics_server =
      Serve(config.metrics, serving::MetricsPages(metrics, steady), serving::HttpServer::kYielding);
  const auto health_server =
      Serve(config.health, serving::HealthPages(snapshot, [&] { return loop.Alive(steady()); }));
  const io::Signals signals([&] {
    snapshot.Stopping();
    inbox.Post(port::StopRequested{});
  });
  return loop.Run();
}

int Main(int argc, char** argv) {
  io::PrepareProcess();
  const auto loaded =
      config::Load({argv + 1, argv + argc}, config::ReadEnvironment(environ), CU_VERSION);
  if (!loaded) {
    std::cerr << base::kProgram << ": " << loaded.error().message << "\n";
    return kBadConfiguration;
  }
  if (const auto* exit = std::get_if<config::EarlyExit>(&*loaded)) {
    std::cout << exit->text;
    return 0;
  }
  return RunController(std::get<config::Config>(*loaded));
}

}  // namespace
}  // namespace cu

int main(int argc, char** argv) {
  try {
    return cu::Main(argc, argv);
  } catch (const cu::CannotStart& failure) {
    std::cerr << cu::base::kProgram << ": " << failure.why << "\n";
  } catch (const std::exception& error) {
    std::cerr << cu::base::kProgram << ": " << error.what() << "\n";
  }
  return 1;
}
