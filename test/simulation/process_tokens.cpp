#include <utility>

#include "process.hpp"

/// What the shell does about tokens: controller/access/credentials.cpp.
namespace cu::simulation {
namespace {

constexpr Duration kReadAgain = std::chrono::seconds{50};

port::TokenRead Statement(const Token& token) {
  const auto seconds = [](base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  };
  const Json claims{{"iss", token.issuer},
                    {"iat", seconds(token.issued)},
                    {"exp",
                     seconds(token.issued) +
                         std::chrono::duration_cast<std::chrono::seconds>(kTokenLife).count()},
                    {"kubernetes.io", {{"namespace", "cluster-upgrade-system"}}}};
  return {Json{{"alg", "RS256"}, {"kid", token.signer}}.dump(), claims.dump()};
}

}  // namespace

std::optional<Token> Process::Present(bool fresh) {
  const Token* file = network_.cluster.token_files.Of(replica_);
  if (file == nullptr || (token_ && !fresh && timeline_.now() < token_due_)) {
    return token_;
  }
  token_due_ = timeline_.now() + kReadAgain;
  if (token_ != *file) {
    token_ = *file;
    Arrival arrival;
    arrival.event = Statement(*file);
    Deliver(std::move(arrival), Duration{0});
  }
  return token_;
}

std::optional<port::Response> Process::Refusal(const Call& call) {
  ApiServers& servers = network_.cluster.api_servers;
  if (!servers.begun() || (call.token && servers.Accepts(*call.token))) {
    return std::nullopt;
  }
  return ApiServer::Failure(401, "Unauthorized", "Unauthorized");
}

}  // namespace cu::simulation
