"""guardrails.py - are the tests of the guardrails any good? Makes small errors in the code of the rails, one at a time, and counts how
many of them its tests find.

    python3 -B tests/mutation/guardrails.py            some mutants, spread evenly (all of them with SETPOINT_SOAK=1)
    python3 -B tests/mutation/guardrails.py --list     every mutant there is
    python3 -B tests/mutation/guardrails.py --all      every mutant
    python3 -B tests/mutation/guardrails.py --every 3  every third

The figure is that of the files named in MUTATED, and it names them: the rest of the engine is not asked.

A mutant is one change of one place: an operator, a comparison, a constant, a swapped pair of arguments or branches, a statement left
out, a rail left out of the table. One that the compiler refuses, or makes the same machine code of, is none. Each is built and
run against the tests below, cheapest first, until one fails: then it is killed. What lives is printed. It passes when at least 95 %
are killed of all but those that are no error at all, each of which has its reason in EQUIVALENT.
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
         "experiment", "rails_twin"]
FIRST = {"guardrails.c": "guardrails", "portfolio.c": "portfolio", "spend.c": "portfolio", "allot.c": "portfolio"}
COMMUTES = ("sp_muldiv_", "part_of", "sp_offer_stricter", "sp_portfolio_rate")  # swapped arguments say the same
ROOMS = ["base", "estimators", "policies/price", "controller/economics", ENGINE, "tests/check"]
LEAST_KILLED = 0.95
SAMPLE = 12
SECONDS = 120
STRIDE = "7"  # of the states of test_rails_twin: no factor in common with their number

# What the line became: why nobody can tell it from the original. A reason that no longer holds shows as a mutant that lives.
EQUIVALENT = {
    "int64_t part = 1, product;": "always written, or the assertion stops",
    "if (x < 0)": "a part of nothing is nothing",
    "return x <= to.low ? to.low : x > to.high ? to.high : x;": "at the bound both are the bound",
    "return x < to.low ? to.low : x >= to.high ? to.high : x;": "at the bound both are the bound",
    "if (*excess >= 0 && *part > 0)": "of an excess of nothing, nothing is taken",
    "if (*excess > 0 && *part >= 0)": "of a part of nothing, nothing is taken",
    "else if (*excess <= 0 && *part < 0)": "of an excess of nothing, nothing is taken",
    "else if (*excess < 1 && *part < 0)": "of an excess of nothing, nothing is taken",
    "else if (*excess < 0 && *part <= 0)": "of a part of nothing, nothing is taken",
    "else if (*excess < 0 && *part < 1)": "of a part of nothing, nothing is taken",
    "book(move, rail, whole, 0, false);": "nothing of increments: kept and now say the same",
    "if (index <= bounds.low)": "a cut to where the move is changes nothing",
    "else if (index >= bounds.high)": "a cut to where the move is changes nothing",
    "book(move, index <= rails->bounds.low ? SP_RAIL_floor : SP_RAIL_ceiling, whole - excess, of_increments, true);":
        "on a bound there is nothing to cut",
    "book(move, index < rails->bounds.high ? SP_RAIL_floor : SP_RAIL_ceiling, whole - excess, of_increments, true);":
        "inside the bounds there is nothing to cut",
    "book(move, index < rails->bounds.low ? SP_RAIL_floor : SP_RAIL_ceiling, whole - excess, of_increments, false);":
        "what increments lead away, the first cut into the bounds has taken",
    "cut_index(move, SP_RAIL_step, clamp(sp_move_index(move), rails->step), false);":
        "the second cut by the step takes of cost: the rest was cut by its rates and leads the other way",
    "return index >= turn->move.told && index > turn->state->book.in_force_ppb;": "only asked of a move that leads somewhere",
    "return raise_waits(turn) && index <= turn->move.told && index >= turn->state->book.in_force_ppb;":
        "only asked of a move that leads somewhere",
    "return turn->state->book.n_pending > 0 && turn->state->book.in_force_ppb <= turn->state->book.told_ppb;":
        "between the same index there is nothing to take back",
    "return turn->state->book.n_pending >= 0 && turn->state->book.in_force_ppb < turn->state->book.told_ppb;":
        "where nothing is announced, what is told is in force",
    "return turn->state->book.n_pending > 0 || turn->state->book.in_force_ppb < turn->state->book.told_ppb;":
        "where nothing is announced, what is told is in force",
    "if (marginal->answer.knowledge != SP_KNOWN || !(turn->input->list_usd >= 0) ||": "a division by 0 is refused by the rounding",
    "return ppb < 0 ? 1 : ppb > SP_INDEX_MAX_PPB ? SP_INDEX_MAX_PPB : ppb;": "no cost is below 0",
    "if (window->begun <= 0 || turn->now_ns >= window->next_ns || window->value != value)": "bucket 0 was in 1970",
    "if (window->begun < 1 || turn->now_ns >= window->next_ns || window->value != value)": "bucket 0 was in 1970",
    "bool lowers = turn->rails.bounds.low <= told && (wish < told || turn->rails.bounds.high < told);": "on the floor nothing is lowered",
    "bool cut = sp_move_index(&turn->move) <= turn->move.told;": "only asked of a move that leads somewhere",
    "if (index >= told)": "a move that leads nowhere is limited to where it is",
    "else if (index <= told)": "a move that leads nowhere is limited to where it is",
    "if (!raise_waits(turn) || index >= turn->move.told)": "only asked of a move that leads somewhere",
    "else if (index <= in_force)": "a limit where the move is changes nothing",
    "sp_move_index(&turn->move) <= turn->state->book.in_force_ppb)": "a limit where the move is changes nothing",
    "for (uint32_t i = 0; i <= setup->n_blackouts; i++) {": "no family has the bit of a blackout that is not there",
    "return product <= 0 ? 0 : product > SP_RATE_MAX ? SP_RATE_MAX : (int64_t)product;": "at the bound both are the bound",
    "return product < 1 ? 0 : product > SP_RATE_MAX ? SP_RATE_MAX : (int64_t)product;": "at the bound both are the bound",
    "return product < 0 ? 0 : product >= SP_RATE_MAX ? SP_RATE_MAX : (int64_t)product;": "at the bound both are the bound",
    "return a->loss != b->loss ? a->loss > b->loss : a->family <= b->family;": "no family has two stakes",
    "return a->loss != b->loss ? a->loss >= b->loss : a->family < b->family;": "they differ",
    "return a >= b ? a : b;": "of two that are the same, either",
    "int64_t below = stake->deepens >= 0 ? stake->deepens * SP_BELOW_COST_AHEAD_S : 0;": "a day of nothing is nothing",
    "if (below > 1 && below > portfolio->below_nano)": "it is nothing, or a day of a nano-USD a second at least",
    "for (uint32_t i = n / 1; i-- > 0;)": "what has nothing below it does not sink",
    "for (uint32_t left = n; left >= 1; left--) {": "one alone is sorted",
    "lost >= SP_SPEND_BUCKET_MAX ? SP_SPEND_BUCKET_MAX : (int64_t)lost);": "at the bound both are the bound",
}

FLAGS = ["-std=gnu17", "-O1", "-D_GNU_SOURCE", "-DSETPOINT_FAILPOINTS", "-ffp-contract=off", "-fno-strict-aliasing", "-w", "-Werror=int-conversion", "-Werror=incompatible-pointer-types", "-I."]

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

    def reason(self):
        """Why it is no error; None when it is one."""
        return EQUIVALENT.get(self.after.strip())


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


def sources_of(room):
    """The files that the room is built of: another may be half-written."""
    with open(os.path.join(ROOT, room, "CMakeLists.txt"), encoding="utf-8") as file:
        return [name for name in re.findall(r"\b\w+\.c\b", file.read()) if not name.startswith("test_")]


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
        sources = [os.path.join(room, name) for room in ROOMS for name in sources_of(room)]
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
                print(f"lives  {mutant}" + (f"\n       no error: {mutant.reason()}" if mutant.reason() else ""), flush=True)
    living = [mutant for mutant, test in zip(chosen, verdicts) if test == ""]
    judged = sum(test is not None for test in verdicts)
    killed, same = judged - len(living), sum(mutant.reason() is not None for mutant in living)
    print(f"{', '.join(MUTATED)}: {killed} of {judged} mutants killed, {same} are no error, {len(living) - same} live: "
          f"{100 * killed / (judged - same):.1f} %; {len(chosen) - judged} did not compile or gave the same machine code")
    return 0 if killed >= LEAST_KILLED * (judged - same) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
