"""What tidy.py takes a source's findings to depend on."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tidy  # noqa: E402

TREE = {
    "io/a.cpp": '#include "io/a.hpp"\n\n#include <map>\n  # include "base/b.hpp"\n',
    "io/a.hpp": '#pragma once\n#include "base/b.hpp"\n#include "missing.hpp"\n',
    "base/b.hpp": '#include "io/a.hpp"\n',
    "io/other.hpp": "",
}


def key(tree, circumstances=("version", "rules", "command")):
    return tidy.key("io/a.cpp", tree.get, list(circumstances))


class Key(unittest.TestCase):
    def test_what_is_included_is_followed_also_in_a_circle(self):
        self.assertEqual({"io/a.cpp", "io/a.hpp", "base/b.hpp"}, set(tidy.closure("io/a.cpp", TREE.get)))

    def test_a_change_of_anything_that_is_included_is_another_key(self):
        for name in ("io/a.cpp", "io/a.hpp", "base/b.hpp"):
            self.assertNotEqual(key(TREE), key({**TREE, name: TREE[name] + "// more\n"}), name)

    def test_a_change_of_anything_else_is_not(self):
        self.assertEqual(key(TREE), key({**TREE, "io/other.hpp": "// more\n"}))

    def test_version_rules_and_command_count(self):
        for changed in (("x", "rules", "command"), ("version", "x", "command"), ("version", "rules", "x")):
            self.assertNotEqual(key(TREE), key(TREE, changed))


class Order(unittest.TestCase):
    def test_what_changed_last_comes_first(self):
        changed = {"old.cpp": 100, "new.cpp": 200}
        self.assertEqual(["uncommitted.cpp", "new.cpp", "old.cpp"],
                         tidy.newest_first(["old.cpp", "uncommitted.cpp", "new.cpp"], changed))

    def test_changes_are_read_from_the_repository(self):
        changed = tidy.last_changes()
        if changed:  # else this is no clone
            self.assertGreater(changed["main.cpp"], 1_500_000_000)


if __name__ == "__main__":
    unittest.main(verbosity=1)
