"""test_watchdog.py - what systemd hears of a daemon in trouble: signs of life twice within WatchdogSec, in peace and in a flood, after a
broken reload too; none from a loop that is stuck. (tests/daemon/test_unit.py: what it hears on a usual day.)"""

import signal
import threading
import time
import unittest

import hostile
import rig
import test_flood

WATCHDOG_S = 1.0
STUCK_S = 2.0


class Ear(threading.Thread):
    """Who listens at NOTIFY_SOCKET: [(monotonic time, words), …]."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock = sock
        self.sock.settimeout(0.1)
        self.heard = []
        self.ends = False
        self.start()

    def run(self):
        while not self.ends:
            try:
                words = self.sock.recv(4096).decode().split("\n")
            except TimeoutError:
                continue
            self.heard.append((time.monotonic(), words))

    def close(self):
        self.ends = True
        self.join()

    def times(self, word, since=0.0):
        return [at for at, words in list(self.heard) if word in words and at >= since]

    def order(self):
        """The states that were told, in their order."""
        return [word for _, words in self.heard for word in words
                if word in ("READY=1", "RELOADING=1", "STOPPING=1")]


def longest_gap(times, since, until):
    inside = [at for at in times if since <= at <= until]
    return max(b - a for a, b in zip([since, *inside], [*inside, until]))


class Watchdog(rig.Case):
    def begin(self, listen=None):
        one = self.rig(hostile.config(listen, [test_flood.FLOODED]))
        one.start(wait=False, WATCHDOG_USEC=str(int(WATCHDOG_S * 1e6)))
        ear = Ear(one.notify)
        self.addCleanup(ear.close)
        self.assertTrue(hostile.wait_until(lambda: ear.times("READY=1")))
        return one, ear

    def check_alive(self, ear, since):
        gap = longest_gap(ear.times("WATCHDOG=1"), since, time.monotonic())
        self.assertLess(gap, WATCHDOG_S)
        return gap

    def test_a_loop_that_turns_is_heard_twice_in_its_time_also_in_a_flood(self):
        url = f"tcp://127.0.0.1:{rig.free_port()}"
        one, ear = self.begin({"signals": url})
        since = time.monotonic()
        one.wait_ticks(3)
        peace, flooded = self.check_alive(ear, since), time.monotonic()
        flood = test_flood.Flood(url, time.time_ns())
        one.wait_ticks(one.live_ticks() + 3)
        flood.close()
        print(f"\nlongest silence {peace:.2f} s in peace, {self.check_alive(ear, flooded):.2f} s in a flood, of {WATCHDOG_S}")
        self.assertEqual(one.stop(), 0)

    def test_a_loop_that_is_stuck_is_not_heard(self):
        one, ear = self.begin()
        one.wait_ticks(1)
        one.signal(signal.SIGSTOP)
        time.sleep(0.2)
        stuck = time.monotonic()
        time.sleep(STUCK_S)
        self.assertEqual(ear.times("WATCHDOG=1", stuck), [])
        self.assertGreater(longest_gap(ear.times("WATCHDOG=1"), stuck, time.monotonic()), WATCHDOG_S)
        one.signal(signal.SIGCONT)
        self.assertTrue(hostile.wait_until(lambda: ear.times("WATCHDOG=1", stuck + STUCK_S), 2))
        one.wait_ticks(one.live_ticks() + 1)
        self.assertEqual(one.stop(), 0)

    def test_a_reload_is_told_from_its_beginning_to_its_end_also_a_broken_one(self):
        one, ear = self.begin()
        one.wait_ticks(1)
        for number, text in enumerate([hostile.config() + "convergence: 1s\n", "version: 1\nthis is: no configuration\n"]):
            one.write_config(text)
            one.signal(signal.SIGHUP)
            self.assertTrue(hostile.wait_until(lambda: len(ear.times("READY=1")) == number + 2, 5), ear.heard)
        self.assertTrue(hostile.wait_until(lambda: "reload" in [row[0] for row in one.ask("alarms").rows], 5))
        self.assertEqual(one.stop(), 0)
        time.sleep(0.2)
        self.assertEqual(ear.order(), ["READY=1", *["RELOADING=1", "READY=1"] * 2, "STOPPING=1"])
        for at, words in ear.heard:
            if "RELOADING=1" in words:
                told = int(next(word for word in words if word.startswith("MONOTONIC_USEC="))[15:]) / 1e6
                self.assertTrue(at - 5 < told <= at)


def load_tests(_loader, tests, _pattern):
    return hostile.AtOnce(tests)


if __name__ == "__main__":
    rig.main()
