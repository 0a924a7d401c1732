#pragma once
#include <iosfwd>
#include <string>

#include "base/log.hpp"
#include "base/time.hpp"

namespace cu::io {

/// kJson is the shape of Kubernetes' own components: `ts` in milliseconds since 1970, `msg`, `v`
/// (no `v` for errors), and the fields; `level` is added for log stores that look for it.
enum class LogFormat { kJson, kText };

/// One line, its newline included.
std::string FormatLog(const base::LogRecord& record, base::WallTime wall, LogFormat format);

/// Writes records as lines. Debug records are written from verbosity 1 on.
class LogWriter {
 public:
  /// `out` outlives the writer.
  LogWriter(std::ostream& out, LogFormat format, int verbosity)
      : out_(out), format_(format), verbosity_(verbosity) {}
  void Write(const base::LogRecord& record, base::WallTime wall);

 private:
  std::ostream& out_;
  LogFormat format_;
  int verbosity_;
};

}  // namespace cu::io
