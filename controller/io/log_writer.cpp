#include "io/log_writer.hpp"

#include <chrono>
#include <cstddef>
#include <ostream>

#include <nlohmann/json.hpp>

namespace cu::io {
namespace {

constexpr int kDebugVerbosity = 1;

const char* NameOf(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::kError:
      return "error";
    case base::LogLevel::kWarning:
      return "warning";
    case base::LogLevel::kInfo:
      return "info";
    case base::LogLevel::kDebug:
      return "debug";
  }
  return "";
}

/// In one line; what is not UTF-8 becomes U+FFFD.
std::string Dump(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string Json(const base::LogRecord& record, base::WallTime wall) {
  const std::chrono::duration<double, std::milli> since_1970 = wall.time_since_epoch();
  nlohmann::ordered_json line{
      {"ts", since_1970.count()}, {"level", NameOf(record.level)}, {"msg", record.message}};
  if (record.level != base::LogLevel::kError) {
    line["v"] = record.level == base::LogLevel::kDebug ? kDebugVerbosity : 0;
  }
  for (const auto& [key, value] : record.fields) {
    line.emplace(key, value);
  }
  return Dump(line) + '\n';
}

std::string Text(const base::LogRecord& record, base::WallTime wall) {
  constexpr std::size_t kLevelWidth = 7;
  std::string level = NameOf(record.level);
  level.resize(kLevelWidth, ' ');
  std::string line = base::FormatMilliTime(wall) + ' ' + level + ' ' + record.message;
  for (const auto& [key, value] : record.fields) {
    line += ' ' + key + '=' + Dump(value);
  }
  return line + '\n';
}

}  // namespace

std::string FormatLog(const base::LogRecord& record, base::WallTime wall, base::LogFormat format) {
  return format == base::LogFormat::kJson ? Json(record, wall) : Text(record, wall);
}

void LogWriter::Write(const base::LogRecord& record, base::WallTime wall) {
  if (record.level == base::LogLevel::kDebug && verbosity_ < kDebugVerbosity) {
    return;
  }
  out_ << FormatLog(record, wall, format_) << std::flush;
}

}  // namespace cu::io
