#include "io/log_writer.hpp"

#include <sstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace cu::io {
namespace {

constexpr base::WallTime kWall{std::chrono::microseconds(1'700'000'000'123'456)};

TEST_CASE("a record becomes one line of JSON in the shape of Kubernetes' components", "[io]") {
  const base::LogRecord record{
      base::LogLevel::kInfo, "Node cordoned", {{"node", "a"}, {"upgrade", "p"}}};
  CHECK(FormatLog(record, kWall, base::LogFormat::kJson) ==
        "{\"ts\":1700000000123.456,\"level\":\"info\",\"msg\":\"Node cordoned\",\"v\":0,"
        "\"node\":\"a\",\"upgrade\":\"p\"}\n");
}

TEST_CASE("an error has no verbosity, a debug record has 1", "[io]") {
  CHECK(FormatLog({base::LogLevel::kError, "m", {{"err", "e"}}}, kWall, base::LogFormat::kJson) ==
        "{\"ts\":1700000000123.456,\"level\":\"error\",\"msg\":\"m\",\"err\":\"e\"}\n");
  CHECK(FormatLog({base::LogLevel::kDebug, "m", {}}, kWall, base::LogFormat::kJson) ==
        "{\"ts\":1700000000123.456,\"level\":\"debug\",\"msg\":\"m\",\"v\":1}\n");
}

TEST_CASE("a value cannot break out of its line or its quotes", "[io]") {
  const base::LogRecord record{
      base::LogLevel::kInfo, "m", {{"k", "a\"b\\c\nd\x01 \xC3\xA9 \xFF \xE2\x82"}}};
  CHECK(FormatLog(record, kWall, base::LogFormat::kJson) ==
        "{\"ts\":1700000000123.456,\"level\":\"info\",\"msg\":\"m\",\"v\":0,"
        "\"k\":\"a\\\"b\\\\c\\nd\\u0001 \xC3\xA9 \xEF\xBF\xBD \xEF\xBF\xBD\"}\n");
}

TEST_CASE("a line is JSON whatever bytes a name has", "[io]") {
  // Overlong, a surrogate, past the last character, cut, and never a first byte.
  for (const char* bytes : {"\xC0\xAF",
                            "\xE0\x80\xAF",
                            "\xED\xA0\x80",
                            "\xF4\x90\x80\x80",
                            "\xE2\x82",
                            "\x80",
                            "\xF5",
                            "\xFE\xFF"}) {
    const base::LogRecord record{base::LogLevel::kInfo, bytes, {{bytes, bytes}}};
    const std::string line = FormatLog(record, kWall, base::LogFormat::kJson);
    CHECK(nlohmann::json::accept(line));
    CHECK(line.find(bytes) == std::string::npos);
    CHECK(FormatLog({base::LogLevel::kInfo, "m", {{"k", bytes}}}, kWall, base::LogFormat::kText)
              .find(bytes) == std::string::npos);
  }
}

TEST_CASE("a field cannot stand for the record's own", "[io]") {
  CHECK(FormatLog({base::LogLevel::kError, "m", {{"msg", "other"}, {"ts", "0"}}},
                  base::WallTime(std::chrono::milliseconds(1)),
                  base::LogFormat::kJson) == "{\"ts\":1.0,\"level\":\"error\",\"msg\":\"m\"}\n");
}

TEST_CASE("text is for people", "[io]") {
  CHECK(FormatLog({base::LogLevel::kWarning, "Odd", {{"node", "a b"}}},
                  kWall,
                  base::LogFormat::kText) == "2023-11-14T22:13:20.123Z warning Odd node=\"a b\"\n");
}

TEST_CASE("debug records are written from verbosity 1 on", "[io]") {
  for (const int verbosity : {0, 1, 4, 9}) {
    std::ostringstream out;
    LogWriter writer(out, base::LogFormat::kText, verbosity);
    writer.Write({base::LogLevel::kInfo, "info", {}}, kWall);
    writer.Write({base::LogLevel::kDebug, "debug", {}}, kWall);
    CHECK((out.str().find("debug") != std::string::npos) == (verbosity >= 1));
    CHECK(out.str().find("info") != std::string::npos);
  }
}

}  // namespace
}  // namespace cu::io
