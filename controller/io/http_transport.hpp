#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "access/cluster_access.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "io/inbox.hpp"
#include "io/transport.hpp"

namespace cu::io {

struct Server {
  access::ClusterAccess cluster;
  std::string user_agent;
};

struct TransportLimits {
  /// The answer of a call; lists come in pages that are far below it. One object always fits: the
  /// API server takes 1.5 MiB, and writes a byte as up to six in JSON.
  std::size_t body_bytes_max = std::size_t{10} << 20U;
  std::size_t line_bytes_max = std::size_t{10} << 20U;
  /// The longest silence within a call: to connect, to the head of the answer, between two parts of
  /// it. The core bounds the whole by Abort. A kube-apiserver gives up after 60 s.
  std::chrono::seconds call_silence{65};
  /// The same of a stream. The core ends it earlier, after 125 s without a line.
  std::chrono::seconds stream_silence{150};
};

/// cpprest behind the port's alphabet, on one thread of its pool. Calls share connections; every
/// stream has its own. Redirects are not followed: they would take the token with them.
///
/// A request with a body is not begun after its `not_after`, also when the connection took long to
/// come about or when cpprest sends it a second time over a new one: the server then sees its head
/// alone. One without a body is checked before it is handed to cpprest only.
class HttpTransport final : public Transport {
 public:
  using Clock = std::function<base::Now()>;  ///< called from the pool's thread

  /// `inbox` outlives the transport.
  /// Errors: kInvalid  cpprest cannot use the URL
  static base::Result<std::unique_ptr<HttpTransport>> Make(Server server,
                                                           Inbox& inbox,
                                                           Clock clock,
                                                           TransportLimits limits = {});
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  /// Closes the inbox, ends everything and waits for it.
  ~HttpTransport() override;

  void Send(const port::SendRequest& call) override;
  void Open(const port::OpenStream& stream) override;
  void Abort(port::CallId id) override;

 private:
  struct Parts;
  explicit HttpTransport(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cu::io
