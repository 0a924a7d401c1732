#pragma once
#include <map>
#include <string>

namespace cu::base {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

/// One line of the log: a constant message, everything that varies in fields. Never a token, never
/// a whole object.
struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  std::string message;
  std::map<std::string, std::string> fields;
  bool operator==(const LogRecord&) const = default;
};

}  // namespace cu::base
