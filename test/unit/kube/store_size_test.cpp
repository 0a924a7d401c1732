#include <cstddef>
#include <malloc.h>
#include <string>

#include <catch2/catch.hpp>

#include "api/objects.hpp"
#include "kube/store.hpp"
#include "unit/kube/peer.hpp"

/// What a store takes of memory, whatever others write.
namespace cu::kube {
namespace {

using test::LineJson;
using test::ListJson;

using Budgets = Store<api::PodDisruptionBudget>;

/// A budget whose selector has this many labels of about fifty bytes.
std::string BudgetJson(int number, int labels) {
  std::string selector;
  for (int i = 0; i < labels; ++i) {
    selector += (i == 0 ? "" : ",") + ("\"example.com/label-of-a-tenant-" + std::to_string(i)) +
                R"(":"value-)" + std::to_string(i) + R"(")";
  }
  return R"({"metadata":{"name":"b)" + std::to_string(number) +
         R"(","namespace":"team","uid":"u","resourceVersion":")" + std::to_string(100 + number) +
         R"("},"spec":{"maxUnavailable":1,"selector":{"matchLabels":{)" + selector + "}}}}";
}

std::size_t InUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_CASE("Of budgets of a megabyte each a few kilobytes are kept, and they are named", "[kube]") {
  constexpr int kBudgets = 15;
  constexpr int kLabels = 20'000;
  constexpr std::size_t kEach = 20 * 1024;
  Budgets store;
  const std::size_t before = InUse();
  for (int i = 0; i < kBudgets; ++i) {
    const bool last = i + 1 == kBudgets;
    REQUIRE(store.OnPage(ListJson("200", {BudgetJson(i, kLabels)}, last ? "" : "next"), i == 0));
  }
  store.OnListComplete();
  CHECK(InUse() - before < kBudgets * kEach);
  CHECK(store.items().size() == kBudgets);
  CHECK(store.unreadable().size() == kBudgets);
  CHECK(store.unreadable().at("team/b3") ==
        "spec.selector.matchLabels: takes more than 12288 bytes and is not wholly read");
  const api::PodDisruptionBudget& budget = *store.Find("team/b3");
  CHECK(budget.oversized);
  CHECK(budget.max_unavailable->value == 1);
  CHECK(budget.selector->match_labels.size() > 50);
  CHECK(budget.selector->match_labels.at("example.com/label-of-a-tenant-0") == "value-0");
}

TEST_CASE("All objects of a kind together take bounded memory", "[kube]") {
  constexpr int kBudgets = 1'540;
  constexpr int kLabels = 65;
  Budgets store;
  REQUIRE(store.OnPage(ListJson("50", {}), true));
  store.OnListComplete();
  const std::size_t before = InUse();
  for (int i = 0; i < kBudgets; ++i) {
    REQUIRE(store.OnLine(LineJson("ADDED", BudgetJson(i, kLabels))));
  }
  CHECK(store.items().size() == kBudgets);
  CHECK(InUse() - before < 2 * Budgets::kBytesMax);
  CHECK_FALSE(store.Find("team/b0")->oversized);
  const api::PodDisruptionBudget& last = *store.Find("team/b1539");
  CHECK(last.oversized);
  // It may select every pod of its namespace.
  REQUIRE(last.selector);
  CHECK(last.selector->empty());
  CHECK(store.unreadable().at("team/b1539").find("too much memory") != std::string::npos);
  SECTION("and there is room again when some are gone") {
    for (int i = 0; i < kBudgets / 2; ++i) {
      std::string gone = BudgetJson(i, 1);
      gone.replace(gone.find("\"resourceVersion\":\"") + 19,
                   std::to_string(100 + i).size(),
                   std::to_string(5000 + i));
      REQUIRE(store.OnLine(LineJson("DELETED", gone)));
    }
    REQUIRE(store.OnLine(LineJson("ADDED", BudgetJson(9000, kLabels))));
    CHECK_FALSE(store.Find("team/b9000")->oversized);
  }
}

TEST_CASE("What is listed again in the version that is held stays as it is", "[kube]") {
  Budgets store;
  REQUIRE(store.OnPage(ListJson("200", {BudgetJson(1, 3), BudgetJson(2, 3)}), true));
  store.OnListComplete();
  const auto changes = store.changes();
  REQUIRE(store.OnPage(ListJson("300", {BudgetJson(1, 3)}, "next"), true));
  REQUIRE(store.OnPage(ListJson("300", {BudgetJson(5, 3)}), false));
  store.OnListComplete();
  CHECK(store.changes() == changes + 2);
  CHECK(store.Find("team/b1") != nullptr);
  CHECK(store.Find("team/b2") == nullptr);
  CHECK(store.Find("team/b5") != nullptr);
}

}  // namespace
}  // namespace cu::kube
