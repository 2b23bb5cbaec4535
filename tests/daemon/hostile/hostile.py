"""hostile.py - what the tests of this folder share: the hostile messages with their verdicts, a sender whose signals are true, and
what a daemon says of its senders.

The rig is that of tests/daemon/live.
"""

import collections
import concurrent.futures
import json
import os
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))

import checks  # noqa: E402  pylint: disable=wrong-import-position
import rig  # noqa: E402  pylint: disable=wrong-import-position
import sockets  # noqa: E402  pylint: disable=wrong-import-position

MESSAGES = os.environ.get("SETPOINT_HOSTILE_MESSAGES", "")
UNDISTURBED = os.environ.get("SETPOINT_UNDISTURBED", "")
OTHERS = "(others)"  # who sent what names no source
GOOD = "good-1"      # whose signals are true; the messages do not know it
POOL = "us-east/h100"
SKUS = ["llama-70b/us-east/input", "llama-70b/us-east/output"]
BEHIND_NS = 500_000_000  # so far behind the clock GOOD's signals are dated: what the others send is the latest, whoever is delayed


class AtOnce(unittest.TestSuite):
    """Tests that mostly wait for a clock: they run at the same time. A module says so with load_tests."""

    def run(self, result, debug=False):
        tests = [test for suite in self for test in suite]
        with concurrent.futures.ThreadPoolExecutor(len(tests)) as lanes:
            for part in lanes.map(lambda test: test.run(unittest.TestResult()), tests):
                result.testsRun += part.testsRun
                result.failures += part.failures
                result.errors += part.errors
                result.skipped += part.skipped
        for test in tests:
            print(test.id().rpartition(".")[2], file=sys.stderr)
        return result


# --- the messages ---


class Messages:
    """messages.c, asked for one after the other: (bytes, verdict), in the order in which they are meant to come."""

    def __init__(self):
        self.child = subprocess.Popen([MESSAGES], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said = self._ask("count")
        self.count, self.sound = said["count"], said["sound"]

    def _ask(self, line):
        self.child.stdin.write(f"{line}\n".encode())
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def get(self, number):
        now_ns = time.time_ns()
        verdict = self._ask(f"{number} {now_ns}")
        verdict["seq"] = now_ns + number  # as most of them have it
        return self.child.stdout.read(verdict["bytes"]), verdict

    def close(self):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()


def config(listen=None, sources=()):
    """The messages' own, with a sender of the tests', and with rails that leave prices room to move at every tick."""
    text = subprocess.run([MESSAGES, "config"], stdout=subprocess.PIPE, text=True, check=True).stdout
    text = text.replace("response_lag: 1m", "response_lag: 1s, delay_periods: 0, tolerance: 0%")
    text = text.replace("dead_band: 0%", "dead_band: 0%, max_step: 5%, max_per_hour: 90%, max_per_day: 90%")
    text += "".join(f"  - {source}\n" for source in [f"{{id: {GOOD}, kinds: [demand, latency], max_per_s: 1000000}}", *sources])
    if listen:
        text += "listen: {" + ", ".join(f"{name}: '{url}'" for name, url in listen.items()) + "}\n"
    return text + "feed: {lease: 2s, heartbeat: 200ms}\n"


def true_load(n, ahead_ns=0):
    """GOOD's message n: a load that goes up and down, so that the price does."""
    level = 12000 + 2500 * (1 if n // 30 % 2 == 0 else -1)
    return [[time.time_ns() + ahead_ns - BEHIND_NS, "demand", sku, float(level + n % 7)] for sku in SKUS]


# --- what becomes of them ---


class Tally:
    """What a daemon should have counted: {source: {count: n}}; the counts are `messages`, `records`, `taken` and the reasons."""

    def __init__(self):
        self.sources = collections.defaultdict(collections.Counter)
        self.refused = collections.Counter()  # all of them, as the ticks' rows have it

    def add(self, verdict):
        counts = self.sources[verdict["source"] or OTHERS]
        counts["messages"] += 1
        if verdict["stage"] == "message":
            counts[verdict["reason"]] += 1
            self.refused["malformed"] += 1
            return
        counts["records"] += verdict["records"]
        counts["taken"] += verdict["records"] - verdict["refused"]
        counts[verdict["refusal"]] += verdict["refused"]
        self.refused[verdict["refusal"]] += verdict["refused"]

    def add_taken(self, source, messages, records):
        self.sources[source].update(messages=messages, records=records, taken=records)

    def differs_from(self, said):
        """said: what senders() answers."""
        return [f"{source}: {name} {said.get(source, {}).get(name, 0)}, not {self.sources[source][name]}"
                for source in sorted({*self.sources, *said})
                for name in sorted({*self.sources[source], *said.get(source, {})} - {"missing"})
                if said.get(source, {}).get(name, 0) != self.sources[source][name]]


def senders(one):
    """The daemon's `sources`, as Tally has them."""
    found = {}
    for source, messages, records, taken, missing, refused, _ in one.ask("sources").rows:
        counts = collections.Counter(messages=int(messages), records=int(records), taken=int(taken), missing=int(missing))
        for part in filter(None, refused.split(", ")):
            name, n = part.split(" ")
            counts[name] += int(n)
        found[source] = counts
    return found


def refused_in_ticks(log):
    """What the rows of a log's ticks say: {refusal: n}."""
    found = collections.Counter()
    for row in log.rows("SELECT refused FROM tick"):
        found.update(json.loads(row["refused"]))
    return found


def undisturbed(log, left_out):
    """undisturbed.c: the log's life again without the messages (source, seq) of left_out."""
    lines = "".join(f"{source} {seq}\n" for source, seq in left_out)
    done = subprocess.run([UNDISTURBED, log.path], input=lines, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"undisturbed: {done.stderr}")
    return json.loads(done.stdout)


# --- a daemon ---


class Bystander:
    """GOOD sends, a subscriber watches, while something is done to the daemon. end() says what was not as in peace."""

    def __init__(self, one, url=None, make=true_load):
        self.rig = one
        self.watcher = one.subscribe()
        self.stream = one.stream(GOOD, make, 0.1, url=url)
        self.log = self.again = None

    def all_taken(self):
        return senders(self.rig)[GOOD]["taken"] == self.stream.records

    def end(self, left_out=(), moves=3):
        """Two ticks more, then a clean stop. left_out: messages (source, seq) that must have decided nothing; moves: of prices, that
        there must have been at least."""
        book = self.rig.book()
        self.rig.wait_ticks(self.rig.live_ticks() + 2)
        self.stream.close()
        found = [] if wait_until(self.all_taken, 5.0) else [f"{self.stream.records} sent, {senders(self.rig)[GOOD]}"]
        if self.rig.stop() != 0:
            found.append(f"it ended badly: {self.rig.said()[-3000:]}")
        self.log = self.rig.log()
        self.again = undisturbed(self.log, left_out)
        if self.again["differs"]:
            found.append(f"tick {self.again['first']} decides otherwise: {self.again}")
        if self.again["moves"] < moves:
            found.append(f"hardly a price moved, nothing was shown: {self.again}")
        return found + self._book_findings(book)

    def _book_findings(self, book):
        ledger = checks.read_ledger(self.log)
        told = sockets.Book()
        told.take_snapshot(book)
        for frame in self.watcher.books():
            told.take(frame)
        return (checks.unheld_frames(self.watcher.books() + book, ledger) + checks.out_of_order(self.watcher.frames) +
                checks.other_book(told.told, ledger.groups.at_end))


def wait_until(wanted, timeout=20.0, pause=0.05):
    """Does it come true in that time?"""
    end = time.monotonic() + timeout
    while not wanted():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def knock(url):
    """A connection that says nothing."""
    scheme, _, place = url.partition("://")
    knocking = socket.socket(socket.AF_UNIX if scheme == "ipc" else socket.AF_INET)
    knocking.settimeout(5)
    knocking.connect(place if scheme == "ipc" else (place.rpartition(":")[0], int(place.rpartition(":")[2])))
    return knocking


def memory_kib(pid):
    """Resident memory of its own, without what it shares with files."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def main_plain():
    """As rig.main, for a program that needs a build without sanitizers."""
    if rig.BIN and not os.access(rig.BIN, os.X_OK):
        print(f"{rig.BIN} is not there: ./dev build release setpoint", file=sys.stderr)
        sys.exit(77)
    rig.main()
