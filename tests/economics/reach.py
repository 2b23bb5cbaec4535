"""reach.py - nothing that the engine's tick can reach computes a realised cost or a credit.

A realised cost rises when the pool idles; a price that followed it would drive away the customers who are missing. A credit ends on
a date; a price that rested on it would jump that day. So neither may come anywhere near a law. Looked for in what was compiled, by the
walk of tests/house/purity.py: from the engine's entry points, over every function and table that they can reach, through
pointers too, to the objects that hold those functions.

Two errors are planted into the real libraries first, and both must be found: a law that asks for a realised cost, and a sellable cost
that is one in secret. A third may not even compile: a realised cost where the pool takes its own, which has another type.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import deque

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "house"))
import purity  # noqa: E402

FROM = ("sp_engine_tick", "sp_engine_take", "sp_engine_command", "sp_laws", "sp_estimators")
FORBIDDEN = ("realised.c.o", "credits.c.o")
MUST_BE_THERE = ("sp_realised_of", "sp_realised_rate", "sp_credits_rate")

LAW = """
#include "controller/economics/realised.h"
static double law_decide(const sp_supply *supply)
{
	sp_service service = {sp_figure_exact(1), true};
	sp_realised_cost cost;
	return sp_realised_of(supply, &service, sp_figure_exact(1), &cost).knowledge == SP_KNOWN ? cost.usd.value : 0;
}
struct ops { double (*decide)(const sp_supply *); };
static const struct ops law = {law_decide};
extern const struct ops *const sp_laws[];
const struct ops *const sp_laws[] = {&law};
"""
SUPPLY = """
#include "controller/economics/realised.h"
sp_answer sp_supply_cost(const sp_supply *supply, sp_sellable_cost *cost)
{
	sp_figure rate;
	sp_answer answer = sp_realised_rate(supply, true, &rate);
	cost->usd = rate;
	return answer;
}
"""
OBSERVED = """
#include "controller/economics/realised.h"
sp_answer pool_cost(const sp_supply *supply)
{{
	{}_cost cost;
	return sp_supply_cost(supply, &cost);
}}
"""
PLANTED = [(LAW, ["law_decide > sp_realised_of"]),
           (SUPPLY, ["sp_engine_tick >", "sp_supply_cost > sp_realised_rate"])]


def member_of(section):
    """The object's own name: "x.c.o", where one objdump says so and another "lib.a(x.c.o)"."""
    return section.member.rstrip(")").replace("(", "/").split("/")[-1]


def walk(program):
    """(findings, functions reached)."""
    found = [f"{name} is not in the libraries: nothing would be checked" for name in FROM + MUST_BE_THERE
             if name not in program.exported]
    came_from = {program.exported[name]: None for name in FROM if name in program.exported}
    waiting = deque(came_from)
    while waiting:
        section = waiting.popleft()
        for name in sorted(section.targets):
            target = program.target(section, name)
            if target is None or target in came_from:
                continue
            came_from[target] = section
            waiting.append(target)
            if target.room == "economics" and member_of(target) in FORBIDDEN:
                found.append(purity._way(came_from, target))
    return found, sum(section.is_code() for section in came_from)


def compiles(options, text):
    return subprocess.run([options.compiler, "-std=gnu17", "-Werror=incompatible-pointer-types", "-I", ROOT, "-fsyntax-only",
                           "-x", "c", "-"], input=text.encode(), stderr=subprocess.DEVNULL, check=False).returncode == 0


def check(options, plant=None):
    program = purity.Program(options.objdump)
    for archive in options.archives:
        program.add(*archive.split("=", 1))
    if plant:
        with tempfile.TemporaryDirectory(prefix="setpoint-reach-") as folder:
            path = os.path.join(folder, "planted")
            with open(path + ".c", "w", encoding="utf-8") as file:
                file.write(plant)
            subprocess.run([options.compiler, "-std=gnu17", "-w", "-O1", "-ffunction-sections", "-fdata-sections", "-I", ROOT,
                            "-c", path + ".c", "-o", path + ".o"], check=True)
            program.add("planted", path + ".o")
    return walk(program)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("archives", nargs="+", metavar="ROOM=ARCHIVE")
    options = parser.parse_args()
    for plant, parts in PLANTED:
        found, _ = check(options, plant)
        if not any(all(part in finding for part in parts) for finding in found):
            print(f"reach: the checker is wrong: it does not find {parts}; found: {found}", file=sys.stderr)
            return 2
    if compiles(options, OBSERVED.format("sp_realised")) or not compiles(options, OBSERVED.format("sp_sellable")):
        print("reach: a realised cost can stand where a pool's sellable cost belongs, or neither can", file=sys.stderr)
        return 2
    found, reached = check(options)
    for finding in found:
        print(finding)
    print(f"reach: {len(found)} findings in {reached} functions reached; {len(PLANTED)} planted errors found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
