"""failpoints.py - every failpoint of base/failpoint.h stands at exactly one place, and no place has a name that is not listed.

A name that nobody places would be a kill that never happens; one at two places, a test that does not say where it killed.
"""

import re

import source

LIST = "base/failpoint.h"
LAST_ROOM = "daemon/CMakeLists.txt"  # until the daemon is built, its points stand nowhere
LISTED = re.compile(r"^\s*X\((\w+), \"", re.M)
PLACED = re.compile(r"\bSP_FAILPOINT\(\s*(\w+)\s*\)")


def _places(tree):
    """{name: ["path:line", …]} outside base/ and the tests, which may come by any."""
    places = {}
    for path in tree.c_paths():
        if path.startswith(("base/", "tests/", "bench/")):
            continue
        code = source.without_comments(tree.text(path))
        for match in PLACED.finditer(code):
            places.setdefault(match[1], []).append(f"{path}:{code.count(chr(10), 0, match.start()) + 1}")
    return places


def check(tree):
    listed = LISTED.findall(tree.text(LIST)) if LIST in tree.paths else []
    places = _places(tree)
    found = [] if listed else [f"{LIST}: names no failpoint"]
    for name in sorted(set(listed)):
        if listed.count(name) > 1:
            found.append(f"{LIST}: {name} is listed twice")
        if name not in places and LAST_ROOM in tree.paths:
            found.append(f"{LIST}: {name} stands nowhere: nothing can be killed there")
    for name, where in sorted(places.items()):
        if name not in listed:
            found.append(f"{where[0]}: {name} is not in {LIST}")
        if len(where) > 1:
            found.append(f"{where[1]}: {name} stands at {where[0]} already")
    return found


HEAD = "#define SP_FAILPOINT_MAP(X) \\\n\tX(one, \"here\") \\\n\t/* the daemon */ \\\n\tX(two, \"there\")\n"
ONE = "void sp_f(void)\n{\n\tSP_FAILPOINT(one);\n}\n"
TWO = "void sp_g(void)\n{\n\tSP_FAILPOINT(two); /* SP_FAILPOINT(two) */\n}\n"

SOUND = {LIST: HEAD, LAST_ROOM: "", "controller/log/commit.c": ONE, "daemon/run.c": TWO,
         "tests/base/test_failpoint.c": "void t(void)\n{\n\tSP_FAILPOINT(one);\n}\n"}

PLANTED = [
    ({**SOUND, "daemon/run.c": ONE.replace("one", "three") + TWO}, "daemon/run.c:3: three is not in"),
    ({**SOUND, "controller/log/open.c": ONE}, "open.c:3: one stands at controller/log/commit.c:3 already"),
    ({**SOUND, "daemon/run.c": "/* SP_FAILPOINT(two) */\n"}, "two stands nowhere"),
    ({**SOUND, "controller/log/commit.c": ""}, "one stands nowhere"),
    ({LIST: HEAD, "sim/x.c": "void f(void)\n{\n\tSP_FAILPOINT( none );\n}\n"}, "none is not in"),
    ({**SOUND, LIST: HEAD.replace("two", "one")}, "one is listed twice"),
    ({"daemon/run.c": TWO}, "names no failpoint"),
]
