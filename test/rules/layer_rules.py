"""The rules of docs/STYLE.md that a program can check. Each function takes a file's path (relative
to the root, with slashes) and its text, and yields findings as sentences."""
import pathlib
import re

# A folder of controller/ and the folders that it may include (docs/ARCHITECTURE.md; CMakeLists.txt links the same).
LAYERS = {
    "base": [],
    "port": ["base"],
    "api": ["base"],
    "codec": ["base", "api"],
    "planner": ["base", "api"],
    "kube": ["base", "port", "api", "codec"],
    "core": ["base", "port", "api", "codec", "planner", "kube"],
    "access": ["base"],
    "io": ["base", "port", "access"],
    "serving": ["base", "core"],
    "config": ["base", "api", "access"],
}
PURE = ["base", "port", "api", "codec", "planner", "kube", "core"]
# Beyond its layer's row: all that serving/ may know of the core.
SERVING_SEES = "core/telemetry/view.hpp"

# Folders inside a layer, in order: a file may include only its own folder and those before it. Files
# that lie directly in the layer come last.
ROOMS = {
    "planner": ["target", "model", "pods", "tokens", "executors", "nodes", "gates", "report"],
}

# It has nothing to declare.
PROGRAM = "controller/main.cpp"
# Headers of the planner that hold plain values and have nothing to define.
WITHOUT_SOURCE = {
    "controller/planner/model/memory.hpp",
    "controller/planner/model/pod_plan.hpp",
    "controller/planner/model/wanted_watch.hpp",
    "controller/planner/target/hold.hpp",
    "controller/planner/tokens/token_work.hpp",
}

# Tests of the planner as a whole, which mirror no source of it.
PLANNER_TESTS = "test/unit/planner/"
WHOLE_PLANNER = re.compile(r"(transitions|upgrade|stories/\w+)_test\.cpp")

# Where alone a Planning may be changed: what makes plans, and the class itself.
PLANNING_MAKERS = re.compile(r"controller/planner/(plan\.cpp|model/planning\.[ch]pp)")

# Third-party headers by prefix, and where they may be included.
THIRD_PARTY = {
    "nlohmann/": r"controller/(codec/((\w+/)?\w+\.cpp|json\.hpp)|io/log_writer\.cpp)",
    "openssl/": r"controller/(base/(sha256|base64)|access/tls|io/http_transport)\.cpp",
    "cpprest/": r"controller/io/(http_transport\.cpp|body_sink\.hpp)",
    "pplx/": r"controller/io/(http_transport\.cpp|body_sink\.hpp)",
    "prometheus/": r"controller/serving/\w+\.[ch]pp",
    "boost/": r"controller/(io/http_transport|serving/http_server)\.cpp",
    "yaml-cpp/": r"controller/(access/kubeconfig|config/settings)\.cpp",
    "CLI/": r"controller/config/settings\.cpp",
}
# Headers that one source alone may include, since they drag a third party in.
ONLY_FROM = {"io/body_sink.hpp": "controller/io/http_transport.cpp"}

# Layers in which every source has a header and a test of its own name.
MIRRORED = ["codec", "planner", "kube", "core", "access", "io", "serving", "config"]

# What a pure layer never says. Time, randomness and the outside come in as values.
IMPURE = {
    r"::now\s*\(": "reads a clock",
    r"\bstd::(jthread|thread|mutex|shared_mutex|atomic\w*|condition_variable\w*|async)\b": "uses threads",
    r"\b(std::)?(secure_)?getenv\s*\(": "reads the environment",
    r"\bstd::(cout|cerr|clog)\b|\b(std::)?f?printf\s*\(|\b(std::)?puts\s*\(": "writes output",
    r"\b(std::)?fopen\s*\(|\bstd::[io]?fstream\b|<fstream>|<filesystem>": "touches files",
    r"\bstd::random_device\b|\b(std::)?s?rand\s*\(": "draws from a global random source",
    r"\b(u|nano)?sleep(_for|_until)?\s*\(": "sleeps",
    r"<(sys/socket|netinet/\w+|netdb|poll|sys/\w+|unistd|pthread|thread|mutex|atomic)(\.h)?>": "includes a header of the system",
    r"\bunordered_(map|set|multimap|multiset)\b": "uses an unordered container",
    r"\bthread_local\b": "has state of its own",
    r"(?m)^\s*static\s+(?!const\b|constexpr\b|inline\b)[\w:<>,\s*&]+?\s\w+\s*(=|\{|;)": "has mutable static state",
}
LINES_MAX = 400
BANNED_WORDS = re.compile(r"(^|_|/)(util|utils|common|helper|helpers|manager|misc)(_|\.|/|$)")
# May only fall. Each one needs its check and a reason after a colon.
NOLINT_MAX = 4
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(work|root|home/\w+)/\w")


def strip(text):
    """The text with comments and the contents of literals blanked, line by line as before."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

    def blank(match):
        found = match.group(0)
        if found.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]

    return pattern.sub(blank, text)


def layer_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "controller" else None


def includes(text):
    return re.findall(r'(?m)^\s*#\s*include\s+(["<])([^">]+)[">]', text)


def check_includes(path, text):
    layer = layer_of(path)
    if layer is None:
        return
    if layer not in LAYERS:
        yield f"{path}: folder {layer} is no layer of docs/ARCHITECTURE.md"
        return
    for bracket, header in includes(text):
        for prefix, allowed in THIRD_PARTY.items():
            if header.startswith(prefix) and not re.fullmatch(allowed, path):
                yield f"{path}: includes <{header}>, which belongs to {allowed}"
        if bracket == "<":
            continue
        used = header.split("/")[0]
        if "/" not in header:
            yield f'{path}: include "{header}" does not start at controller/'
        elif used != layer and used not in LAYERS[layer]:
            yield f"{path}: layer {layer} may not use {header}"
        elif layer == "serving" and used == "core" and header != SERVING_SEES:
            yield f"{path}: of the core, serving may know {SERVING_SEES} alone, not {header}"
        if header in ONLY_FROM and ONLY_FROM[header] != path:
            yield f"{path}: {header} is for {ONLY_FROM[header]} alone"


def room_of(path):
    """Layer and place in its ROOMS of "planner/nodes/steps.hpp", the place None for a folder that is no
    room; None in a layer without rooms."""
    layer, *folders = path.split("/")
    rooms = ROOMS.get(layer)
    if rooms is None or not folders:
        return None
    if len(folders) == 1:
        return layer, len(rooms)
    return layer, rooms.index(folders[0]) if folders[0] in rooms else None


def check_rooms(path, text):
    own = room_of(path.removeprefix("controller/"))
    if own is None:
        return
    layer, place = own
    if place is None:
        yield f"{path}: its folder has no place in the order of {layer}/"
        return
    for _, header in includes(text):
        used = room_of(header)
        if used and used[0] == layer and used[1] is not None and used[1] > place:
            yield f"{path}: {header} comes later in the order of {layer}/"


def check_names(texts):
    """A file name stands for one thing: for a header and its source."""
    folders = {}
    for path in texts:
        folder, _, name = path.rpartition("/")
        folders.setdefault(name.rsplit(".", 1)[0], set()).add(folder)
    for stem, found in sorted(folders.items()):
        if len(found) > 1:
            yield f"{stem}: a file name in {', '.join(sorted(found))}"


def check_headers(texts):
    """A source has a header of its name beside it, which says what it is for."""
    without = {path for path in texts
               if path.endswith(".cpp") and path != PROGRAM and path[:-len("cpp")] + "hpp" not in texts}
    for path in sorted(without):
        yield f"{path}: it has no header of its name beside it"


def check_sources(texts):
    """A header of the planner has a source of its name beside it."""
    without = {path for path in texts
               if path.startswith("controller/planner/") and path.endswith(".hpp")
               and path[:-len("hpp")] + "cpp" not in texts}
    for path in sorted(without - WITHOUT_SOURCE):
        yield f"{path}: it has no source of its name beside it"
    for path in sorted(WITHOUT_SOURCE - without):
        yield f"{path}: in order or gone, so it leaves WITHOUT_SOURCE"


def planner_room(path, root):
    """Folder of a file below `root`, "" for one that lies in it directly; None for a file elsewhere."""
    return path.removeprefix(root).rpartition("/")[0] if path.startswith(root) else None


def check_planner_tests(room, sources, tests):
    """A test in a room of test/unit/planner is that of a source in the same room of the planner, whose header
    it includes first, or a further one, <name>_<more>_test.cpp, which includes that header."""
    stems = {path.removeprefix("controller/planner/").removesuffix(".cpp") for path in sources
             if planner_room(path, "controller/planner/") == room and path.endswith(".cpp")}
    for path in sorted(tests):
        name = path.removeprefix(PLANNER_TESTS)
        if planner_room(path, PLANNER_TESTS) != room or not name.endswith("_test.cpp") or WHOLE_PLANNER.fullmatch(name):
            continue
        mirror = name.removesuffix("_test.cpp")
        of = [stem for stem in stems if mirror == stem or mirror.startswith(stem + "_")]
        if not of:
            yield f"{path}: a test of no source in controller/planner/{room}"
            continue
        header = f"planner/{max(of, key=len)}.hpp"
        found = [header for _, header in includes(tests[path])]
        if header not in found:
            yield f"{path}: the header of what it tests is not included"
        elif mirror in stems and found[0] != header:
            yield f"{path}: the header of what it tests is not included first"


def check_planning(path, text):
    """The parts of the planner ask a Planning; only what makes the plan changes it."""
    if layer_of(path) != "planner" or PLANNING_MAKERS.fullmatch(path):
        return
    code = strip(text)
    for match in re.finditer(r"(?<!\bconst )(?<!\bclass )\bPlanning\b", code):
        line = code.count("\n", 0, match.start()) + 1
        yield f"{path}:{line}: a Planning that may be changed"


def check_private(path, text, private):
    """`private` maps a header to the layer that it says it is private to."""
    for _, header in includes(text):
        owner = private.get(header)
        if owner and layer_of(path) != owner:
            yield f"{path}: {header} is private to {owner}/"


def check_own_header_first(path, text, headers):
    own = path.removeprefix("controller/").removesuffix(".cpp") + ".hpp"
    found = [header for _, header in includes(text)]
    if path.endswith(".cpp") and own in headers and found[:1] != [own]:
        yield f"{path}: its own header is not included first"


def check_mirrored(path, text, paths):
    """`paths`: every file of controller/ and test/."""
    layer = layer_of(path)
    if layer not in MIRRORED or not path.endswith(".cpp"):
        return
    stem = path.removeprefix("controller/").removesuffix(".cpp")
    for wanted in (f"controller/{stem}.hpp", f"test/unit/{stem}_test.cpp"):
        if wanted not in paths:
            yield f"{path}: there is no {wanted}"


# Says what contract was broken while the program ends.
LAST_WORDS = "controller/base/check.cpp"


def check_purity(path, text):
    if layer_of(path) not in PURE or path == LAST_WORDS:
        return
    code = strip(text)
    for pattern, what in IMPURE.items():
        match = re.search(pattern, code)
        if match:
            line = code.count("\n", 0, match.start(0) + len(match.group(0)) - len(match.group(0).lstrip())) + 1
            yield f"{path}:{line}: a pure layer {what}"


def check_default(path, text):
    """No default over our enumerations: a new enumerator must not pass unseen. Over numbers it is needed."""
    if layer_of(path) not in PURE:
        return
    code = strip(text)
    for match in re.finditer(r"\bdefault\s*:", code):
        switch = code.rfind("switch", 0, match.start())
        case = re.search(r"\bcase\s+([^:]+):", code[switch:])
        if case is None or not re.match(r"-?\d|'", case.group(1)):
            line = code.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: default: in a switch over an enumeration"


def check_size(path, text):
    lines = text.count("\n")
    if lines > LINES_MAX:
        yield f"{path}: {lines} lines, more than {LINES_MAX}"


def check_words(path, text):
    name = path.split("/", 1)[-1]
    if BANNED_WORDS.search(name) and not path.startswith("charts/"):
        yield f"{path}: a name that says nothing"
    if re.search(r"\b(TODO|FIXME|XXX)\b", text):
        yield f"{path}: unfinished business"
    for match in MACHINE_PATH.finditer(text):
        yield f"{path}: a path of one machine: {match.group(0)}"


def check_nolint(path, text):
    for match in re.finditer(r"NOLINT(NEXTLINE|BEGIN)?(?!\w)[^\n]*", text):
        if not re.match(r"NOLINT(NEXTLINE|BEGIN)?\([\w.-]+\): \S", match.group(0)):
            yield f"{path}: {match.group(0)}: name the check and the reason"


def count_nolint(texts):
    return sum(len(re.findall(r"NOLINT(?!END)", text)) for text in texts.values())


def private_headers(texts):
    private = {}
    for path, text in texts.items():
        match = re.search(r"Private to (\w+)/", text)
        if match and path.endswith(".hpp"):
            private[path.removeprefix("controller/")] = match.group(1)
    return private


def read_tree(root, folders, endings):
    texts = {}
    for folder in folders:
        for file in sorted(pathlib.Path(root, folder).rglob("*")):
            if file.is_file() and file.name.endswith(endings):
                texts[file.relative_to(root).as_posix()] = file.read_text(encoding="utf-8")
    return texts
