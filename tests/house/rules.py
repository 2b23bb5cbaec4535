"""rules.py - every rule that prices depend on is named by a test that checks it: `r6_rates_hold_the_window` is one of R6.

Read from the names of functions below tests/, in C and Python.
"""

import re

import source

RULES = range(1, 26)

NAMED = re.compile(r"(?<![A-Za-z0-9])r(\d{1,2})(?=_)")


def _names(path, text):
    if path.endswith(".c"):
        return [function.name for function in source.functions(text)]
    return re.findall(r"^\s*def (\w+)", text, re.M)


def _named_rules(tree):
    rules = {}
    for path in tree.paths:
        if not path.startswith("tests/") or not path.endswith((".c", ".py")):
            continue
        try:
            names = _names(path, tree.text(path))
        except source.Unreadable:
            continue  # names.py and length.py report it
        for name in names:
            for number in NAMED.findall(name):
                rules.setdefault(int(number), []).append(f"{path}: {name}")
    return rules


def check(tree):
    named = _named_rules(tree)
    found = [f"R{rule}: no test is named r{rule}_…" for rule in RULES if rule not in named]
    for rule in sorted(set(named) - set(RULES)):
        found.append(f"R{rule}: there is no such rule: {named[rule][0]}")
    return found


def _tests(rules):
    return "".join(f"static void r{rule}_holds(void **state)\n{{\n}}\n" for rule in rules)


BUILT = list(RULES)

SOUND = {"tests/a/test_a.c": _tests(BUILT[3:]) + "static void r1_and_r2_meet(void **s)\n{\n}\n",
         "tests/a/b.py": f"def test_r{BUILT[2]}_holds():\n    pass\n"}

PLANTED = [
    ({"tests/a/test_a.c": _tests(BUILT[1:]) + "/* r1_is only in a comment */\n"}, "R1: no test"),
    ({"base/r.c": _tests(BUILT)}, "R25: no test"),
    ({"tests/a/test_a.c": _tests(BUILT) + _tests([26])}, "R26: there is no such rule"),
]
