#include "io/log_writer.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <ostream>
#include <string_view>

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

// The length of the UTF-8 sequence that `text` begins with; 0 if it begins with none.
std::size_t SequenceLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80U              ? 1
                             : (lead & 0xE0U) == 0xC0U ? 2
                             : (lead & 0xF0U) == 0xE0U ? 3
                             : (lead & 0xF8U) == 0xF0U ? 4
                                                       : 0;
  if (length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  return length;
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    const char first = text.front();
    if (length == 0) {
      out += "\\ufffd";
    } else if (first == '"' || first == '\\') {
      out += '\\';
      out += first;
    } else if (first == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(first) < 0x20U) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(first));
      out += escape.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

std::string Json(const base::LogRecord& record, base::WallTime wall) {
  const long long micros = wall.time_since_epoch().count();
  std::array<char, 64> stamp{};
  std::snprintf(stamp.data(), stamp.size(), R"({"ts":%lld.%03lld)", micros / 1000, micros % 1000);
  std::string line = stamp.data();
  line += R"(,"level":")";
  line += NameOf(record.level);
  line += R"(","msg":)";
  AppendQuoted(line, record.message);
  if (record.level != base::LogLevel::kError) {
    line +=
        ",\"v\":" + std::to_string(record.level == base::LogLevel::kDebug ? kDebugVerbosity : 0);
  }
  for (const auto& [key, value] : record.fields) {
    line += ',';
    AppendQuoted(line, key);
    line += ':';
    AppendQuoted(line, value);
  }
  return line + "}\n";
}

std::string Text(const base::LogRecord& record, base::WallTime wall) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
  const std::time_t since_1970 = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&since_1970, &parts);
  std::array<char, 32> day{};
  std::strftime(day.data(), day.size(), "%FT%T", &parts);
  std::array<char, 64> head{};
  std::snprintf(head.data(),
                head.size(),
                "%s.%03dZ %-7s ",
                day.data(),
                static_cast<int>((wall - seconds) / std::chrono::milliseconds(1)),
                NameOf(record.level));
  std::string line = head.data();
  line += record.message;
  for (const auto& [key, value] : record.fields) {
    line += ' ' + key + '=';
    AppendQuoted(line, value);
  }
  return line + '\n';
}

}  // namespace

std::string FormatLog(const base::LogRecord& record, base::WallTime wall, LogFormat format) {
  return format == LogFormat::kJson ? Json(record, wall) : Text(record, wall);
}

void LogWriter::Write(const base::LogRecord& record, base::WallTime wall) {
  if (record.level == base::LogLevel::kDebug && verbosity_ < kDebugVerbosity) {
    return;
  }
  out_ << FormatLog(record, wall, format_) << std::flush;
}

}  // namespace cu::io
