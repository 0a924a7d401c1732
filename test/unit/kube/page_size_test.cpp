#include "kube/page_size.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace cu::kube {
namespace {

TEST_CASE("A page that is too large shrinks to one object in three steps", "[kube]") {
  PageSize size;
  std::string sizes;
  while (size.Shrink()) {
    sizes += std::to_string(size.value()) + " ";
  }
  CHECK(sizes == "12 1 ");
  CHECK(size.value() == 1);
}

TEST_CASE("A page asks for as many objects as fit 2 MiB, and grows by doubling", "[kube]") {
  PageSize size;
  size.Took(std::size_t{30} << 20U, 100);
  CHECK(size.value() == 6);
  size.Took(0, 0);
  CHECK(size.value() == 6);
  size.Took(6 << 10U, 6);
  CHECK(size.value() == 12);
  for (int i = 0; i < 9; ++i) {
    size.Took(1 << 10U, 10);
  }
  CHECK(size.value() == PageSize::kMost);
  size.Took(std::size_t{3} << 20U, 1);
  CHECK(size.value() == 1);
}

}  // namespace
}  // namespace cu::kube
