#pragma once
#include <string>
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace cu::base {

/// Named for the action that the kind asks of the caller.
enum class ErrorKind {
  kNotFound,
  kConflict,
  kGone,
  kThrottled,
  kForbidden,
  kInvalid,
  kMalformed,
  kTooLarge,
  kTimeout,
  kUnavailable
};

struct Error {
  ErrorKind kind = ErrorKind::kInvalid;
  std::string message;
  bool operator==(const Error&) const = default;
};

/// A value or the reason why there is none. Dropping one is a compile error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}      // NOLINT(google-explicit-constructor): returned
  Result(Error error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor): returned

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// Pre: ok(); checked.
  const T& value() const& {
    CU_CHECK(ok());
    return *std::get_if<0>(&held_);
  }
  T&& value() && {
    CU_CHECK(ok());
    return std::move(*std::get_if<0>(&held_));
  }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  /// Pre: !ok(); checked.
  const Error& error() const {
    CU_CHECK(!ok());
    return *std::get_if<1>(&held_);
  }

 private:
  std::variant<T, Error> held_;
};

}  // namespace cu::base
