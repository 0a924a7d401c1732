#pragma once
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

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
  /// Pre: ok(); aborts otherwise.
  const T& value() const& {
    if (const T* held = std::get_if<0>(&held_)) {
      return *held;
    }
    std::abort();
  }
  T&& value() && {
    if (T* held = std::get_if<0>(&held_)) {
      return std::move(*held);
    }
    std::abort();
  }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  /// Pre: !ok(); aborts otherwise.
  const Error& error() const {
    if (const Error* held = std::get_if<1>(&held_)) {
      return *held;
    }
    std::abort();
  }

 private:
  std::variant<T, Error> held_;
};

}  // namespace cu::base
