#include <cstdio>
#include <cstdlib>
#include <exception>

#include "node/real_host.hpp"
#include "node/upgrade.hpp"

namespace cu::node {
namespace {

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int Fail(RealHost& host, const base::Error& error, int otherwise) {
  host.Conclude("failed: " + error.message);
  return error.kind == base::ErrorKind::kInvalid ? kExitWrongInput : otherwise;
}

int Main(std::vector<std::string> arguments) {
  RealHost host("/usr/local/bin");
  const auto parsed = ParseOptions(std::move(arguments), FromEnvironment);
  if (!parsed) {
    return Fail(host, parsed.error(), kExitWrongInput);
  }
  if (const auto* answer = std::get_if<Answer>(&*parsed)) {
    std::fputs(answer->text.c_str(), stdout);
    return kExitDone;
  }
  const Options& options = std::get<Options>(*parsed);
  if (const Status entered = host.Enter(options.host); !entered) {
    return Fail(host, entered.error(), kExitWhole);
  }
  return Upgrade(host, options);
}

}  // namespace
}  // namespace cu::node

int main(int argc, char** argv) {
  try {
    return cu::node::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fputs((std::string("failed: a bug of this program: ") + error.what() + "\n").c_str(),
               stdout);
    return cu::node::kExitNeedsPerson;
  }
}
