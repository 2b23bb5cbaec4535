"""arrows.py - a room includes only the rooms after its arrow, and only the outside libraries that are its own.

The table is DESIGN, "Folders". Arrows point one way: whoever changes a room knows from here whom it can break. A room's
CMakeLists.txt is held to the same table.
"""

import os
import re

import source

EVERYTHING = "everything"

PURE = ["base", "estimators", "policies/price", "policies/commitment", "policies/contract", "controller/economics",
        "controller/engine"]
WIRED = ["base", "transport/wire"]
SOCKETS = WIRED + ["transport/socket"]

ARROWS = {
    "base": [],
    "estimators": ["base"],
    "policies/price": ["base"],
    "policies/commitment": ["base"],
    "policies/contract": ["base"],
    "controller/economics": ["base"],
    "controller/engine": PURE[:-1],
    "controller/config": PURE,
    "controller/log": ["base"],
    "controller/drive": PURE + ["controller/config", "controller/log"],
    "transport/wire": ["base"],
    "transport/socket": ["base"],
    "transport/intake": SOCKETS,
    "transport/feed": SOCKETS,
    "transport/control": SOCKETS,
    "transport/client": WIRED + ["include/setpoint"],
    "include/setpoint": [],
    "daemon": PURE + ["controller/config", "controller/log", "controller/drive", "transport/wire", "transport/socket", "transport/intake",
                      "transport/feed", "transport/control"],
    "sim": PURE + ["controller/config", "controller/log", "controller/drive"],
    "cli": EVERYTHING,
    "tests": EVERYTHING,
    "bench": EVERYTHING,
    "examples": ["include/setpoint"],  # and nng and msgpack directly, as a stranger would
}

# Outside libraries: header (or folder of headers), CMake target, and the rooms that may use it.
OUTSIDE = [
    ("sqlite3.h", "PkgConfig::SQLITE", ["controller/log"]),
    ("yaml.h", "PkgConfig::YAML", ["controller/config"]),
    ("sodium.h", "PkgConfig::SODIUM", ["controller/log", "controller/config"]),
    ("zstd.h", "PkgConfig::ZSTD", ["controller/log", "sim"]),
    ("msgpack.h", "PkgConfig::MSGPACK", ["transport/wire", "examples"]),
    ("jansson.h", "PkgConfig::JANSSON", ["sim", "cli"]),
    ("cmocka.h", "PkgConfig::CMOCKA", []),
    ("argp.h", None, ["cli"]),
    ("math.h", "m", ["sim", "cli"]),
    ("pthread.h", "Threads::Threads", ["daemon", "transport/client"]),
    ("nng/", "nng::nng", ["transport/socket", "transport/intake", "transport/feed", "transport/control", "examples"]),
]
FREE = ("tests", "bench")  # may use every outside library; cmocka is for tests alone

LIBC = set("""arpa/inet.h assert.h ctype.h dirent.h errno.h fcntl.h fenv.h float.h ftw.h getopt.h inttypes.h langinfo.h libgen.h limits.h
locale.h netdb.h netdb.h netinet/in.h poll.h pwd.h setjmp.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h
string.h strings.h termios.h time.h unistd.h wchar.h sys/eventfd.h sys/file.h sys/ioctl.h sys/mman.h sys/random.h sys/resource.h
sys/socket.h sys/stat.h sys/statfs.h sys/syscall.h sys/time.h sys/timex.h sys/types.h sys/un.h sys/utsname.h sys/wait.h emmintrin.h immintrin.h
linux/magic.h malloc.h""".split())


def room_of(path):
    """The room a path lies in, or None."""
    fits = [room for room in ARROWS if path == room or path.startswith(room + "/")]
    return max(fits, key=len) if fits else None


def _permitted(room, other):
    return other == room or ARROWS[room] == EVERYTHING or other in ARROWS[room]


def _check_inside(tree, path, room, include):
    where = f"{path}:{include.line}"
    target = include.path if "/" in include.path else os.path.join(os.path.dirname(path), include.path)
    if target not in tree.paths:
        return [f"{where}: \"{include.path}\" is no file of the tree (write the path from the root)"]
    other = room_of(target)
    if other is None:
        return [f"{where}: \"{include.path}\" lies in no room"]
    if not _permitted(room, other):
        return [f"{where}: {room} may not include {other} (\"{include.path}\"): its arrow goes to "
                f"{', '.join(ARROWS[room]) or 'libc only'}"]
    return []


def _check_outside(path, room, include):
    where = f"{path}:{include.line}"
    for header, _, rooms in OUTSIDE:
        if include.path == header or (header.endswith("/") and include.path.startswith(header)):
            if room == "tests" or room in rooms or (room == "bench" and header != "cmocka.h"):
                return []
            return [f"{where}: <{header}> is for {', '.join(rooms) or 'tests'} alone, not for {room}"]
    if include.path in LIBC:
        return []
    return [f"{where}: <{include.path}> is not a known header; a new library is a decision (docs/decisions/)"]


def _check_c(tree):
    found = []
    for path in tree.c_paths():
        room = room_of(path)
        if room is None:
            found.append(f"{path}: lies in no room (DESIGN, \"Folders\")")
            continue
        for include in source.includes(tree.text(path)):
            found += _check_outside(path, room, include) if include.outside else _check_inside(tree, path, room, include)
    return found


def _rooms_in_cmake(tree):
    """(path, name, {keyword: words}) of every sp_room(…)."""
    for path in tree.paths:
        if os.path.basename(path) != "CMakeLists.txt":
            continue
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        for call in re.finditer(r"\bsp_room\s*\(([^)]*)\)", text):
            words = call[1].split()
            parts = {"SOURCES": [], "USES": [], "LINKS": []}
            keyword = None
            for word in words[1:]:
                if word in parts:
                    keyword = word
                elif keyword:
                    parts[keyword].append(word)
            yield path, words[0], parts


def _check_cmake(tree):
    found = []
    calls = list(_rooms_in_cmake(tree))
    rooms = {name: room_of(path) for path, name, _ in calls}
    libraries = {target: rooms for _, target, rooms in OUTSIDE if target}
    for path, name, parts in calls:
        room = room_of(path)
        if room is None:
            found.append(f"{path}: sp_room({name} …) lies in no room")
            continue
        for used in parts["USES"]:
            if used not in rooms:
                found.append(f"{path}: {name} uses {used}, which no sp_room(…) makes")
            elif not _permitted(room, rooms[used]):
                found.append(f"{path}: {room} may not use {rooms[used]}")
        for library in parts["LINKS"]:
            if room not in FREE and room not in libraries.get(library, []):
                found.append(f"{path}: {room} may not link {library}")
    return found


def check(tree):
    return _check_c(tree) + _check_cmake(tree)


SOUND = {
    "base/money.h": "#include <stdint.h>\n",
    "estimators/ewma.c": "#include <string.h>\n#include \"base/money.h\"\n/* #include <sqlite3.h> */\n",
    "controller/log/log.c": "#include <sqlite3.h>\n#include \"base/money.h\"\n",
    "sim/trace/csv.h": "",
    "sim/replay/replay.c": "#include <jansson.h>\n#include \"sim/trace/csv.h\"\n",
    "tests/base/test_money.c": "#include <cmocka.h>\n#include \"base/money.h\"\n",
    "base/CMakeLists.txt": "sp_room(base SOURCES money.c)\n",
    "estimators/CMakeLists.txt": "sp_room(estimators SOURCES ewma.c USES base)\n",
}

PLANTED = [
    ({"base/money.c": "#include \"estimators/ewma.h\"\n", "estimators/ewma.h": ""}, "base may not include estimators"),
    ({"estimators/ewma.c": "#  include \"controller/log/log.h\"\n", "controller/log/log.h": ""},
     "estimators may not include controller/log"),
    ({"sim/x.c": "#include \"daemon/run.h\"\n", "daemon/run.h": ""}, "sim may not include daemon"),
    ({"controller/engine/tick.c": "#include <sqlite3.h>\n"}, "not for controller/engine"),
    ({"cli/main.c": "#include <cmocka.h>\n"}, "not for cli"),
    ({"base/x.c": "#include <curl/curl.h>\n"}, "not a known header"),
    ({"base/x.c": "#include \"gone.h\"\n"}, "no file of the tree"),
    ({"cellar/x.c": ""}, "lies in no room"),
    ({"estimators/CMakeLists.txt": "sp_room(estimators SOURCES a.c USES engine)\n",
      "controller/engine/CMakeLists.txt": "sp_room(engine SOURCES b.c)\n"}, "estimators may not use controller/engine"),
    ({"base/CMakeLists.txt": "sp_room(base SOURCES a.c LINKS m)\n"}, "base may not link m"),
]
