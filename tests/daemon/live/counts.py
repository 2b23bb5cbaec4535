"""counts.py - full counts that are spread over runs: each keeps its own record in build/soak/, by what was tested.

A line: when, revision, how many. `./dev soak` says the revision; without it the commit does.
"""

import os
import subprocess
import time

import rig

FOLDER = os.path.join(rig.ROOT, "build", "soak")


def revision():
    said = os.environ.get("soak_revision")
    if said:
        return said
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=rig.ROOT, capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() or "unversioned"


class Count:
    """How often something went well so far; a test without SETPOINT_SOAK knows only its own few."""

    def __init__(self, name, few, all_of_them):
        self.path = os.path.join(FOLDER, f"{name}.tsv")
        self.wanted = all_of_them if rig.SOAK else few
        self.revision = revision()
        self.done = self._recorded() if rig.SOAK else 0

    def _recorded(self):
        if not os.path.exists(self.path):
            return 0
        with open(self.path, encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
        return sum(int(n) for _, of, n in rows if of == self.revision)

    def left(self):
        return max(self.wanted - self.done, 0)

    def add(self, n):
        self.done += n
        if not rig.SOAK:
            return
        os.makedirs(FOLDER, exist_ok=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%FT%TZ', time.gmtime())}\t{self.revision}\t{n}\n")


def distribution(values, unit="ms"):
    """"n 20, least 81, median 95, 99th of 100 120, most 130 ms"."""
    if not values:
        return "none"
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0, 0.5, 0.99, 1)]
    return f"n {len(ordered)}, least {at[0]:.0f}, median {at[1]:.0f}, 99th of 100 {at[2]:.0f}, most {at[3]:.0f} {unit}"
