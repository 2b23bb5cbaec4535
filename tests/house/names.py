"""names.py - what we call things: no words that say nothing, one prefix for what is public, no `_t`.

The words are STYLE's. They are looked for in names of files and folders and in what our files define; names that an
outside library prescribes are left alone.
"""

import re

import arrows
import source

EMPTY_WORDS = {"util", "common", "misc", "helper", "manager", "data", "info", "process", "handle"}
EMPTY_WORDS |= {word + "s" for word in EMPTY_WORDS} | {"processes"}

# Names that others prescribe.
PRESCRIBED = re.compile(r"main\Z|sendmsg\Z|argp_program_|LLVMFuzzer|__(wrap|asan|ubsan|lsan|tsan)_")
# Kept on purpose: name -> why.
KEPT = {"sp_check_data": "the path of a file of real data is exactly that"}

DEFINED = {"function", "prototype", "type", "tag", "variable", "enumerator", "macro"}


def _empty_words(name):
    return sorted(EMPTY_WORDS & set(re.split(r"[^a-z]+", name.lower())))


def _check_paths(tree):
    found, seen = [], set()
    for path in tree.paths:
        parts = path.split("/")
        for depth, part in enumerate(parts):
            whole = "/".join(parts[:depth + 1])
            if whole in seen:
                continue
            seen.add(whole)
            found += [f"{whole}: the name says nothing with the word '{word}'" for word in _empty_words(part)]
    return found


def _check_definition(path, definition):
    where = f"{path}:{definition.line}"
    name, kind = definition.name, definition.kind
    if PRESCRIBED.match(name) or name in KEPT:
        return []
    found = [f"{where}: {name}: the {kind} says nothing with the word '{word}'" for word in _empty_words(name)]
    if kind in ("type", "tag") and name.endswith("_t"):
        found.append(f"{where}: {name}: our types are called sp_<noun>, without _t")
    room = arrows.room_of(path)
    free = room in ("tests", "bench", "examples", None)
    if kind in ("function", "prototype", "variable") and not definition.static and not name.startswith("sp_") and not free:
        found.append(f"{where}: {name}: what other files can see starts with sp_ (or make it static)")
    if path.endswith(".h") and not free and kind in ("type", "tag") and not name.startswith("sp_"):
        found.append(f"{where}: {name}: a type in a header starts with sp_")
    if path.endswith(".h") and not free and kind in ("macro", "enumerator") and not re.match(r"(?i)sp_|X\Z", name):
        found.append(f"{where}: {name}: a constant in a header starts with SP_")
    return found


def check(tree):
    found = _check_paths(tree)
    for path in tree.c_paths():
        try:
            for definition in source.definitions(tree.text(path)):
                found += _check_definition(path, definition)
        except source.Unreadable as error:
            found.append(f"{path}: cannot be read: {error}")
    return found


SOUND = {
    "base/ids.h": "#ifndef SP_BASE_IDS_H\n#define SP_BASE_IDS_H\n"
                  "/* helper data */\ntypedef struct sp_ids { int info; } sp_ids;\n"
                  "typedef enum sp_mode { SP_MODE_A, SP_MODE_B = 3 } sp_mode;\n"
                  "typedef void (*sp_fn)(void *data, int n);\n"
                  "extern const int sp_n[];\nint sp_ids_find(const char *data);\n#endif\n",
    "base/ids.c": "static int ids_processed;\nstatic const char *ids_text = \"int util(void) {\";\n"
                  "int sp_ids_find(const char *data)\n{\n\tint process = 1;\n\treturn process + (int)*data;\n}\n",
    "cli/main.c": "const char *argp_program_version = \"1\";\nint main(void)\n{\n\treturn 0;\n}\n",
}

PLANTED = [
    ({"base/string_util.c": ""}, "'util'"),
    ({"sim/common/x.c": ""}, "'common'"),
    ({"base/x.c": "static int line_helper(void)\n{\n\treturn 0;\n}\n"}, "'helper'"),
    ({"base/x.c": "#define SP_DATA_MAX 3\n"}, "'data'"),
    ({"base/x.h": "typedef struct {\n\tint a;\n} sp_info;\n"}, "'info'"),
    ({"base/x.h": "typedef enum sp_k { SP_A, SP_HANDLE } sp_k;\n"}, "'handle'"),
    ({"base/x.c": "static int a, manager_count = 2;\n"}, "'manager'"),
    ({"base/x.c": "int ids_find(void)\n{\n\treturn 0;\n}\n"}, "starts with sp_"),
    ({"base/x.h": "int ids_find(void) __attribute__((pure));\n"}, "starts with sp_"),
    ({"base/x.c": "const int limits[] = {1, 2};\n"}, "starts with sp_"),
    ({"base/x.h": "typedef struct sp_ids sp_ids_t;\n"}, "without _t"),
    ({"base/x.h": "typedef int (*sp_fn_t)(int);\n"}, "without _t"),
    ({"base/x.h": "#define LIMIT 3\n"}, "starts with SP_"),
    ({"base/x.c": "int sp_f(void)\n{\n"}, "cannot be read"),
]
