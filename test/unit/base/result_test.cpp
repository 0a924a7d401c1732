#include "base/result.hpp"

#include <memory>
#include <string>

#include <catch2/catch.hpp>

using cu::base::Error;
using cu::base::ErrorKind;
using cu::base::Result;

TEST_CASE("a result holds a value or the reason why there is none", "[base]") {
  const Result<std::string> value(std::string("v1.36.3"));
  CHECK(value.ok());
  CHECK(static_cast<bool>(value));
  CHECK(*value == "v1.36.3");
  CHECK(value->size() == 7);

  const Result<std::string> failure(Error{ErrorKind::kGone, "too old"});
  CHECK_FALSE(failure.ok());
  CHECK(failure.error() == Error{ErrorKind::kGone, "too old"});
}

TEST_CASE("a value that can only be moved moves out of its result", "[base]") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = *std::move(result);
  CHECK(*taken == 5);
}

TEST_CASE("errors are equal when kind and message are", "[base]") {
  CHECK_FALSE(Error{ErrorKind::kGone, "x"} == Error{ErrorKind::kInvalid, "x"});
  CHECK_FALSE(Error{ErrorKind::kGone, "x"} == Error{ErrorKind::kGone, "y"});
}
