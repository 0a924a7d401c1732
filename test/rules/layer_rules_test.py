"""Holds the tree to layer_rules.py, and layer_rules.py to small bad examples."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import layer_rules as rules  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = rules.read_tree(ROOT, ["controller"], (".cpp", ".hpp"))
TESTS = rules.read_tree(ROOT, ["test"], (".cpp", ".hpp", ".py"))
# What speaks for the project; this folder quotes the forbidden on purpose.
WORDS = {path: text
         for path, text in rules.read_tree(
             ROOT, ["controller", "test", "docs", "deploy", "charts", "crds"],
             (".cpp", ".hpp", ".py", ".md", ".yaml", ".txt", ".json")).items()
         if not path.startswith("test/rules/")}


class TheTree(unittest.TestCase):
    def hold(self, check, texts, *more):
        findings = [finding for path, text in texts.items() for finding in check(path, text, *more)]
        self.assertEqual([], findings, "\n" + "\n".join(findings))

    def test_there_is_something_to_check(self):
        self.assertGreater(len(SOURCES), 80)
        self.assertGreater(len(TESTS), 30)

    def test_layers_use_only_what_their_row_names(self):
        self.hold(rules.check_includes, SOURCES)

    def test_rooms_use_only_those_before_them(self):
        self.hold(rules.check_rooms, SOURCES)

    def test_rooms_are_folders(self):
        for layer, rooms in rules.ROOMS.items():
            folders = {path.name for path in (ROOT / "controller" / layer).iterdir() if path.is_dir()}
            self.assertEqual(set(rooms), folders, layer)

    def test_file_names_stand_for_one_thing(self):
        self.assertEqual([], list(rules.check_names(SOURCES)))

    def test_sources_have_headers(self):
        self.assertEqual([], list(rules.check_headers(SOURCES)))

    def test_headers_of_the_planner_have_sources(self):
        self.assertEqual([], list(rules.check_sources(SOURCES)))

    def test_tests_of_the_planner_are_those_of_its_sources(self):
        folders = {rules.planner_room(path, "controller/planner/") for path in SOURCES} - {None}
        self.assertEqual({"", *rules.ROOMS["planner"]}, folders)
        for room in sorted(folders):
            with self.subTest(room=room or "planner"):
                self.assertEqual([], list(rules.check_planner_tests(room, SOURCES, TESTS)))

    def test_tests_of_the_planner_lie_in_its_rooms(self):
        folders = {rules.planner_room(path, rules.PLANNER_TESTS) for path in TESTS} - {None}
        self.assertEqual(set(), folders - {"", "stories", *rules.ROOMS["planner"]})

    def test_parts_of_the_planner_change_no_planning(self):
        self.hold(rules.check_planning, SOURCES)

    def test_cmake_links_the_same_layers(self):
        text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        rows = re.findall(r"(?m)^cu_(?:pure_)?layer\((\w+)([^)]*)\)", text)
        self.assertEqual(set(rules.LAYERS), {name for name, _ in rows})
        for name, links in rows:
            reachable, todo = set(), re.findall(r"\bcu_(\w+)", links)
            while todo:
                layer = todo.pop()
                reachable.add(layer)
                todo += rules.LAYERS[layer]
            if name == "serving":  # it links the core for one header
                reachable = {"base", "core"}
            self.assertEqual(set(rules.LAYERS[name]), reachable, name)

    def test_private_headers_stay_private(self):
        private = rules.private_headers(SOURCES)
        self.assertIn("planner/model/planning.hpp", private)
        self.hold(rules.check_private, SOURCES, private)

    def test_own_header_comes_first(self):
        headers = {path.removeprefix("controller/") for path in SOURCES}
        self.hold(rules.check_own_header_first, SOURCES, headers)

    def test_sources_have_headers_and_tests_of_their_names(self):
        self.hold(rules.check_mirrored, SOURCES, {*SOURCES, *TESTS})

    def test_pure_layers_are_pure(self):
        self.hold(rules.check_purity, SOURCES)

    def test_no_default_over_enumerations(self):
        self.hold(rules.check_default, SOURCES)

    def test_files_are_short(self):
        self.hold(rules.check_size, {**SOURCES, **TESTS})

    def test_words(self):
        self.hold(rules.check_words, WORDS)

    def test_suppressions_have_reasons_and_do_not_grow(self):
        self.hold(rules.check_nolint, SOURCES)
        self.assertLessEqual(rules.count_nolint(SOURCES), rules.NOLINT_MAX)


class TheChecker(unittest.TestCase):
    """Every rule can fail."""

    def assert_finds(self, check, path, bad, *more):
        self.assertNotEqual([], list(check(path, bad, *more)), bad)

    def assert_passes(self, check, path, good, *more):
        self.assertEqual([], list(check(path, good, *more)), good)

    def test_includes(self):
        check, path = rules.check_includes, "controller/planner/plan.cpp"
        self.assert_passes(check, path, '#include "planner/plan.hpp"\n#include "api/meta.hpp"\n#include <map>\n')
        self.assert_finds(check, path, '#include "kube/store.hpp"\n')
        self.assert_finds(check, path, '#include "plan.hpp"\n')
        self.assert_finds(check, path, "#include <nlohmann/json.hpp>\n")
        self.assert_finds(check, "controller/serving/metrics.cpp", '#include "core/controller.hpp"\n')
        self.assert_passes(check, "controller/serving/metrics.cpp", '#include "core/telemetry/view.hpp"\n')
        self.assert_finds(check, "controller/io/loop.cpp", "#include <cpprest/http_client.h>\n")
        self.assert_finds(check, "controller/io/loop.cpp", '#include "io/body_sink.hpp"\n')
        self.assert_finds(check, "controller/io/loop.cpp", "#include <nlohmann/json.hpp>\n")
        self.assert_finds(check, "controller/base/time.cpp", "#include <openssl/sha.h>\n")
        self.assert_finds(check, "controller/extra/a.cpp", "")

    def test_rooms(self):
        check, path = rules.check_rooms, "controller/planner/nodes/steps.cpp"
        for good in ["planner/nodes/steps.hpp", "planner/executors/executor.hpp", "planner/target/scope.hpp",
                     "api/meta.hpp", "map"]:
            self.assert_passes(check, path, f'#include "{good}"\n')
        for bad in ["planner/gates/gate.hpp", "planner/report/counts.hpp", "planner/plan.hpp"]:
            self.assert_finds(check, path, f'#include "{bad}"\n')
        self.assert_passes(check, "controller/planner/plan.cpp", '#include "planner/edits.hpp"\n')
        self.assert_passes(check, "controller/kube/store.cpp", '#include "kube/paths.hpp"\n')
        self.assert_finds(check, "controller/planner/attic/a.cpp", "")

    def test_names(self):
        good = {"controller/kube/store.hpp": "", "controller/kube/store.cpp": "", "controller/io/loop.cpp": ""}
        self.assertEqual([], list(rules.check_names(good)))
        for bad in ["controller/io/store.hpp", "controller/io/store.cpp", "controller/kube/inner/store.hpp"]:
            self.assertEqual(1, len(list(rules.check_names({**good, bad: ""}))), bad)

    def test_headers(self):
        good = {"controller/io/loop.cpp": "", "controller/io/loop.hpp": "", "controller/io/a.hpp": "",
                "controller/main.cpp": ""}
        self.assertEqual([], list(rules.check_headers(good)))
        for bad in ["controller/io/b.cpp", "controller/kube/loop.cpp"]:
            self.assertEqual(1, len(list(rules.check_headers({**good, bad: ""}))), bad)

    def test_sources(self):
        exempt = {path: "" for path in rules.WITHOUT_SOURCE}
        good = {"controller/planner/plan.cpp": "", "controller/planner/plan.hpp": "", "controller/io/a.hpp": ""}
        self.assertEqual([], list(rules.check_sources({**exempt, **good})))
        for bad in ["controller/planner/a.hpp", "controller/planner/nodes/plan.hpp"]:
            self.assertEqual(1, len(list(rules.check_sources({**exempt, **good, bad: ""}))), bad)
        for path in exempt:
            source = path.replace(".hpp", ".cpp")
            self.assertEqual(1, len(list(rules.check_sources({**exempt, source: ""}))), path)
            self.assertEqual(1, len(list(rules.check_sources(
                {other: "" for other in exempt if other != path}))), path)

    def test_planner_tests(self):
        def found(room, sources, tests):
            return len(list(rules.check_planner_tests(room, {path: "" for path in sources}, tests)))

        source = "controller/planner/nodes/steps.cpp"
        test = "test/unit/planner/nodes/steps_test.cpp"
        own = '#include "planner/nodes/steps.hpp"\n#include <string>\n'
        self.assertEqual(0, found("nodes", [source], {test: own}))
        self.assertEqual(0, found("nodes", [source], {}))
        self.assertEqual(0, found("nodes", [source], {"test/unit/planner/steps_test.cpp": own}))
        self.assertEqual(1, found("", [source], {"test/unit/planner/steps_test.cpp": own}))
        self.assertEqual(1, found("nodes", [source], {test: '#include <string>\n' + own}))
        self.assertEqual(1, found("nodes", [source], {test: ""}))
        for name, findings in {"steps_more_test.cpp": 0, "stepsmore_test.cpp": 1, "more_test.cpp": 1,
                               "scene.cpp": 0}.items():
            more = "test/unit/planner/nodes/" + name
            self.assertEqual(findings, found("nodes", [source], {test: own, more: own}), name)
        more = "test/unit/planner/nodes/steps_more_test.cpp"
        self.assertEqual(0, found("nodes", [source], {test: own, more: '#include <string>\n' + own}))
        self.assertEqual(1, found("nodes", [source], {test: own, more: '#include <string>\n'}))
        longer = source.replace("steps", "steps_of")
        of = own.replace("steps", "steps_of")
        self.assertEqual(0, found("nodes", [source, longer], {test: own, test.replace("steps", "steps_of"): of}))
        self.assertEqual(1, found("nodes", [source, longer], {test: own, test.replace("steps", "steps_of"): own}))
        plan, whole = "controller/planner/plan.cpp", "test/unit/planner/upgrade_test.cpp"
        plan_test = {"test/unit/planner/plan_test.cpp": '#include "planner/plan.hpp"\n'}
        self.assertEqual(0, found("", [plan, source], {**plan_test, whole: ""}))
        self.assertEqual(1, found("", [plan], {**plan_test, "test/unit/planner/other_test.cpp": own}))

    def test_planning(self):
        check, path = rules.check_planning, "controller/planner/nodes/steps.cpp"
        for bad in ["void Advance(Planning& planning);", "void Advance(Planning *planning);", "Planning copy = a;",
                    "void Advance(Planning planning) {", "auto& p = const_cast<Planning&>(planning);",
                    "Planning&& taken", "planner::Planning& planning"]:
            self.assert_finds(check, path, bad)
            self.assert_passes(check, "controller/planner/plan.cpp", bad)
            self.assert_passes(check, "controller/planner/model/planning.hpp", bad)
            self.assert_passes(check, "controller/core/reconciler.cpp", bad)
        for good in ["void Advance(const Planning& planning);", "const Planning* planning_;", "class Planning;",
                     "// Planning& planning", '#include "planner/model/planning.hpp"', "const Planning & planning"]:
            self.assert_passes(check, path, good)

    def test_private_and_own_header(self):
        self.assert_finds(rules.check_private, "controller/core/a.cpp", '#include "planner/model/planning.hpp"\n',
                          {"planner/model/planning.hpp": "planner"})
        self.assert_finds(rules.check_own_header_first, "controller/core/a.cpp",
                          '#include <map>\n#include "core/a.hpp"\n', {"core/a.hpp"})

    def test_mirrored(self):
        paths = {"controller/io/a.hpp", "test/unit/io/a_test.cpp"}
        self.assert_passes(rules.check_mirrored, "controller/io/a.cpp", "", paths)
        for missing in paths:
            self.assert_finds(rules.check_mirrored, "controller/io/a.cpp", "", paths - {missing})
        room = {"controller/planner/nodes/a.hpp", "test/unit/planner/nodes/a_test.cpp"}
        self.assert_passes(rules.check_mirrored, "controller/planner/nodes/a.cpp", "", room)
        self.assert_finds(rules.check_mirrored, "controller/planner/gates/a.cpp", "", room)

    def test_purity(self):
        for bad in ["auto t = std::chrono::steady_clock::now();", "std::thread t;", "std::mutex m;",
                    "std::atomic<int> n;", 'getenv("X");', "std::cout << 1;", 'printf("x");', 'std::fprintf(f, "x");',
                    "std::random_device d;", "int x = rand();", "std::this_thread::sleep_for(x);",
                    "#include <sys/socket.h>", "std::unordered_map<int, int> m;", "static int count = 0;",
                    "  static std::map<int, int> cache;", "std::ifstream f;", "thread_local int x;"]:
            self.assert_finds(rules.check_purity, "controller/core/a.cpp", bad + "\n")
            self.assert_passes(rules.check_purity, "controller/io/a.cpp", bad + "\n")
        for good in ["// std::thread", 'std::string s = "getenv(";', "static constexpr int k = 1;",
                     "static const char* Name();", "static Move Next(State from);", "std::snprintf(a, 1, b);",
                     "base::Now now;", "draft.now()", "static void Check(bool held) {", "static_assert(true);"]:
            self.assert_passes(rules.check_purity, "controller/core/a.cpp", good + "\n")

    def test_default(self):
        self.assert_finds(rules.check_default, "controller/core/a.cpp",
                          "switch (step) { case Step::kA: return; default: return; }")
        self.assert_passes(rules.check_default, "controller/core/a.cpp",
                           "switch (code) { case 404: return; default: return; }")

    def test_size_words_and_suppressions(self):
        self.assert_finds(rules.check_size, "controller/a.cpp", "\n" * 401)
        self.assert_passes(rules.check_size, "controller/a.cpp", "\n" * 400)
        for name in ["controller/core/util.hpp", "controller/core/string_helpers.cpp", "test/common/a.py"]:
            self.assert_finds(rules.check_words, name, "")
        self.assert_finds(rules.check_words, "controller/core/a.hpp", "// TODO: later")
        self.assert_finds(rules.check_words, "docs/a.md", "see /root/thing")
        self.assert_passes(rules.check_words, "docs/a.md", "see controller/io/root/thing and $HOME/work/x")
        self.assert_finds(rules.check_nolint, "controller/a.cpp", "x;  // NOLINT")
        self.assert_finds(rules.check_nolint, "controller/a.cpp", "x;  // NOLINT(some-check)")
        self.assert_passes(rules.check_nolint, "controller/a.cpp", "x;  // NOLINT(some-check): a reason")


if __name__ == "__main__":
    unittest.main(verbosity=1)
