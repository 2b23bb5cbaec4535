"""command.py - runs `setpoint` for the tests beside it, as a program in a pipe or as a person at a terminal."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

BIN = os.environ.get("SETPOINT_BIN", "")
ENDPOINT = os.environ.get("ENDPOINT_BIN", "")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(ROOT, "examples", "demo.yaml")
QUICKSTART = os.path.join(ROOT, "examples", "quickstart.yaml")
ESCAPE = "\x1b["
TIMEOUT = 60


def environment(**changes):
    """A plain one: no colour is forbidden, no width given, UTF-8."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("NO_COLOR", "COLUMNS", "LANG", "LC_CTYPE", "TERM")}
    kept.update({"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"})
    kept.update(changes)
    return {name: value for name, value in kept.items() if value is not None}


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*arguments, stdin="", stdout=subprocess.PIPE, env=None, **more):
    done = subprocess.run([BIN, *map(str, arguments)], input=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True,
                          env=env or environment(), timeout=TIMEOUT, cwd=ROOT, check=False, **more)
    return Answer(done.returncode, done.stdout, done.stderr)


def read_terminal(fd, until=None):
    """What came, until the other side closed or `until` was seen."""
    text, end = b"", time.monotonic() + TIMEOUT
    while time.monotonic() < end and not (until and until in text):
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            break
        if not chunk:
            break
        text += chunk
    return text.decode()


def on_terminal(*arguments, columns=100, until=None, env=None):
    """Everything on one terminal; ended when `until` was seen."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        raise unittest.SkipTest(f"no terminal to be had here: {error}") from error
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    child = subprocess.Popen([BIN, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
                             env=env or environment(), cwd=ROOT)
    os.close(theirs)
    text = read_terminal(ours, until and until.encode())
    if until:
        child.kill()
    os.close(ours)
    return Answer(child.wait(TIMEOUT), text.replace("\r\n", "\n"), "")


def without_escapes(text):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", text)


class Endpoint:
    """The socket ends of a daemon (endpoint.c) over a state directory: what it hears is in `heard`, in order."""

    def __init__(self, state, *urls):
        self.state = state
        os.makedirs(os.path.join(state, "answers"), mode=0o700, exist_ok=True)
        os.chmod(state, 0o700)
        self.heard, self.changed = [], threading.Condition()
        self.process = subprocess.Popen([ENDPOINT, state, *urls], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.wait("ready")

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.heard.append(json.loads(line))
                self.changed.notify_all()

    def all(self, key):
        return [line for line in self.heard if key in line]

    def wait(self, key, n=1):
        """The lines with this key, once there are so many."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.all(key)) >= n, TIMEOUT):
                raise AssertionError(f"no {n} lines with '{key}' within {TIMEOUT} s: {self.heard[-5:]}")
            return self.all(key)

    def records(self, n):
        """Sent so far, once there are so many: [t, kind, subject, value, source]."""
        def flat():
            return [record + [message["source"]] for message in self.all("records") for record in message["records"]]
        with self.changed:
            if not self.changed.wait_for(lambda: len(flat()) >= n, TIMEOUT):
                raise AssertionError(f"{len(flat())} of {n} records within {TIMEOUT} s")
            return flat()

    def answer(self, verb, rows=(), status=0, text=""):
        with open(os.path.join(self.state, "answers", verb), "w", encoding="utf-8") as file:
            file.write("\n".join([f"{status}\t{text}", *("\t".join(row) for row in rows)]) + "\n")

    def tell(self, *lines):
        """Obeyed when it returns."""
        before = len(self.all("obeyed"))
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()
        self.wait("obeyed", before + len(lines))

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)
        self.process.stdout.close()
        return code


class Case(unittest.TestCase):
    """A test with a scratch folder of its own."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name

    def path(self, name):
        return os.path.join(self.scratch, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def endpoint(self, *urls):
        """The ends of a daemon over a state directory of this test, whose path is short enough for sockets."""
        if not ENDPOINT:
            self.skipTest("ENDPOINT_BIN is not set")
        ends = Endpoint(self.path("state"), *urls)

        def stop():
            if ends.process.poll() is None:
                self.assertEqual(ends.stop(), 0)
        self.addCleanup(stop)
        return ends

    def run_without_rights(self, *arguments):
        """As a user who may not read everything."""
        if os.geteuid() != 0:
            return run(*arguments)
        os.chmod(self.scratch, 0o755)
        try:
            return run(*arguments, user=65534, group=65534, extra_groups=[])
        except PermissionError:
            self.skipTest("only root can run the binary here")

    def expect(self, answer, code, err=None):
        """The exit code, and a part of what is said on stderr."""
        self.assertEqual(answer.code, code, answer.err or answer.out)
        if err is not None:
            self.assertIn(err, answer.err)
        self.assertNotIn("AddressSanitizer", answer.err)
        self.assertNotIn("runtime error", answer.err)
        return answer

    def recorded(self, name="day.db", hours=24):
        """A simulated day in a new log."""
        self.expect(run("sim", "-c", DEMO, "--scenario", "demo_day", "--hours", hours, "--log", self.path(name)), 0)
        return self.path(name)


def main():
    """A program that had to skip a test says so with 77: skipped is not passed."""
    if not BIN:
        print("SETPOINT_BIN is not set: nothing to test", file=sys.stderr)
        sys.exit(77)
    result = unittest.main(verbosity=0, exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
