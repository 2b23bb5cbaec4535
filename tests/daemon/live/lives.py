"""lives.py - one daemon's life under load, through many deaths: what was seen on the way, and what must hold at its end."""

import os
import signal
import time

import checks
import rig
import sockets

FIRST_MS = 2000  # the first valid publication after a restart comes no later
CONVERGENCE_NS = 200_000_000


class Life:
    """A rig with senders and a subscriber. Findings gather; end() gives them all."""

    def __init__(self, seed, config=None, senders=3, make=None, pause_s=0.02):
        self.rig = rig.Rig(config)
        self.config = config or rig.config_text()
        self.random = rig.random.Random(seed)
        self.watcher = self.rig.subscribe()
        self.streams = [self.rig.stream(f"s{i}", make(f"{seed}/{i}") if make else rig.Load(f"{seed}/{i}"), pause_s)
                        for i in range(senders)]
        self.ticks = {}    # what was seen committed
        self.firsts = []   # [ms] from exec to the first valid publication
        self.deaths = 0
        self.found = []

    def close(self):
        self.rig.close()

    def find(self, findings):
        """A few of each kind say enough."""
        self.found += findings[:3]
        if len(findings) > 3:
            self.found.append(f"… and {len(findings) - 3} more of them")

    # --- one stretch of it ---

    def begin(self, failpoint=None, measured=True, **environment):
        """Starts it; and measures how long a gateway waits, where the log has a book for it already."""
        self.rig.start(failpoint=failpoint, wait=False, **environment)
        if measured and self.ticks:
            self._measure(failpoint)
        elif failpoint is None and not self.rig.wait_ready():
            raise AssertionError(f"not ready: {self.rig.said()[-2000:]}")

    def _measure(self, failpoint):
        started, end = self.rig.started_ns, time.monotonic() + rig.READY_S
        while time.monotonic() < end and self.rig.running():
            book = self.watcher.wait(lambda frame: frame.kind == sockets.BOOK and frame.received > started, timeout=0)
            came = book.received if book else self._asked()
            if came:
                self.firsts.append((came - started) / 1e6)
                if self.firsts[-1] > FIRST_MS:
                    self.find([f"the first publication took {self.firsts[-1]:.0f} ms"])
                return
            time.sleep(0.002)
        if failpoint is None:
            self.find([f"no publication after a restart: {self.rig.said()[-1500:]}"])

    def _asked(self):
        try:
            return time.monotonic_ns() if self.rig.book() else None
        except (OSError, ValueError):
            return None

    def wait_ticks(self, n=1, timeout=20.0):
        """Until n more are committed than now, or than are known."""
        self.rig.wait_ticks(max(self.rig.live_ticks(), *self.ticks, 0) + n, timeout)

    def kill(self):
        self.rig.kill()
        self.look()

    def await_kill(self, name, timeout=rig.READY_S):
        """The failpoint kills it, or that is a finding."""
        try:
            code = self.rig.await_death(timeout)
        except Exception:  # pylint: disable=broad-except
            self.find([f"{name} never came"])
            self.rig.kill()
            return
        if code != signal.SIGKILL:
            self.find([f"{name}: ended with {code}: {self.rig.said()[-1500:]}"])
        self.look()

    def look(self):
        """After a death: nothing of what was seen is gone."""
        self.deaths += 1
        with rig.Log(self.rig.state) as log:
            if not os.path.exists(log.path) and not self.ticks:
                return
            ticks = log.ticks()
        self.find(checks.lost_ticks(self.ticks, ticks))
        self.ticks = ticks

    # --- the end ---

    def end(self, whole=True, strict=True):
        """A last, undisturbed stretch; then everything that must hold. whole: the log re-runs from its first tick; strict: no
        freeze took back what a tick told."""
        if not self.rig.running():
            self.begin(measured=False)
        self.wait_ticks(1)
        whole_book = self.rig.book()
        self.wait_ticks(2)
        for stream in self.streams:
            stream.close()
        code = self.rig.stop()
        if code != 0:
            self.find([f"the clean stop ended with {code}: {self.rig.said()[-1500:]}"])
        self.deaths -= 1
        self.look()
        time.sleep(0.2)  # the subscriber has read all there is
        with rig.Log(self.rig.state) as log:
            self._check_log(log)
            if whole:
                self._check_frames(log, whole_book, strict)
                self._check_replay(log)
        return self.found

    def _check_log(self, log):
        done = self.rig.run("log", "verify", "--rerun", log.path)
        if done.returncode != 0:
            self.find([f"log verify --rerun: {done.stdout} {done.stderr}"])
        rows = log.rows("SELECT family, t_ns, outcome, index_after FROM decision ORDER BY id")
        self.find(checks.broken_rates(rows, rig.HOUR_PPB, rig.DAY_PPB))
        if not rows:
            self.find(["nothing was ever decided: this life shows nothing"])
        self.find(checks.out_of_order(self.watcher.frames))
        self.find(checks.changed_versions(self.watcher.frames))

    def _check_frames(self, log, whole_book, strict):
        ledger = checks.read_ledger(log)
        books = self.watcher.books()
        self.find(checks.past_dates(books, ledger, CONVERGENCE_NS))
        self.find(checks.unheld_frames(books + whole_book, ledger, strict))
        told = sockets.Book()
        told.take_snapshot(whole_book)
        later = [frame for frame in books if told.take(frame)]
        if not later or told.gaps:
            self.find([f"{len(later)} frames after the last snapshot, {told.gaps} gaps: nothing was shown"])
        self.find(checks.other_book(told.told, ledger.groups.at_end))

    def _check_replay(self, log):
        again = os.path.join(self.rig.folder, "again.db")
        done = self.rig.run("replay", "--trace", log.path, "--log", again)
        if done.returncode != 0:
            self.find([f"replay: {done.stderr}"])
            return
        copy = rig.sqlite_rows(again, "SELECT tick, t_ns, digest, config FROM tick")
        self.find(checks.other_digests(log.ticks(), {row["tick"]: (row["t_ns"], row["digest"].hex()) for row in copy}))
        os.unlink(again)
