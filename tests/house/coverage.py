"""coverage.py - the lines that tests run, from gcovr's summary: by room, or of what lies below given paths.

    coverage.py SUMMARY [--least PERCENT] [PATH …]

Fails when a room (or a path) lies under the least figure, or when a path has no lines at all.
"""

import argparse
import json
import sys

import arrows


def shares(summary, paths):
    """{path: (covered, total)}; the rooms where no paths are given."""
    counts = {path: [0, 0] for path in paths}
    for file in summary["files"]:
        name = file["filename"]
        for path in [path for path in paths if name.startswith(path)] if paths else [arrows.room_of(name) or name]:
            count = counts.setdefault(path, [0, 0])
            count[0] += file["line_covered"]
            count[1] += file["line_total"]
    return counts


def report(counts, least):
    """Prints a line each; returns how many lie too low."""
    low = 0
    for path, (covered, total) in sorted(counts.items()):
        percent = 100.0 * covered / total if total else 0.0
        mark = "" if percent >= least and total else f"  < {least:g}"
        low += bool(mark)
        print(f"{path:32} {covered:6} of {total:6} lines {percent:6.1f} %{mark}")
    return low


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev coverage")
    parser.add_argument("summary")
    parser.add_argument("--least", type=float, default=0.0, metavar="PERCENT")
    parser.add_argument("paths", nargs="*", metavar="PATH")
    options = parser.parse_args(arguments)
    with open(options.summary, encoding="utf-8") as file:
        counts = shares(json.load(file), options.paths)
    return 1 if report(counts, options.least) or not counts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
