#include "codec/decode/read_token_refresh.hpp"

#include <algorithm>

#include "api/names.hpp"

namespace cu::codec {
namespace {

int Count(const Reader& reader) {
  constexpr int kMost = 1'000'000'000;
  return reader.Int(0, 0, kMost);
}

/// What another release wrote is left out.
template <class Table>
auto Known(const Reader& reader, const Table& table, decltype(table[0].second) fallback) {
  Problems ignored;
  return reader.Rebased(reader.path(), ignored).Choose(table, fallback);
}

api::TokenKeys ReadKeys(const Reader& keys) {
  return {keys["signer"].Text(),
          keys["issuer"].Text(),
          keys["verifying"].Texts(),
          keys["authorities"].Texts(),
          keys["since"].Time()};
}

std::vector<api::TokenChangeReason> ReadReasons(const Reader& reasons) {
  std::vector<api::TokenChangeReason> read;
  for (const auto& [name, reason] : api::kTokenChangeReasons) {
    const std::vector<std::string> texts = reasons.Texts();
    if (std::find(texts.begin(), texts.end(), name) != texts.end()) {
      read.push_back(reason);
    }
  }
  return read;
}

std::optional<api::TokenChange> ReadChange(const Reader& reader) {
  if (!reader.present()) {
    return std::nullopt;
  }
  api::TokenChange change;
  change.reasons = ReadReasons(reader["reasons"]);
  change.urgency = Known(reader["urgency"], api::kTokenUrgencies, change.urgency);
  change.old_signers = reader["oldSigners"].Texts();
  change.seen = reader["seenTime"].Time().value_or(base::WallTime{});
  change.settled_by = Known(reader["settledBy"], api::kSettledBy, change.settled_by);
  change.since = reader["since"].Time();
  change.authority_since = reader["authoritySince"].Time();
  change.completed = reader["completionTime"].Time();
  return change;
}

}  // namespace

api::TokenRefreshSpec ReadTokenRefreshSpec(const Reader& reader) {
  api::TokenRefreshSpec spec;
  spec.mode = reader["mode"].Choose(api::kTokenRefreshModes, spec.mode);
  spec.started_before = reader["startedBefore"].Time();
  spec.namespaces = reader["namespaces"].Texts();
  spec.exclude_namespaces = reader["excludeNamespaces"].Texts();
  return spec;
}

std::optional<api::TokenRefreshStatus> ReadTokenRefreshStatus(const Reader& reader) {
  if (!reader.present()) {
    return std::nullopt;
  }
  api::TokenRefreshStatus status;
  status.phase = Known(reader["phase"], api::kTokenPhases, status.phase);
  status.keys = ReadKeys(reader["keys"]);
  status.change = ReadChange(reader["change"]);
  const Reader pods = reader["pods"];
  status.pods = {Count(pods["stale"]), Count(pods["current"]), Count(pods["skipped"])};
  status.look_time = reader["lookTime"].Time();
  status.laggards = reader["laggards"].Texts();
  status.laggards_total = Count(reader["laggardsTotal"]);
  status.droppable = reader["droppable"].Texts();
  return status;
}

}  // namespace cu::codec
