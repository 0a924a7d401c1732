#pragma once
#include <map>
#include <string>

namespace cu::base {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

/// kJson is the shape of Kubernetes' own components: `ts` in milliseconds since 1970, `msg`, `v`
/// (no `v` for errors), and the fields; `level` is added for log stores that look for it. kText is
/// for people.
enum class LogFormat { kJson, kText };

/// One line of the log: a constant message, everything that varies in fields. Never a token, never
/// a whole object.
struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  std::string message;
  std::map<std::string, std::string> fields;
  bool operator==(const LogRecord&) const = default;
};

}  // namespace cu::base
