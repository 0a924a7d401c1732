#include <string>

#include "codec/decode.hpp"
#include "codec/decode/watch_head.hpp"
#include "codec/kinds.hpp"
#include "target.hpp"

namespace cu::fuzz {
namespace {

constexpr std::size_t kMessageMax = 400;

template <class T>
void Check(const base::Result<T>& result) {
  Require(result.ok() || result.error().kind == base::ErrorKind::kMalformed,
          "what cannot be read is malformed");
  Require(result.ok() ||
              (!result.error().message.empty() && result.error().message.size() <= kMessageMax),
          "the reason is short");
}

template <class T>
void CheckHead(const base::Result<codec::WatchEvent<T>>& event, const std::string& line) {
  const auto head = codec::PeekWatchHead(line);
  if (!head || !event.ok() || event->type == codec::WatchType::kBookmark ||
      event->type == codec::WatchType::kError) {
    return;
  }
  Require(head->name == event->object.meta.name && head->ns == event->object.meta.ns &&
              head->resource_version == event->object.meta.resource_version,
          "a look at the head of a line says what the whole line says");
}

/// As a line of a watch, as one object, as an item of a page.
template <class T>
void DecodeAll(const std::string& line) {
  const auto event = codec::DecodeWatchEvent<T>(line);
  Check(event);
  CheckHead(event, line);
  const std::size_t at = line.find("\"object\":");
  if (at == std::string::npos) {
    return;
  }
  const std::string object = line.substr(at + 9, line.size() - at - 10);
  Check(codec::Decode<T>(object));
  Check(codec::DecodePage<T>(R"({"metadata":{"resourceVersion":"1"},"items":[)" + object + "]}"));
}

}  // namespace

void RunWatchLine(std::string_view input) {
  const std::string line(input);
  const auto names = [&line](const char* kind) {
    return line.find("\"kind\":\"" + std::string(kind) + "\"") != std::string::npos;
  };
  codec::DecodeApiStatus(line);
  bool known = false;
#define CU_FUZZ_KIND(Type, group_version, plural) \
  if (names(#Type)) {                             \
    known = true;                                 \
    DecodeAll<api::Type>(line);                   \
  }
  CU_KINDS(CU_FUZZ_KIND)
#undef CU_FUZZ_KIND
  if (names("Pod")) {
    DecodeAll<api::WholePod>(line);
  }
  if (names("PodTemplate")) {
    DecodeAll<api::SavedPod>(line);
  }
  if (!known) {
    DecodeAll<api::Node>(line);
  }
}

}  // namespace cu::fuzz
