"""purity.py - the engine reads no clock, draws no number, allocates nothing, opens nothing and calls no libm (P7).

Looked for in what was compiled, not in what was written: the static libraries of the rooms are built with one section a
function and one a table (-ffunction-sections -fdata-sections), so their relocations say exactly who can reach whom,
through tables of function pointers too. From the engine's entry points the walk goes as far as it gets inside the
project; every name outside at which it arrives must be on the list below, and no instruction reached may be a clock, a
random number or a system call of its own.

Not seen: a pointer that a caller hands in; a name looked up at run time (dlsym is not on the list).
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import deque

# Outside names that the engine may call: they touch only the memory they are given.
PERMITTED = re.compile(r"(mem(cpy|set|cmp|move|chr|rchr)|str(n?(cmp|len|cpy|cat)|r?chr|str|spn|cspn)|stpn?cpy|bcmp)\Z"
                       # 128-bit products, from the compiler's own library
                       r"|__u?(div|mod)(mod)?[dt]i[34]\Z|__mul[dt]i3\Z|__mulodi4\Z|__(float(un)?|fix(uns)?)[a-z]*ti[a-z]*\Z"
                       r"|__popcountdi2\Z"
                       # what the instrumented builds put in
                       r"|__(asan|ubsan|tsan|sanitizer|sancov|gcov)_|__(start|stop)___sancov|__stack_chk_fail\Z"
                       r"|__llvm_(prof|gcov)|llvm_gcda|_GLOBAL_OFFSET_TABLE_\Z")
# Where the walk ends: these are reached only to say what is wrong.
ENDS = {
    "sp_assert_failed": "stops the program",
    "sp_message_set": "writes a text into the caller's memory (vsnprintf)",
}
# Instructions that ask the machine instead of the arguments, and the processor's own exp, log and sine.
FORBIDDEN_INSTRUCTIONS = {"rdtsc", "rdtscp", "rdrand", "rdseed", "rdpid", "syscall", "sysenter", "cpuid", "int", "fsin",
                          "fcos", "fsincos", "fptan", "fpatan", "f2xm1", "fyl2x", "fyl2xp1"}

# Rooms whose every function counts as an entry, and tables by which the engine reaches the others.
ENTRY_ROOMS = ("engine", "economics")
ENTRY_TABLES = ("sp_estimators", "sp_laws")
MUST_BE_THERE = ("sp_engine_tick", "sp_engine_take", "sp_engine_command") + ENTRY_TABLES

SYMBOL = re.compile(r"([0-9a-f]{16}) (.{7}) (\S+)\s+[0-9a-f]+\s+(?:\.(?:hidden|internal|protected) )?(\S+)\Z")
RELOCATION = re.compile(r"[0-9a-f]{16} R_\S+\s+([^\s+-]+)")
INSTRUCTION = re.compile(r"\s+[0-9a-f]+:\s+(?:(?:rep|repz|lock|bnd|notrack|data16)\s+)?([a-z0-9]+)")


class Section:
    """A function or a table in its own section: what it refers to, and what it executes."""

    def __init__(self, room, member, name):
        self.room, self.member, self.name = room, member, name
        self.targets, self.instructions = set(), set()

    def __str__(self):
        return re.sub(r"\.(text(\.unlikely|\.hot)?|data(\.rel)?(\.ro)?(\.local)?|rodata(\.cst\d+)?)\.", "", self.name)

    def is_code(self):
        return self.name.startswith(".text") and not self.name.startswith((".text.startup", ".text.exit"))


class Program:
    """The sections of several static libraries, and who defines which name."""

    def __init__(self, objdump):
        self.objdump = objdump
        self.sections = {}  # (room, member, section name) -> Section
        self.exported = {}  # name -> Section
        self.local = {}     # (room, member, name) -> Section

    def _dump(self, option, archive):
        answer = subprocess.run([self.objdump, *option, "-w", archive], stdout=subprocess.PIPE, check=True)
        return answer.stdout.decode(errors="replace").splitlines()

    def _section(self, room, member, name):
        return self.sections.setdefault((room, member, name), Section(room, member, name))

    def add(self, room, archive):
        member, section = None, None
        for line in self._dump(["-t", "-r"], archive):
            if "file format" in line:
                member, section = line.split(":")[0], None
            elif line.startswith("RELOCATION RECORDS FOR ["):
                section = self._section(room, member, line[line.index("[") + 1:line.rindex("]")])
            elif section is None and SYMBOL.match(line):
                self._add_symbol(room, member, SYMBOL.match(line))
            elif section is not None and RELOCATION.match(line):
                section.targets.add(RELOCATION.match(line)[1])
        self._add_instructions(room, archive)

    def _add_symbol(self, room, member, symbol):
        _, flags, section_name, name = symbol.groups()
        if section_name in ("*UND*", "*ABS*", "*COM*") or "f" in flags:
            return
        section = self._section(room, member, section_name)
        self.local[room, member, name] = section
        self.local[room, member, section_name] = section
        if flags[0] != "l":
            self.exported[name] = section

    def _add_instructions(self, room, archive):
        member, section = None, None
        for line in self._dump(["-d", "--no-show-raw-insn"], archive):
            if "file format" in line:
                member = line.split(":")[0]
            elif line.startswith("Disassembly of section "):
                section = self._section(room, member, line[len("Disassembly of section "):].rstrip(":"))
            elif section is not None and INSTRUCTION.match(line):
                section.instructions.add(INSTRUCTION.match(line)[1])

    def entries(self):
        found = [section for section in self.sections.values() if section.room in ENTRY_ROOMS and section.is_code()]
        return found + [self.exported[name] for name in ENTRY_TABLES if name in self.exported]

    def target(self, section, name):
        """The section that a name means there, or None when it lies outside the project."""
        return self.local.get((section.room, section.member, name)) or self.exported.get(name)


def _way(came_from, section):
    names = []
    while section is not None:
        names.append(str(section))
        section = came_from[section]
    return " > ".join(reversed(names))


def walk(program):
    """(findings, number of functions reached)."""
    found = [f"{name} is not in the libraries: nothing would be checked" for name in MUST_BE_THERE
             if name not in program.exported]
    came_from = {section: None for section in program.entries()}
    waiting = deque(came_from)
    while waiting:
        section = waiting.popleft()
        for instruction in sorted(section.instructions & FORBIDDEN_INSTRUCTIONS):
            found.append(f"{_way(came_from, section)} executes {instruction}")
        for name in sorted(section.targets):
            target = program.target(section, name)
            if name in ENDS or target is section:
                continue
            if target is None:
                if not PERMITTED.match(name) and not name.startswith("."):
                    found.append(f"{_way(came_from, section)} > {name}")
            elif target not in came_from:
                came_from[target] = section
                waiting.append(target)
    return found, sum(section.is_code() for section in came_from)


def check(objdump, archives):
    program = Program(objdump)
    for room, archive in archives:
        program.add(room, archive)
    return walk(program)


# A project of three libraries; %(…)s is where an error is planted.
HEAD = "#include <stdlib.h>\n#include <string.h>\n#include <time.h>\n"
BASE = HEAD + """
struct ops { double (*decide)(double); };
int sp_deep(int n); int sp_open(void); char *sp_name(char *to);
static __attribute__((noinline)) int deep(int n) { %(deep)s return n + 1; }
int sp_deep(int n) { return deep(n) * 2; }
int sp_open(void) { return malloc(3) != NULL; }
char *sp_name(char *to) { memset(to, 1, 3); return to; }
"""
LAWS = HEAD + """
double exp(double);
struct ops { double (*decide)(double); };
static double law_decide(double x) { %(law)s return x * 2; }
static double law_never(double x) { return exp(x); }
extern const struct ops *const sp_laws[]; extern const struct ops *const sp_estimators[];
extern const struct ops sp_unlisted;
static const struct ops law_ops = {law_decide};
const struct ops *const sp_laws[] = {&law_ops, NULL};
const struct ops *const sp_estimators[] = {NULL};
const struct ops sp_unlisted = {law_never};
"""
ENGINE = HEAD + """
int sp_deep(int n); char *sp_name(char *to);
int sp_engine_tick(int n); int sp_engine_take(int n); int sp_engine_command(int n);
static __attribute__((noinline)) int take_early(int n) { %(engine)s return n; }
int sp_engine_tick(int n) { char name[4]; return sp_deep(n) + sp_name(name)[1]; }
int sp_engine_take(int n) { return take_early(n); }
int sp_engine_command(int n) { return n; }
"""
PLANTED = [
    ({"deep": "if (n > 3) n = (int)time(NULL);"}, "sp_engine_tick > sp_deep > deep > time"),
    ({"law": "x = exp(x);"}, "law_decide > exp"),
    ({"engine": "n += rand();"}, "take_early > rand"),
    ({"engine": "free(malloc((size_t)n));"}, "take_early > malloc"),
    ({"engine": "static int (*volatile p)(void); p = rand;"}, "take_early > rand"),
    ({"deep": "n += (int)__builtin_ia32_rdtsc();"}, "deep executes rdtsc"),
]


def _build(compiler, folder, places):
    places = {"deep": "", "law": "", "engine": "", **places}
    archives = []
    for room, text in (("base", BASE), ("laws", LAWS), ("engine", ENGINE)):
        path = os.path.join(folder, room)
        with open(path + ".c", "w", encoding="utf-8") as file:
            file.write(text % places)
        subprocess.run([compiler, "-O1", "-w", "-ffunction-sections", "-fdata-sections", "-fno-builtin", "-c", path + ".c",
                        "-o", path + ".o"], check=True)
        archives.append((room, path + ".o"))
    return archives


def blind_spots(objdump, compiler):
    found = []
    with tempfile.TemporaryDirectory(prefix="setpoint-house-") as folder:
        findings, _ = check(objdump, _build(compiler, folder, {}))
        found += [f"finds an error in a sound program: {finding}" for finding in findings]
        for places, expected in PLANTED:
            findings, _ = check(objdump, _build(compiler, folder, places))
            if not any(expected in finding for finding in findings):
                found.append(f"does not find \"{expected}\"; found: {findings}")
        findings, _ = check(objdump, _build(compiler, folder, {})[:2])
        if not any("sp_engine_tick is not in" in finding for finding in findings):
            found.append("does not notice that there is no engine")
    return found


def main(arguments):
    parser = argparse.ArgumentParser(prog="run.py purity")
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("--compiler", default="cc", help="builds the planted errors")
    parser.add_argument("archives", nargs="*", metavar="ROOM=ARCHIVE")
    options = parser.parse_args(arguments)
    blind = blind_spots(options.objdump, options.compiler)
    if blind:
        print("purity: the checker is wrong: it " + "\npurity: it ".join(blind), file=sys.stderr)
        return 2
    findings, reached = check(options.objdump, [archive.split("=", 1) for archive in options.archives])
    for finding in findings:
        print(finding)
    print(f"purity: {len(findings)} findings in {reached} functions reached; {len(PLANTED) + 1} planted errors found")
    return 1 if findings else 0
