"""rig.py - a live daemon on a folder of its own: started, fed, watched as a gateway would, asked, killed.

    with Rig() as rig:                    # folder, configuration
        rig.start()                       # waits until the daemon says that it is ready
        sender = rig.sender("one")        # or rig.stream("one") in the background
        watcher = rig.subscribe()
        rig.kill()
        rig.start(failpoint="commit_before_commit")
        rig.await_death()
        log = rig.log()                   # what is on the disk

SETPOINT_BIN is the binary. Only the standard library and python3-msgpack.
"""

import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import sockets

BIN = os.environ.get("SETPOINT_BIN", "")
SOAK = os.environ.get("SETPOINT_SOAK", "") not in ("", "0")
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
# A daemon does not outlive the thread that started it, however that ends.
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
COMPLAINTS = ["Sanitizer", "runtime error:", "assertion failed"]
READY_S = 20  # sanitizers are slow, and so are machines that build something else
RANDOM = random.Random(int(os.environ.get("SETPOINT_SEED", "20261124")))

POOLS = ["east", "west", "north"]
TIERS = ["batch", "chat", "code"]
FAMILIES = sorted(f"{pool}/{tier}" for pool in POOLS for tier in TIERS)
HOUR_PPB, DAY_PPB = 200_000_000, 300_000_000  # the rates of the configuration


def config_text(period="1s", lateness="100ms", convergence="200ms", **more):
    """Prices that move at nearly every tick, and soon lean on their rates. more: texts put at the end by name."""
    text = f"""version: 1
period: {period}
lateness: {lateness}
convergence: {convergence}
max_ahead: 10s
estimators: {{load: {{use: ewma, half_life: 0s}}}}
clocks: {{demand: {{feed: fed, max_age: 1h}}}}
feed: {{lease: 2s, heartbeat: 200ms, grace: 15m}}
defaults:
  profile: dynamic
  mode: auto
  policy: {{use: utilization_pi, elasticity: 1.0, response_lag: 1s, delay_periods: 0, tolerance: 0%}}
  guardrails: {{floor: 50%, ceiling: 200%, max_step: 5%, max_per_hour: 20%, max_per_day: 30%, min_interval: 0s, dead_band: 0%}}
pools:
"""
    for pool in POOLS:
        text += f"""  - id: {pool}
    units_per_gpu_s: 9000
    supply: [{{id: base, term: owned, gpus: 64, usd_per_gpu_h: "0.10"}}]
"""
    text += "families:\n"
    for family in FAMILIES:
        text += f"""  - id: {family}
    pool: {family.split("/")[0]}
    skus:
      - {{id: {family}/input, meter: input, unit: 1M tokens, usd: "0.45", weight: 1}}
      - {{id: {family}/output, meter: output, unit: 1M tokens, usd: "1.80", weight: 4}}
"""
    return text + "".join(more.values())


def with_listen(port, **others):
    """What config_text needs to listen on tcp; sources must be named then."""
    return {"listen": f"listen: {{signals: 'tcp://127.0.0.1:{port}'}}\n", **others}


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Stream(threading.Thread):
    """A sender in the background: messages at a pace, over restarts of the daemon. make(n) gives the records of message n."""

    def __init__(self, url, source, make, pause_s):
        super().__init__(daemon=True)
        self.url, self.source, self.make, self.pause_s = url, source, make, pause_s
        self.sent = self.records = self.failures = 0
        self.ends = False
        self.start()

    def run(self):
        sender = None
        while not self.ends:
            try:
                sender = sender or sockets.Sender(self.url, self.source, timeout=0.5)
                records = self.make(self.sent)
                sender.send(records)
                self.sent += 1
                self.records += len(records)
            except OSError:
                self.failures += 1
                if sender:
                    sender.close()
                sender = None
            time.sleep(self.pause_s)
        if sender:
            sender.close()

    def close(self):
        self.ends = True
        self.join()


class Load:
    """Records of utilization: a walk of its own for each pool, so that prices go up and down and often lean on their rates."""

    def __init__(self, seed, n=8, pools=POOLS):
        self.random = random.Random(seed)
        self.n, self.pools = n, pools
        self.level = {pool: self.random.uniform(0.5, 0.9) for pool in pools}

    def __call__(self, _):
        records = []
        for _ in range(self.n):
            pool = self.random.choice(self.pools)
            level = self.level[pool] + self.random.gauss(0, 0.08)
            self.level[pool] = level if 0.3 < level < 1.2 else 0.7
            records.append([time.time_ns(), "utilization", pool, self.level[pool]])
        return records


def sqlite_rows(path, query):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


class Log:
    """A copy of what the log holds, archived files too; made while nobody writes, or read by SQLite's own means."""

    def __init__(self, state):
        self.folder = tempfile.mkdtemp(prefix="sp-log-")
        self.path = os.path.join(self.folder, "setpoint.db")
        for name in ("setpoint.db", "setpoint.db-wal"):
            if os.path.exists(os.path.join(state, name)):
                shutil.copy(os.path.join(state, name), os.path.join(self.folder, name))
        archive = os.path.join(state, "archive")
        if os.path.isdir(archive):
            shutil.copytree(archive, os.path.join(self.folder, "archive"))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def files(self):
        archive = os.path.join(self.folder, "archive")
        names = sorted(os.listdir(archive)) if os.path.isdir(archive) else []
        found = [os.path.join(archive, name) for name in names if "-" not in name]
        return found + ([self.path] if os.path.exists(self.path) else [])

    def rows(self, query):
        """Of all files, oldest first."""
        return [row for path in self.files() for row in sqlite_rows(path, query)]

    def ticks(self):
        """{tick: (time, digest, configuration)}"""
        return {row["tick"]: (row["t_ns"], row["digest"].hex(), row["config"].hex())
                for row in self.rows("SELECT tick, t_ns, digest, config FROM tick ORDER BY tick")}


class Rig:
    def __init__(self, config=None, **environment):
        self.folder = tempfile.mkdtemp(prefix="sp-")  # short: a socket's path has 107 bytes at most
        self.state = os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "setpoint.yaml")
        self.stderr = os.path.join(self.folder, "stderr")
        self.environment = environment
        self.child = self.notify = None
        self.ready = False  # since it was started last
        self.started_ns = 0  # time.monotonic_ns() just before exec
        self.closing = []
        self.write_config(config or config_text())

    # --- life ---

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for one in self.closing:
            one.close()
        self.closing = []
        if self.child and self.child.poll() is None:
            self.kill()
        if self.notify:
            self.notify.close()
        said = self.said() if os.path.exists(self.stderr) else ""
        if os.environ.get("SETPOINT_KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        for words in COMPLAINTS:  # of sanitizers and assertions, however the daemon ended
            if words in said:
                raise AssertionError(said[max(said.index(words) - 200, 0):][:6000])

    def write_config(self, text):
        """In one piece: a daemon that reads it just now reads the old or the new one."""
        with open(self.config + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(self.config + ".new", self.config)

    def url(self, name):
        return f"ipc://{self.state}/run/{name}"

    def _listen(self):
        if self.notify:
            self.notify.close()
        path = os.path.join(self.folder, "notify")
        if os.path.exists(path):
            os.unlink(path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        return path

    def _environment(self, failpoint, more):
        found = {name: value for name, value in os.environ.items() if not name.startswith(("SETPOINT_", "NOTIFY_"))}
        found.update(self.environment)
        found.update(more)
        found["NOTIFY_SOCKET"] = self._listen()
        if failpoint:
            found["SETPOINT_FAILPOINT"] = failpoint
        return found

    def start(self, *arguments, failpoint=None, wait=True, before=(), **environment):
        """before: words that stand before the binary, as faketime's do."""
        if self.child and self.child.poll() is None:
            raise AssertionError("it runs already")
        env = self._environment(failpoint, environment)
        self.ready = False
        with open(self.stderr, "ab") as stderr:
            self.started_ns = time.monotonic_ns()
            self.child = subprocess.Popen(
                [*DIES_WITH_US, *before, BIN, "run", "-c", self.config, "--state", self.state, *arguments],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, env=env, cwd=self.folder)
        if wait and not self.wait_ready():
            raise AssertionError(f"not ready, exit code {self.child.poll()}:\n{self.said()[-3000:]}")
        return self

    def wait_ready(self, timeout=READY_S):
        """False: it ended, or did not become ready."""
        self.ready = self.ready or self.wait_notified("READY=1", timeout) is not None
        return self.ready

    def wait_notified(self, line, timeout=READY_S):
        end = time.monotonic() + timeout
        self.notify.settimeout(0.05)
        while time.monotonic() < end:
            try:
                said = self.notify.recv(4096).decode()
            except TimeoutError:
                if self.child.poll() is not None:
                    return None
                continue
            if line in said.split("\n"):
                return said
        return None

    def running(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def reload(self, text=None, timeout=READY_S):
        """SIGHUP, and waits until the daemon says that it is done with it."""
        if text is not None:
            self.write_config(text)
        self.drain()
        self.signal(signal.SIGHUP)
        if self.wait_notified("READY=1", timeout) is None:
            raise AssertionError(f"no answer to SIGHUP:\n{self.said()[-3000:]}")

    def drain(self):
        """Forgets what was notified so far."""
        self.notify.setblocking(False)
        try:
            while True:
                self.notify.recv(4096)
        except BlockingIOError:
            pass

    def kill(self):
        self.child.kill()
        return self.child.wait()

    def await_death(self, timeout=READY_S):
        """It was to be killed by itself; the signal's number, or the exit code."""
        code = self.child.wait(timeout)
        return -code if code < 0 else code

    def stop(self, timeout=READY_S):
        """Cleanly; its exit code."""
        self.signal(signal.SIGTERM)
        return self.child.wait(timeout)

    def said(self):
        with open(self.stderr, encoding="utf-8", errors="replace") as file:
            return file.read()

    # --- others ---

    def _kept(self, one):
        self.closing.append(one)
        return one

    def sender(self, source="one", url=None, **more):
        return self._kept(sockets.Sender(url or self.url("signals"), source, **more))

    def stream(self, source="one", make=None, pause_s=0.02, url=None):
        return self._kept(Stream(url or self.url("signals"), source, make or Load(source), pause_s))

    def subscribe(self):
        return self._kept(sockets.Subscriber(self.url("prices")))

    def book(self):
        return sockets.fetch_book(self.url("book"))

    def ask(self, verb, *arguments, timeout=10.0):
        """The control socket's answer, on a connection of its own."""
        asker = sockets.Asker(self.url("control"), timeout)
        try:
            return sockets.Answer(asker.ask(sockets.question(verb, *arguments)))
        finally:
            asker.close()

    def status(self):
        return dict(self.ask("status").rows)

    def log(self):
        """A copy of the log; the daemon should be dead, or at rest."""
        return self._kept(Log(self.state))

    def log_now(self):
        """The same while it writes, as of one moment; without archived files."""
        log = self._kept(Log(self.folder))  # nothing lies there
        self.run("log", "backup", os.path.join(self.state, "setpoint.db"), log.path, check=0)
        return log

    def live_ticks(self):
        """The number of committed ticks, while the daemon runs; 0 as long as there is no log."""
        try:
            connection = sqlite3.connect(f"file:{self.state}/setpoint.db?mode=ro", uri=True, timeout=5)
            try:
                return connection.execute("SELECT max(tick) FROM tick").fetchone()[0] or 0
            finally:
                connection.close()
        except sqlite3.OperationalError:
            return 0

    def wait_ticks(self, n, timeout=30.0):
        """Until n ticks are committed."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.running() and self.live_ticks() >= n:
                return True
            time.sleep(0.05)
        raise AssertionError(f"no {n} ticks in {timeout} s:\n{self.said()[-3000:]}")

    def run(self, *arguments, check=None):
        """Any other command of ours; check: the exit code that it must have."""
        done = subprocess.run([BIN, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, cwd=self.folder, check=False)
        if check is not None and done.returncode != check:
            raise AssertionError(f"{arguments}: {done.returncode}, not {check}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done


class Case(unittest.TestCase):
    """A test with rigs that are closed at its end."""

    def rig(self, *arguments, **more):
        rig = Rig(*arguments, **more)
        self.addCleanup(rig.close)
        return rig


def main():
    """A program that had to skip a test says so with 77: skipped is not passed."""
    if not BIN:
        print("SETPOINT_BIN is not set: nothing to test", file=sys.stderr)
        sys.exit(77)
    result = unittest.main(verbosity=2, exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
