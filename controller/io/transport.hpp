#pragma once
#include "port/port.hpp"

namespace cu::io {

/// Carries requests out. Nothing here blocks; every outcome comes as an event, in the order that
/// port.hpp gives.
///
/// Thread:  one.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void Send(const port::SendRequest& call) = 0;
  virtual void Open(const port::OpenStream& stream) = 0;
  /// Ends a call or stream; nothing of it is delivered from now on, except what was delivered to
  /// the inbox before.
  virtual void Abort(port::CallId id) = 0;
};

}  // namespace cu::io
