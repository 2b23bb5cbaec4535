"""layout.py - one formatter for C, and no stray blanks anywhere.

`./dev fmt` puts right what clang-format finds.
"""

import os
import re
import subprocess

import source

TEXT_ENDINGS = (".c", ".h", ".py", ".cmake", ".md", ".sh")
TEXT_NAMES = ("CMakeLists.txt", "CMakePresets.json", "dev", "run", "demo", ".clang-format", ".gitignore")
BATCH = 64  # files a call of clang-format


def _is_ours(path):
    return path.endswith(TEXT_ENDINGS) or os.path.basename(path) in TEXT_NAMES


def _check_blanks(path, text):
    found = [f"{path}:{number}: blanks at the end of the line"
             for number, line in enumerate(text.split("\n"), 1) if re.search(r"[ \t\r]\Z", line)]
    if text and not text.endswith("\n"):
        found.append(f"{path}: no newline at the end of the file")
    if text.endswith("\n\n"):
        found.append(f"{path}: empty lines at the end of the file")
    return found


def _check_indent(path, text):
    """Spaces align what goes on from the line above (initialisers too); where a statement begins, there are tabs."""
    found, begins = [], True
    for number, line in enumerate(source.without_literals(text).split("\n"), 1):
        if re.match(r"\t* +\t", line):
            found.append(f"{path}:{number}: spaces before a tab")
        if not line.strip():
            continue
        if begins and line[0] == " ":
            found.append(f"{path}:{number}: indented with spaces, not tabs")
        begins = re.search(r"(;|\) \{|\belse \{|\A\{)\Z", line.rstrip()) is not None
    return found


def _check_format(tree, paths):
    """clang-format names the places; its own exit code decides."""
    found = []
    for first in range(0, len(paths), BATCH):
        batch = paths[first:first + BATCH]
        command = ["clang-format", "--style=file", "--dry-run", "-Werror", "-ferror-limit=1", "--"] + batch
        try:
            answer = subprocess.run(command, cwd=tree.root, stderr=subprocess.PIPE, check=False)
        except OSError:
            return ["clang-format is missing: ./dev deps installs it"]
        if answer.returncode != 0:
            places = re.findall(r"^(\S+?:\d+):\d+: error", answer.stderr.decode(errors="replace"), re.M)
            found += [f"{place}: not as clang-format writes it; ./dev fmt does" for place in places]
            if not places:
                found.append(f"clang-format failed: {answer.stderr.decode(errors='replace').strip()}")
    return found


def check(tree):
    found = _check_format(tree, tree.c_paths())
    for path in filter(_is_ours, tree.paths):
        text = tree.text(path)
        if text is None:
            found.append(f"{path}: not UTF-8 text")
            continue
        found += _check_blanks(path, text)
        if path.endswith((".c", ".h")):
            found += _check_indent(path, text)
    return found


STYLE = "BasedOnStyle: LLVM\nUseTab: ForIndentation\nTabWidth: 4\nIndentWidth: 4\nColumnLimit: 24\n"

SOUND = {
    ".clang-format": STYLE,
    "base/x.c": "/* A comment\n * goes on. */\nint sp_f(int a_long,\n         int b) {\n\treturn a_long + b;\n}\n",
    "README.md": "text\n",
}

PLANTED = [
    ({".clang-format": STYLE, "base/x.c": "int sp_f(void){return 0;}\n"}, "base/x.c:1: not as clang-format"),
    ({".clang-format": STYLE, "base/x.h": "int  sp_f(void);\n"}, "base/x.h:1: not as clang-format"),
    ({"README.md": "text \n"}, "README.md:1: blanks"),
    ({"dev": "a\r\n"}, "dev:1: blanks"),
    ({"cmake/x.cmake": "set(a)"}, "no newline"),
    ({"x.md": "a\n\n"}, "empty lines at the end"),
    ({"base/x.c": "int sp_f(void)\n{\n    return 0;\n}\n"}, "base/x.c:3: indented with spaces"),
    ({"base/x.c": "int sp_f(void)\n{\n \treturn 0;\n}\n"}, "base/x.c:3: spaces before a tab"),
]
