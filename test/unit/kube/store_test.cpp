#include "kube/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "api/objects.hpp"
#include "unit/kube/peer.hpp"

namespace cu::kube {
namespace {

using test::LineJson;
using test::ListJson;
using test::NodeJson;

using Nodes = Store<api::Node>;

std::string Names(const Nodes& store) {
  std::string names;
  for (const auto& [key, node] : store.items()) {
    names += key + "=" + node.meta.resource_version + " ";
  }
  return names;
}

void List(Nodes& store, const std::string& version, const std::vector<std::string>& items) {
  REQUIRE(store.OnPage(ListJson(version, items), true));
  store.OnListComplete();
}

std::string Line(Nodes& store, const std::string& type, const std::string& object) {
  const auto version = store.OnLine(LineJson(type, object));
  REQUIRE(version);
  return *version;
}

api::Node Written(const std::string& name, const std::string& version) {
  return *codec::Decode<api::Node>(NodeJson(name, version, "written"));
}

TEST_CASE("Resource versions compare as decimals", "[kube]") {
  CHECK(OlderResourceVersion("9", "10"));
  CHECK(OlderResourceVersion("", "1"));
  CHECK(OlderResourceVersion("99", "100"));
  CHECK_FALSE(OlderResourceVersion("10", "9"));
  CHECK_FALSE(OlderResourceVersion("10", "10"));
}

TEST_CASE("A complete list replaces what was there, in natural order", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("n10", "5"), NodeJson("n2", "6"), NodeJson("old", "7")});
  CHECK(Names(store) == "n2=6 n10=5 old=7 ");
  CHECK(store.changes() == 3);
  CHECK(store.resource_version() == "20");
  List(store, "30", {NodeJson("n2", "25", "v2"), NodeJson("n10", "5")});
  CHECK(Names(store) == "n2=25 n10=5 ");
  CHECK(store.changes() == 5);
  CHECK(store.Find("n2")->kubelet_version == "v2");
  CHECK(store.Find("old") == nullptr);
}

TEST_CASE("The old objects stay until a list is complete", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5"), NodeJson("b", "6")});
  const auto page = store.OnPage(ListJson("30", {NodeJson("a", "25")}, "more"), true);
  REQUIRE(page);
  CHECK(page->continue_token == "more");
  CHECK(page->resource_version == "30");
  CHECK(Names(store) == "a=5 b=6 ");
  SECTION("the next page completes it") {
    REQUIRE(store.OnPage(ListJson("30", {NodeJson("c", "26")}), false));
    store.OnListComplete();
    CHECK(Names(store) == "a=25 c=26 ");
  }
  SECTION("a list begun anew forgets the pages of the unfinished one") {
    List(store, "40", {NodeJson("b", "6")});
    CHECK(Names(store) == "b=6 ");
  }
}

TEST_CASE("A list older than what was seen is refused and changes nothing", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  Line(store, "BOOKMARK", NodeJson("", "25"));
  const auto page = store.OnPage(ListJson("24", {}), true);
  REQUIRE(page);
  CHECK(page->older_than == "25");
  CHECK(Names(store) == "a=5 ");
}

TEST_CASE("A store that was cleared takes an older list, and no answer before it", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5"), NodeJson("b", "6")});
  REQUIRE(store.OnPage(ListJson("30", {NodeJson("c", "26")}, "more"), true));
  store.Clear();
  CHECK(store.items().empty());
  CHECK(store.resource_version().empty());
  CHECK(store.changes() == 4);
  store.Adopt(Written("a", "30"));
  CHECK(store.items().empty());
  List(store, "12", {NodeJson("a", "4")});
  CHECK(Names(store) == "a=4 ");
  CHECK(store.resource_version() == "12");
}

TEST_CASE("A newer list that names an older object than was held is right", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "15", "v2"), NodeJson("b", "16")});
  store.Adopt(Written("b", "45"));
  List(store, "40", {NodeJson("a", "12", "v1"), NodeJson("b", "16")});
  CHECK(Names(store) == "a=12 b=45 ");
  CHECK(store.Find("a")->kubelet_version == "v1");
}

TEST_CASE("Watch lines add, change and remove", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  CHECK(Line(store, "ADDED", NodeJson("b", "21")) == "21");
  CHECK(Line(store, "MODIFIED", NodeJson("a", "22", "v2")) == "22");
  CHECK(Line(store, "DELETED", NodeJson("b", "23")) == "23");
  CHECK(Names(store) == "a=22 ");
  CHECK(store.changes() == 4);
  CHECK(store.resource_version() == "23");
}

TEST_CASE("What nobody reads is no change, but its version counts", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  Line(store, "MODIFIED", NodeJson("a", "21"));
  Line(store, "BOOKMARK", NodeJson("", "30"));
  CHECK(store.changes() == 1);
  CHECK(store.Find("a")->meta.resource_version == "21");
  CHECK(store.resource_version() == "30");
}

TEST_CASE("A line that was seen before does nothing", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  Line(store, "MODIFIED", NodeJson("a", "22", "v2"));
  Line(store, "DELETED", NodeJson("a", "23"));
  CHECK(Line(store, "MODIFIED", NodeJson("a", "22", "v2")) == "23");
  CHECK(Line(store, "ADDED", NodeJson("old", "9")) == "23");
  CHECK(Names(store).empty());
}

TEST_CASE("An own write's answer is adopted at once and only once", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  store.Adopt(Written("a", "30"));
  CHECK(Names(store) == "a=30 ");
  CHECK(store.changes() == 2);
  CHECK(store.resource_version() == "20");
  SECTION("the watch's older line is passed over") {
    Line(store, "MODIFIED", NodeJson("a", "25"));
    CHECK(Names(store) == "a=30 ");
  }
  SECTION("the watch's own copy changes nothing") {
    Line(store, "MODIFIED", NodeJson("a", "30", "written"));
    CHECK(store.changes() == 2);
  }
  SECTION("a list from before the write neither reverts nor removes it") {
    store.Adopt(Written("new", "31"));
    List(store, "24", {NodeJson("a", "22")});
    CHECK(Names(store) == "a=30 new=31 ");
    List(store, "32", {NodeJson("a", "30")});
    CHECK(Names(store) == "a=30 ");
  }
  SECTION("a deletion from before the write does not remove the new object") {
    Line(store, "DELETED", NodeJson("a", "28"));
    CHECK(Names(store) == "a=30 ");
  }
  SECTION("a deletion after it does") {
    Line(store, "DELETED", NodeJson("a", "31"));
    CHECK(Names(store).empty());
  }
  SECTION("an older answer does not go back") {
    store.Adopt(Written("a", "29"));
    CHECK(Names(store) == "a=30 ");
  }
}

TEST_CASE("The watch's line of a version that is held is not read to its end", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  store.Adopt(Written("a", "21"));
  const std::uint64_t changes = store.changes();
  std::string line = LineJson("MODIFIED", NodeJson("a", "21", "another"));
  line.resize(line.size() - 4);
  const auto version = store.OnLine(line);
  REQUIRE(version);
  CHECK(*version == "21");
  CHECK(store.resource_version() == "21");
  CHECK(store.changes() == changes);
  CHECK(store.Find("a")->kubelet_version == "written");

  SECTION("its deletion is") {
    CHECK(Line(store, "DELETED", NodeJson("a", "22")) == "22");
    CHECK(store.Find("a") == nullptr);
  }
  SECTION("another version is") {
    CHECK_FALSE(store.OnLine(LineJson("MODIFIED", NodeJson("a", "23")).substr(0, 60)));
    CHECK(Line(store, "MODIFIED", NodeJson("a", "23", "next")) == "23");
    CHECK(store.Find("a")->kubelet_version == "next");
  }
}

TEST_CASE("What has changed since is known by key, for the last 200 changes", "[kube]") {
  using Keys = std::vector<std::string>;
  Nodes store;
  List(store, "20", {NodeJson("a", "5"), NodeJson("b", "6")});
  const std::uint64_t listed = store.changes();
  CHECK(store.ChangedSince(listed) == Keys{});
  Line(store, "MODIFIED", NodeJson("b", "21", "v2"));
  Line(store, "ADDED", NodeJson("c", "22"));
  Line(store, "DELETED", NodeJson("a", "23"));
  CHECK(store.ChangedSince(listed) == Keys{"b", "c", "a"});
  CHECK(store.ChangedSince(listed + 2) == Keys{"a"});
  CHECK_FALSE(store.ChangedSince(store.changes() + 1));
  for (int i = 0; i < 199; ++i) {
    Line(store, "MODIFIED", NodeJson("b", std::to_string(100 + i), "v" + std::to_string(100 + i)));
  }
  CHECK_FALSE(store.ChangedSince(listed));
  CHECK(store.ChangedSince(store.changes() - 200)->size() == 200);
}

TEST_CASE("An answer that comes after the deletion was seen brings nothing back", "[kube]") {
  Nodes store;
  List(store, "20", {NodeJson("a", "5")});
  Line(store, "DELETED", NodeJson("a", "25"));
  store.Adopt(Written("a", "24"));
  CHECK(Names(store).empty());
  store.Adopt(Written("a", "26"));
  CHECK(Names(store) == "a=26 ");
}

TEST_CASE("An object that is not wholly readable is held, and named until it is", "[kube]") {
  const auto odd = [](const std::string& version) {
    return R"({"metadata":{"name":"a","resourceVersion":")" + version +
           R"("},"spec":{"unschedulable":"yes"}})";
  };
  const std::map<std::string, std::string> named{
      {"a", "spec.unschedulable: must be a boolean, not string"}};
  Nodes store;
  List(store, "20", {odd("5"), NodeJson("b", "6")});
  CHECK(Names(store) == "a=5 b=6 ");
  CHECK(store.unreadable() == named);
  Line(store, "MODIFIED", NodeJson("a", "21"));
  CHECK(store.unreadable().empty());
  Line(store, "MODIFIED", odd("22"));
  CHECK(store.unreadable() == named);
  SECTION("or is gone") {
    Line(store, "DELETED", odd("23"));
    CHECK(store.unreadable().empty());
  }
  SECTION("or the answer of an own write shows it whole") {
    store.Adopt(Written("a", "23"));
    CHECK(store.unreadable().empty());
  }
  SECTION("or a list shows that it is gone") {
    List(store, "30", {NodeJson("b", "6")});
    CHECK(store.unreadable().empty());
  }
}

TEST_CASE("At most a hundred objects are named as not wholly readable", "[kube]") {
  Nodes store;
  List(store, "20", {});
  for (int i = 0; i < 150; ++i) {
    Line(store,
         "ADDED",
         R"({"metadata":{"name":"n)" + std::to_string(i) + R"(","resourceVersion":")" +
             std::to_string(21 + i) + R"("},"spec":[]})");
  }
  CHECK(store.items().size() == 150);
  CHECK(store.unreadable().size() == 100);
}

TEST_CASE("Errors in the stream say what to do", "[kube]") {
  Nodes store;
  List(store, "20", {});
  const auto error = [&](const std::string& line) { return store.OnLine(line).error().kind; };
  CHECK(error(LineJson("ERROR", test::StatusJson(410, "Expired"))) == base::ErrorKind::kGone);
  CHECK(error(LineJson("ERROR", test::StatusJson(500, "InternalError"))) ==
        base::ErrorKind::kUnavailable);
  CHECK(error("{\"type\":") == base::ErrorKind::kMalformed);
  CHECK(store.OnPage("<html>", true).error().kind == base::ErrorKind::kMalformed);
}

}  // namespace
}  // namespace cu::kube
