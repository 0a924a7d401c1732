#include "codec/decode.hpp"

#include <array>
#include <limits>
#include <type_traits>

#include "codec/decode/read_authority.hpp"
#include "codec/decode/read_budget.hpp"
#include "codec/decode/read_endpoints.hpp"
#include "codec/decode/read_job.hpp"
#include "codec/decode/read_lease.hpp"
#include "codec/decode/read_node.hpp"
#include "codec/decode/read_pod.hpp"
#include "codec/decode/read_upgrade.hpp"
#include "codec/decode/read_volumes.hpp"
#include "codec/decode/read_webhooks.hpp"
#include "codec/decode/read_whole_pod.hpp"
#include "codec/decode/read_workload_object.hpp"
#include "codec/decode/read_workload_pod.hpp"
#include "codec/json.hpp"
#include "codec/kinds.hpp"

namespace cu::codec {
namespace {

constexpr int kMost = std::numeric_limits<int>::max();

constexpr auto kWatchTypes =
    std::to_array<std::pair<std::string_view, WatchType>>({{"ADDED", WatchType::kAdded},
                                                           {"MODIFIED", WatchType::kModified},
                                                           {"DELETED", WatchType::kDeleted},
                                                           {"BOOKMARK", WatchType::kBookmark},
                                                           {"ERROR", WatchType::kError}});

ApiStatus ReadApiStatus(const Reader& reader) {
  ApiStatus status;
  if (reader["kind"].Text() != "Status") {
    return status;
  }
  status.code = reader["code"].Int(0, 0, kMost);
  status.reason = reader["reason"].Text();
  status.message = reader["message"].Text();
  const Reader details = reader["details"];
  status.retry_after_seconds = details["retryAfterSeconds"].Int(0, 0, kMost);
  for (const Reader& cause : details["causes"].Items()) {
    status.causes.push_back(
        {cause["reason"].Text(), cause["message"].Text(), cause["field"].Text()});
  }
  return status;
}

/// The most that is kept of one text, map or list of an object. Most kinds are written by whoever
/// has a namespace, and the API server allows 1.5 MB for each; nodes have many labels, webhooks and
/// what is behind them are an administrator's, and who writes a ClusterUpgrade may do anything.
template <class T>
constexpr std::size_t KeptMax() {
  constexpr std::size_t kKiB = 1024;
  constexpr std::size_t kOfTenants = 12 * kKiB;
  constexpr std::size_t kOfAdmins = 128 * kKiB;
  if constexpr (std::is_same_v<T, api::ClusterUpgrade>) {
    return kNoLimit;
  } else {
    const bool of_webhooks =
        std::is_base_of_v<api::WebhookConfiguration, T> || std::is_same_v<T, api::EndpointSlice>;
    return of_webhooks || std::is_same_v<T, api::Node> ? kOfAdmins : kOfTenants;
  }
}

/// The same while it is parsed: a pod that is saved is kept whole.
template <class T>
constexpr std::size_t ParsedMax() {
  const bool whole = std::is_same_v<T, api::WholePod> || std::is_same_v<T, api::SavedPod>;
  return whole ? kNoLimit : KeptMax<T>();
}

/// One object of a collection. Problems are its collection's where they concern its identity, and
/// otherwise its own.
template <class T>
T ReadMember(const Reader& object, Problems& own) {
  const Reader metadata = object["metadata"];
  metadata["name"].RequiredText();
  for (const char* part : {"namespace", "uid", "resourceVersion"}) {
    static_cast<void>(metadata[part].Text());
  }
  T read = Read<T>(object.Rebased("", own));
  if constexpr (requires { read.oversized; }) {
    read.oversized = own.oversized();
  }
  return read;
}

template <class T>
base::Result<T> Checked(T value, const Problems& problems) {
  if (!problems.empty()) {
    return problems.ToError();
  }
  return value;
}

}  // namespace

template <class T>
base::Result<T> Decode(const std::string& json) {
  Problems problems;
  const Json tree = Parse(json, DroppedMembers<T>(), problems);
  T object = Read<T>(Reader(tree, "", problems));
  return Checked(std::move(object), problems);
}

template <class T>
base::Result<Page<T>> DecodePage(const std::string& json) {
  Problems problems;
  Page<T> page;
  const TakeItem take = [&](std::size_t index, const Json& item) {
    if (index == 0) {
      page.items.clear();
      page.unreadable.clear();
    }
    Problems own(KeptMax<T>());
    const Reader reader(item, "items[" + std::to_string(index) + "]", problems);
    page.items.push_back(ReadMember<T>(reader, own));
    if (!own.empty()) {
      page.unreadable[page.items.back().meta.Key()] = own.texts().front();
    }
  };
  const Json tree = ParseList(json, DroppedMembers<T>(), take, problems, ParsedMax<T>());
  const Reader reader(tree, "", problems);
  page.resource_version = reader["metadata"]["resourceVersion"].RequiredText();
  page.continue_token = reader["metadata"]["continue"].Text();
  static_cast<void>(reader["items"].Items());
  return Checked(std::move(page), problems);
}

ApiStatus DecodeApiStatus(const std::string& json) {
  Problems ignored;
  const Json tree = Parse(json, {}, ignored);
  return ReadApiStatus(Reader(tree, "", ignored));
}

template <class T>
base::Result<WatchEvent<T>> DecodeWatchEvent(const std::string& line) {
  Problems problems;
  const Json tree = Parse(line, DroppedMembers<T>(), problems, ParsedMax<T>());
  const Reader reader(tree, "", problems);
  reader["type"].RequiredText();
  WatchEvent<T> event;
  event.type = reader["type"].Choose(kWatchTypes, WatchType::kError);
  const Reader object = reader["object"];
  switch (event.type) {
    case WatchType::kAdded:
    case WatchType::kModified:
    case WatchType::kDeleted: {
      Problems own(KeptMax<T>());
      event.object = ReadMember<T>(object, own);
      event.unreadable = own.empty() ? "" : own.texts().front();
      break;
    }
    case WatchType::kBookmark:
      event.object.meta.resource_version = object["metadata"]["resourceVersion"].RequiredText();
      break;
    case WatchType::kError: {
      Problems ignored;
      event.status = ReadApiStatus(object.Rebased("object", ignored));
      break;
    }
  }
  return Checked(std::move(event), problems);
}

bool DecodeAccessAllowed(const std::string& json) {
  Problems ignored;
  const Json tree = Parse(json, {}, ignored);
  return Reader(tree, "", ignored)["status"]["allowed"].Flag();
}

base::Result<std::string> DecodeServerVersion(const std::string& json) {
  Problems problems;
  const Json tree = Parse(json, {}, problems);
  std::string version = Reader(tree, "", problems)["gitVersion"].RequiredText();
  return Checked(std::move(version), problems);
}

#define CU_CODEC_KIND(Type, group_version, plural)                        \
  template base::Result<api::Type> Decode<api::Type>(const std::string&); \
  template base::Result<Page<api::Type>> DecodePage(const std::string&);  \
  template base::Result<WatchEvent<api::Type>> DecodeWatchEvent(const std::string&);
CU_KINDS(CU_CODEC_KIND)
#undef CU_CODEC_KIND

}  // namespace cu::codec
