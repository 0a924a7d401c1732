#pragma once
#include <string>
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace cu::base {

/// As far as callers tell errors apart; the message says the rest.
enum class ErrorKind {
  kGone,         ///< 410: what was asked for existed once; list anew
  kInvalid,      ///< the request, a setting or a file is wrong in itself
  kMalformed,    ///< what came cannot be read
  kRefused,      ///< the API server understood and refused
  kTooLarge,     ///< more than the reader takes
  kTimeout,      ///< no answer in time; it may still have been carried out
  kUnavailable,  ///< not to be had now; the next try may succeed
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
    CU_CHECK(held_.index() == 1);
    return *std::get_if<1>(&held_);
  }

 private:
  std::variant<T, Error> held_;
};

}  // namespace cu::base
