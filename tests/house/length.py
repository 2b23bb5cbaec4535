"""length.py - what a person can hold in the eye: a function has at most 70 lines, a file of a room at most 600."""

import arrows
import source

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600


def check(tree):
    found = []
    for path in tree.c_paths():
        text = tree.text(path)
        lines = text.count("\n")
        if arrows.room_of(path) not in ("tests", "bench", None) and lines > FILE_LINES_MAX:
            found.append(f"{path}: {lines} lines, at most {FILE_LINES_MAX}: which second noun lives here?")
        try:
            functions = source.functions(text)
        except source.Unreadable as error:
            found.append(f"{path}: cannot be read: {error}")
            continue
        for function in functions:
            n = function.last - function.line + 1
            if n > FUNCTION_LINES_MAX:
                found.append(f"{path}:{function.line}: {function.name} has {n} lines, at most {FUNCTION_LINES_MAX}")
    return found


def _function(lines):
    return "static int\nlong_one(void)\n{\n" + "\tif (1) { }\n" * (lines - 4) + "}\n"


SOUND = {"base/x.c": _function(70), "base/y.c": "\n" * 600, "tests/base/test_x.c": "\n" * 900}

PLANTED = [
    ({"base/x.c": _function(71)}, "long_one has 71 lines"),
    ({"tests/base/test_x.c": _function(80)}, "long_one has 80 lines"),
    ({"base/y.c": "\n" * 601}, "601 lines"),
]
