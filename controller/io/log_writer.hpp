#pragma once
#include <iosfwd>
#include <string>

#include "base/log.hpp"
#include "base/time.hpp"

namespace cu::io {

/// One line, its newline included.
std::string FormatLog(const base::LogRecord& record, base::WallTime wall, base::LogFormat format);

/// Writes records as lines. Debug records are written from verbosity 1 on.
class LogWriter {
 public:
  /// `out` outlives the writer.
  LogWriter(std::ostream& out, base::LogFormat format, int verbosity)
      : out_(out), format_(format), verbosity_(verbosity) {}
  void Write(const base::LogRecord& record, base::WallTime wall);

 private:
  std::ostream& out_;
  base::LogFormat format_;
  int verbosity_;
};

}  // namespace cu::io
