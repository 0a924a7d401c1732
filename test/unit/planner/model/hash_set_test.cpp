#include "planner/model/hash_set.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace cu::planner;

TEST_CASE("a hash is the same in every process, and differs for like texts", "[planner]") {
  CHECK(HashOf("") == 0xcbf29ce484222325U);
  CHECK(HashOf("a") == 0xaf63dc4c8601ec8cU);  // FNV-1a
  std::set<std::uint64_t> hashes;
  for (int i = 0; i < 1'000; ++i) {
    hashes.insert(HashOf("team-a/web-" + std::to_string(i)));
  }
  CHECK(hashes.size() == 1'000);
}

TEST_CASE("a set of hashes knows what it holds, and takes no more than it may", "[planner]") {
  HashSet set(2);
  CHECK_FALSE(set.Contains(5));
  CHECK(set.Insert(5));
  CHECK(set.Insert(3));
  CHECK_FALSE(set.Insert(5));
  CHECK(set.Contains(3));
  CHECK(set.Contains(5));
  CHECK(set.Insert(4));  // new, but there is no room to remember it
  CHECK_FALSE(set.Contains(4));
}
