"""test_full_disk.py - the state directory has no room left: prices hold, senders wait, an alarm stands, a freeze acts; with room again all
goes on by itself, and the log holds everything that a subscriber saw.

The disk is a small tmpfs. Mounting one takes root, or a namespace of users that one may make; without either it is skipped.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import hostile
import counts
import lives
import rig

SIZE = "16m"
INSIDE = "SETPOINT_INSIDE"  # set once we are in a namespace of our own
MESSAGES_MAX = 20000        # far more than ring and sockets take
CYCLES_A_LIFE = 10
ENDS = ["wait", "kill", "stop", "kill and start", "stop and start"]


def mount(folder):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "none", folder], capture_output=True,
                          check=False).returncode == 0


def may_mount():
    with tempfile.TemporaryDirectory() as folder:
        if not mount(folder):
            return False
        subprocess.run(["umount", folder], check=True)
    return True


class Disk:
    """A small disk, for a state directory."""

    def __init__(self, folder):
        self.folder = folder
        self.filler = os.path.join(folder, "filler")
        os.mkdir(folder, 0o700)
        if not mount(folder):
            raise AssertionError("cannot mount a tmpfs")

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def free(self):
        os.unlink(self.filler)

    def close(self):
        subprocess.run(["umount", "--lazy", self.folder], check=False)


def commit_alarm(one):
    """As people see it; None: there is none."""
    said = json.loads(one.run("alarm", "list", "--json", "--state", one.state, check=0).stdout)
    return next((alarm for alarm in said["alarms"] if alarm["code"] == "commit"), None)


def books_between(watcher, from_ns, to_ns):
    return [frame for frame in watcher.books() if from_ns < frame.received < to_ns]


def send_until_held(one):
    """How many messages it takes until a sender waits."""
    sender = one.sender("eager", timeout=1.0)
    for sent in range(MESSAGES_MAX):
        try:
            sender.send([[time.time_ns(), "utilization", "east", 0.7]] * 16)
        except TimeoutError:
            return sent
    return MESSAGES_MAX


class FullDisk(unittest.TestCase):
    def begin(self, seed):
        life = lives.Life(seed)
        self.addCleanup(life.close)
        disk = Disk(life.rig.state)
        self.addCleanup(disk.close)
        self.addCleanup(lambda: life.rig.running() and life.rig.kill())  # first of all: what runs there keeps it busy
        life.begin()
        life.rig.wait_ticks(4)
        return life, disk

    def fill(self, life, disk):
        disk.fill()
        self.assertTrue(hostile.wait_until(lambda: commit_alarm(life.rig)), "no alarm")
        return life.rig.live_ticks(), time.monotonic_ns()

    def test_prices_hold_senders_wait_a_freeze_acts_and_it_ends_by_itself(self):
        life, disk = self.begin("full")
        one = life.rig
        ticks, since = self.fill(life, disk)
        self.assertIn("free some space", commit_alarm(one)["text"])
        self.assertLess(send_until_held(one), MESSAGES_MAX)
        self.assertEqual(one.status()["held"], "yes")
        self.freeze(one)
        until = time.monotonic_ns()
        self.assertGreater(until - since, 10**9)
        self.assertEqual((one.live_ticks(), books_between(life.watcher, since, until)), (ticks, []))
        disk.free()
        self.assertTrue(hostile.wait_until(lambda: one.live_ticks() > ticks + 1))
        self.assertTrue(hostile.wait_until(lambda: commit_alarm(one) is None, 5))
        self.assertTrue(hostile.wait_until(lambda: one.status()["held"] == "no", 5))
        self.thaw(life)
        self.end(life)
        self.assertNotEqual(books_between(life.watcher, 0, since), [])  # it would have been seen

    def freeze(self, one):
        done = one.run("freeze", "--family", "east/chat", "--state", one.state, check=74)
        self.assertIn("holds until restart", done.stderr)
        self.assertEqual([row[0] for row in one.ask("frozen").rows], ["family east/chat"])
        self.assertFalse(os.path.exists(os.path.join(one.state, "FREEZE")))

    def thaw(self, life):
        """It held all the time, and its file came by itself. Then prices of it move again."""
        one, thawed = life.rig, time.monotonic_ns()
        self.assertTrue(hostile.wait_until(lambda: os.path.exists(os.path.join(one.state, "FREEZE")), 5))
        self.assertEqual([row[0] for row in one.ask("frozen").rows], ["family east/chat"])
        one.run("thaw", "--family", "east/chat", "--state", one.state, check=0)
        again = life.watcher.wait(lambda frame: frame.received > thawed and "east/chat" in frame.groups(), 10)
        self.assertIsNotNone(again, "east/chat does not move again")

    def end(self, life):
        if life.rig.running():
            self.assertEqual(life.rig.stop(), 0)
        life.look()
        self.assertEqual(life.end(), [])

    def test_stopped_while_it_is_full_it_goes_on_from_what_is_stored(self):
        life, disk = self.begin("stopped")
        ticks, _ = self.fill(life, disk)
        disk.free()  # and before it is tried again:
        self.assertEqual(life.rig.stop(), 0)
        self.assertIn("event=stopped message=\"", life.rig.said())
        with life.rig.log() as log:
            self.assertIn(len(log.ticks()), (ticks, ticks + 1))
            print(f"\nstopped after tick {len(log.ticks())}, full since {ticks}")
        self.end(life)


    def cycle(self, life, disk):
        """Filled, and for a while something happens to it; then there is room again."""
        one, end = life.rig, life.random.choice(ENDS)
        self.fill(life, disk)
        time.sleep(life.random.uniform(0, 1.5))
        if end.startswith("kill"):
            life.kill()
        elif end.startswith("stop"):
            self.assertEqual(one.stop(), 0)
            life.look()
        if end.endswith("start"):
            one.start(wait=False)
            self.assertEqual(one.await_death(), 74, "there is no room for an epoch")
        disk.free()
        if not one.running():
            life.begin(measured=False)
        one.wait_ticks(one.live_ticks() + life.random.randint(1, 3))

    def test_filled_again_and_again_and_killed_stopped_and_started_on_it_nothing_is_lost(self):
        count = counts.Count("full_disk", 2, 200)
        while count.left():
            life, disk = self.begin(f"{rig.RANDOM.random()}")
            cycles = min(count.left(), CYCLES_A_LIFE)
            for _ in range(cycles):
                self.cycle(life, disk)
            self.end(life)
            count.add(cycles)
        print(f"\n{count.done} times full")


def load_tests(_loader, tests, _pattern):
    return hostile.AtOnce(tests)


if __name__ == "__main__":
    if not may_mount():
        if INSIDE in os.environ or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
            print("neither root nor a namespace of one's own: no small disk to fill", file=sys.stderr)
            sys.exit(77)
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-rm", sys.executable, "-B", *sys.argv])
    rig.main()
