"""run.py - runs one check of the house's style over the tree: `run.py arrows` (`run.py` alone lists them).

Every check first meets planted errors and must find each, and a sound tree in which it must find nothing; a checker that
cannot fail proves nothing. Exit codes: 0 nothing found, 1 findings, 2 the checker itself is wrong.
"""

import importlib
import os
import sys

from tree import Planted, Tree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECKS = ["arrows", "layout", "names", "length", "places", "purity", "rules", "failpoints"]


def blind_spots(module):
    """What the checker does not see, or sees where nothing is."""
    found = []
    with Planted(module.SOUND) as tree:
        found += [f"finds an error in a sound tree: {finding}" for finding in module.check(tree)]
    for files, expected in module.PLANTED:
        with Planted(files) as tree:
            findings = module.check(tree)
        if not any(expected in finding for finding in findings):
            found.append(f"does not find \"{expected}\" in {files}; found: {findings}")
    return found


def main(arguments):
    if not arguments or arguments[0] not in CHECKS:
        print("usage: run.py CHECK …, where CHECK is one of: " + ", ".join(CHECKS), file=sys.stderr)
        return 2
    name = arguments[0]
    module = importlib.import_module(name)
    if hasattr(module, "main"):
        return module.main(arguments[1:])
    blind = blind_spots(module)
    if blind:
        print(f"{name}: the checker is wrong: it " + f"\n{name}: it ".join(blind), file=sys.stderr)
        return 2
    tree = Tree(ROOT)
    findings = module.check(tree)
    for finding in findings:
        print(finding)
    print(f"{name}: {len(findings)} findings in {len(tree.paths)} files; {len(module.PLANTED)} planted errors found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
