#include "core/own_token_log.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "codec/decode/read_tokens.hpp"

namespace cu::core {
namespace {

constexpr std::size_t kSeenMax = 10;
/// Several API servers may answer in turn, some of which refuse the token.
constexpr std::chrono::minutes kLogEvery{1};

base::LogRecord TakenAgain(base::WallTime::duration away) {
  return {base::LogLevel::kInfo,
          "the API server takes the token again",
          {{"seconds", std::to_string(std::chrono::floor<std::chrono::seconds>(away).count())}}};
}

}  // namespace

void OwnTokenLog::Handle(const port::TokenRead& read) {
  const auto claims = codec::DecodeTokenClaims(read.header, read.claims);
  sent_ = claims.ok() ? std::optional(*claims) : std::nullopt;
  if (!sent_) {
    return;
  }
  auto& seen = tokens_.seen;
  const auto same = std::find_if(seen.begin(), seen.end(), [&](const auto& token) {
    return token.signer == sent_->signer && token.issuer == sent_->issuer;
  });
  if (same != seen.end()) {
    if (same->issued >= sent_->issued) {
      return;
    }
    seen.erase(same);
  }
  seen.push_back(*sent_);
  std::stable_sort(
      seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.issued < b.issued; });
  if (seen.size() > kSeenMax) {
    seen.erase(seen.begin());
  }
  ++changes_;
}

void OwnTokenLog::Serve(const kube::Calls& calls, base::Now now) {
  const bool refused = calls.refused_since().has_value();
  if (refused && !refused_since_) {
    NoteRefused(now);
  } else if (!refused && refused_since_) {
    if (std::exchange(told_, false)) {
      logs_.push_back(TakenAgain(now.wall - *refused_since_));
    }
    refused_since_.reset();
    ++changes_;
  }
}

void OwnTokenLog::NoteRefused(base::Now now) {
  refused_since_ = now.wall;
  ++changes_;
  if (sent_) {
    tokens_.refused = sent_;
  }
  if (last_told_ && now.steady - *last_told_ < kLogEvery) {
    return;
  }
  told_ = true;
  last_told_ = now.steady;
  base::LogRecord record{base::LogLevel::kWarning,
                         "the API server refuses the token of this process: nothing can be done "
                         "until its kubelet writes a new one",
                         {}};
  if (sent_) {
    record.fields = {{"signer", sent_->signer},
                     {"issued", base::FormatTime(sent_->issued)},
                     {"renewedBy", base::FormatTime(sent_->renewed_by)}};
  }
  logs_.push_back(std::move(record));
}

}  // namespace cu::core
