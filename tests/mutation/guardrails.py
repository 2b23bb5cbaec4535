"""guardrails.py - are the tests of the guardrails any good? Makes small errors in the code of the rails, one at a time, and counts how
many of them its tests find.

    python3 -B tests/mutation/guardrails.py            some mutants, spread evenly (all of them with SETPOINT_SOAK=1)
    python3 -B tests/mutation/guardrails.py --list     every mutant there is
    python3 -B tests/mutation/guardrails.py --all      every mutant
    python3 -B tests/mutation/guardrails.py --every 3  every third

A mutant is one change of one place: an operator, a comparison, a constant, a swapped pair of arguments or branches, a statement left
out, a rail left out of the table. One that the compiler refuses, or makes the same machine code of, is none. Each is built and
run against the tests below, cheapest first, until one fails: then it is killed. What lives is printed; it passes when at least
95 % are killed, those of EQUIVALENT included among the living.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENGINE = "controller/engine"
MUTATED = ["guardrails.c", "rails.c", "portfolio.c", "spend.c", "offer.c", "allot.c"]
TESTS = ["rails", "portfolio", "guardrails", "r7_quantising", "r1_told", "r3_own_index", "modes", "r10_clocks", "r2_real", "ledger",
         "rails_twin"]
FIRST = {"guardrails.c": "guardrails", "portfolio.c": "portfolio", "spend.c": "portfolio", "allot.c": "portfolio"}
COMMUTES = ("sp_muldiv_", "part_of", "sp_offer_stricter", "sp_portfolio_rate")  # swapped arguments say the same
ROOMS = ["base", "estimators", "policies/price", "controller/economics", ENGINE, "tests/check"]
LEAST_KILLED = 0.95
SAMPLE = 12
SECONDS = 120
STRIDE = "7"  # of the states of test_rails_twin: no factor in common with their number

# (file, the line, what it became): why nobody can tell the two apart.
EQUIVALENT = {
    ("guardrails.c", "int64_t part = 0, product;", "int64_t part = 1, product;"): "always written, or the assertion stops",
    ("guardrails.c", "if (x <= 0)", "if (x < 0)"): "a part of nothing is nothing",
}

FLAGS = ["-std=gnu17", "-O1", "-D_GNU_SOURCE", "-DSETPOINT_FAILPOINTS", "-ffp-contract=off", "-fno-strict-aliasing", "-w", "-I."]

# pattern, what it becomes; on code without comments and strings
SWAPS = [(r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "), (r" \+ ", " - "),
         (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r" % ", " / "), (r" \+= ", " -= "), (r" -= ", " += "), (r" && ", " || "),
         (r" \|\| ", " && "), (r"!(?=[a-z(])", ""), (r"\b0\b", "1"), (r"\b1\b", "2"), (r"\b2\b", "1"), (r"\btrue\b", "false"),
         (r"\bfalse\b", "true"), (r" \? ([^:?;]+) : ([^:?;,)]+)", r" ? \2 : \1"), (r"\((\w[^(),]*), (\w[^(),]*)\)", r"(\2, \1)"),
         (r"\((\w[^(),]*), (\w[^(),]*), ", r"(\2, \1, "), (r" \| (STILL|RECOVERING|BY_HAND)", ""), (r"\blow\b", "high"),
         (r"\bhigh\b", "low"), (r"\bincrements\b", "levels"), (r"\btold_ppb\b", "in_force_ppb"), (r"\bin_force_ppb\b", "told_ppb"),
         (r"SP_HOUR\b", "SP_DAY"), (r"SP_DAY\b", "SP_HOUR"), (r"INT64_MAX\b", "0")]


class Mutant:
    """One change of one line."""

    def __init__(self, name, number, before, after):
        self.name, self.number, self.before, self.after = name, number, before, after

    def __str__(self):
        return f"{self.name}:{self.number + 1}: {self.before.strip()}  ->  {self.after.strip() or '(left out)'}"

    def key(self):
        return self.name, self.before.strip(), self.after.strip()


def code_of(line):
    """The line with comments blanked, so that places stay where they are."""
    return re.sub(r"/\*.*?\*/", lambda match: " " * len(match.group()), line)


def can_be_left_out(line):
    statement = re.fullmatch(r"\t+[a-z*(][^;]*;", line.rstrip()) is not None
    row = re.fullmatch(r" +\{rail_\w+, [^}]*\},", line.rstrip()) is not None
    declares = re.match(r"\t+(const |static |int64_t|uint32_t|bool|double|__int128|sp_\w+ [*a-z]|struct|return|break|continue|goto)", line)
    return row or (statement and not declares)


def mutants_of_line(name, number, line):
    code = code_of(line)
    if not code.startswith(("\t", " ")) or not code.strip() or "SP_ASSERT" in code:  # what begins a line declares
        return
    for pattern, becomes in SWAPS:
        for match in re.finditer(pattern, code):
            if becomes.startswith("(") and re.search(r"(" + "|".join(COMMUTES) + r")\w*$", code[:match.start()]):
                continue
            yield Mutant(name, number, line, line[:match.start()] + match.expand(becomes) + line[match.end():])
    if can_be_left_out(code):
        yield Mutant(name, number, line, "")
    returns = re.fullmatch(r"(\t+)return (\w[^;]*|!?\w+);", code.rstrip())
    if returns and returns.group(2) not in ("true", "false", "0"):
        yield Mutant(name, number, line, f"{returns.group(1)}return 0;\n")


def mutants():
    found = []
    for name in MUTATED:
        comment = False
        with open(os.path.join(ROOT, ENGINE, name), encoding="utf-8") as file:
            for number, line in enumerate(file):
                comment = comment or line.lstrip().startswith("/*")
                if not comment:
                    found += mutants_of_line(name, number, line)
                comment = comment and "*/" not in line
    return [mutant for mutant in found if mutant.after != mutant.before]


class Yard:
    """Where the unchanged program is built once, and each mutant beside it."""

    def __init__(self, place):
        self.place = place
        self.compiler = os.environ.get("CC", "cc")
        self.tests = [test for test in TESTS if os.path.exists(os.path.join(ROOT, f"tests/engine/test_{test}.c"))]
        self.texts, self.former = {}, {}

    def run(self, *command, **options):
        return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **options).returncode

    def compile(self, source, target):
        return self.run(self.compiler, *FLAGS, "-c", source, "-o", target) == 0

    def object_of(self, source):
        return os.path.join(self.place, source.replace("/", "_") + ".o")

    def build(self, pool):
        sources = [os.path.join(room, name) for room in ROOMS for name in sorted(os.listdir(os.path.join(ROOT, room)))
                   if name.endswith(".c") and not name.startswith("test_")]
        sources += ["tests/engine/world.c"] + [f"tests/engine/test_{test}.c" for test in self.tests]
        done = list(pool.map(lambda source: self.compile(source, self.object_of(source)), sources))
        if not all(done):
            sys.exit("the unchanged program does not build")
        self.library = os.path.join(self.place, "libwhole.a")
        self.run("ar", "rcs", self.library, *[self.object_of(source) for source in sources if "/test_" not in source])
        for name in MUTATED:
            with open(os.path.join(ROOT, ENGINE, name), encoding="utf-8") as file:
                self.texts[name] = file.readlines()
            self.former[name] = self.machine_code("".join(self.texts[name]), name, self.place)
        for test in self.tests:
            if self.kills(test, [], os.path.join(self.place, "unchanged")):
                sys.exit(f"the unchanged program fails test_{test}")

    def kills(self, test, objects, place):
        """Does this test fail with these objects in place of the library's?"""
        os.makedirs(place, exist_ok=True)
        program = os.path.join(place, f"test_{test}")
        linked = self.run(self.compiler, self.object_of(f"tests/engine/test_{test}.c"), *objects, self.library, "-lcmocka", "-lm", "-o", program)
        if linked != 0:
            sys.exit(f"test_{test} does not link")
        environment = dict(os.environ, CMOCKA_TEST_ABORT="1", TMPDIR=place, SETPOINT_STRIDE=STRIDE)
        environment.pop("SETPOINT_SOAK", None)
        try:
            return self.run(program, env=environment, timeout=SECONDS) not in (0, 77)
        except subprocess.TimeoutExpired:
            return True

    def judge(self, mutant):
        """The test that kills it, "" when none does, None when it is no mutant."""
        place = tempfile.mkdtemp(dir=self.place)
        lines = list(self.texts[mutant.name])
        lines[mutant.number] = mutant.after or "\n"
        try:
            if self.machine_code("".join(lines), mutant.name, place) in (None, self.former[mutant.name]):
                return None
            source = os.path.join(place, "bare_" + mutant.name)
            self.compile(source, source + ".o")
            first = FIRST.get(mutant.name, self.tests[0])
            tests = [first] + [test for test in self.tests if test != first]
            return next((test for test in tests if self.kills(test, [source + ".o"], place)), "")
        finally:
            shutil.rmtree(place)

    def machine_code(self, source_text, name, place):
        """What the compiler makes of a text, without symbols and line numbers."""
        source = os.path.join(place, "bare_" + name)
        with open(source, "w", encoding="utf-8") as file:
            file.write(f'#line 1 "{ENGINE}/{name}"\n{source_text}')
        if not self.compile(source, source + ".o"):
            return None
        self.run("objcopy", "--strip-all", source + ".o")
        with open(source + ".o", "rb") as file:
            return file.read()


def main(arguments):
    chosen = mutants()
    if "--list" in arguments:
        print(*chosen, sep="\n")
        return 0
    if arguments[:1] == ["--every"]:
        chosen = chosen[1::int(arguments[1])]
    elif "--all" not in arguments and not os.environ.get("SETPOINT_SOAK"):
        chosen = chosen[5::len(chosen) // SAMPLE][:SAMPLE]
    workers = int(os.environ.get("SETPOINT_JOBS", os.cpu_count() or 1))
    with tempfile.TemporaryDirectory() as place, concurrent.futures.ThreadPoolExecutor(workers) as pool:
        yard = Yard(place)
        yard.build(pool)
        verdicts = []
        for mutant, test in zip(chosen, pool.map(yard.judge, chosen)):
            verdicts.append(test)
            if test == "":
                print(f"lives  {mutant}" + (f"\n       {EQUIVALENT[mutant.key()]}" if mutant.key() in EQUIVALENT else ""), flush=True)
    living = [mutant for mutant, test in zip(chosen, verdicts) if test == ""]
    judged = sum(test is not None for test in verdicts)
    killed = judged - len(living)
    explained = sum(mutant.key() in EQUIVALENT for mutant in living)
    print(f"{killed} of {judged} mutants killed ({100 * killed / judged:.1f} %); {explained} of those that live are equivalent; "
          f"{len(chosen) - judged} were none")
    return 0 if killed >= LEAST_KILLED * judged else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
