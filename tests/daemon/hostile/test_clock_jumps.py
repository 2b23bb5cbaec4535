"""test_clock_jumps.py - the wall clock jumps by an hour or a day, forth and back: no burst of changes, no backward tick (R11).

libfaketime moves the daemon's wall clock, and nothing else: CLOCK_BOOTTIME and all waiting are the system's. It does not go with
sanitizers, so this is the release build. What ten minutes of a wrong clock do takes ten minutes: in soak.
"""

import datetime
import glob
import os
import re
import sys
import time

import hostile
import rig

HOUR, DAY = 3600, 86400
JUMPS = [HOUR, -HOUR, DAY, -DAY, 0]
PATIENCE_S = 600
LIBRARIES = glob.glob("/usr/lib*/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib*/faketime/libfaketimeMT.so.1")


class WallClock:
    """Off from the system's by so many seconds, of daemons that are started with its environment."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "offset")
        self.off = 0
        self.jump(0)
        self.environment = {"LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}

    def jump(self, seconds):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(f"{seconds:+d}s\n")
        os.replace(self.path + ".new", self.path)
        self.off = seconds


def wrong_ticks(ticks, period_ns=10**9):
    """ticks: [(time, skipped), …]. Each is a period after the one before it, or says how many it skipped."""
    return [f"a tick of {b} after {a}, {skipped} skipped" for (a, _), (b, skipped) in zip(ticks, ticks[1:])
            if b - a != (1 + skipped) * period_ns or b <= a]


def alarm(one):
    return next((row for row in one.ask("alarms").rows if row[0] == "clock"), None)


def last_ns(one):
    return rig.sqlite_rows(os.path.join(one.state, "setpoint.db"), "SELECT max(t_ns) AS t_ns FROM tick")[0]["t_ns"]


class OffClock(rig.Case):
    def begin(self, off=0):
        one = self.rig(hostile.config())
        clock = WallClock(one.folder)
        clock.jump(off)
        one.start("-v", **clock.environment)
        return one, clock

    def await_ticks(self, one, n):
        one.wait_ticks(one.live_ticks() + n)

    def ticks(self, log):
        rows = log.rows("SELECT t_ns, skipped FROM tick ORDER BY tick")
        return [(row["t_ns"], row["skipped"]) for row in rows]

    def seen(self, one, seconds):
        """Did the daemon's wall clock really say so? Its journal is dated by it."""
        dates = re.findall(r"^t=(\S+)Z level", one.said(), re.M)
        wanted = time.time() + seconds
        return any(abs(datetime.datetime.fromisoformat(date + "+00:00").timestamp() - wanted) < 60 for date in dates)


class ClockJumps(OffClock):
    def test_jumps_that_pass_change_nothing(self):
        one, clock = self.begin()
        one.wait_ticks(1)
        bystander = hostile.Bystander(one)
        for off in JUMPS * (10 if rig.SOAK else 1):
            clock.jump(off)
            self.await_ticks(one, 1)
            self.assertIsNone(alarm(one))
        self.assertEqual(bystander.end(), [])
        for off in JUMPS:
            self.assertTrue(self.seen(one, off), f"it was never off by {off} s")
        ticks = self.ticks(bystander.log)
        self.assertEqual(wrong_ticks(ticks), [])
        self.assertLess(abs(ticks[-1][0] / 1e9 - time.time()), 10)
        self.assertEqual(sum(skipped for _, skipped in ticks[1:]), 0)
        self.assertLessEqual(bystander.again["moves"], len(ticks))
        self.assertEqual(len(wrong_ticks([*ticks, ticks[-2], (ticks[-2][0] + HOUR * 10**9, 0)])), 2)

    def test_started_behind_its_log_it_holds_until_the_clock_is_put_right(self):
        one, clock = self.begin()
        one.wait_ticks(2)
        self.assertEqual(one.stop(), 0)
        clock.jump(-HOUR)
        one.start("-v", **clock.environment)
        bystander = hostile.Bystander(one)
        ticks = one.live_ticks()
        self.assertTrue(hostile.wait_until(lambda: alarm(one) is not None, 5))
        self.assertIn("no tick before", alarm(one)[3])
        time.sleep(2.2)
        self.assertEqual(one.live_ticks(), ticks)
        self.assertIsNotNone(one.book())  # what is in force goes on
        clock.jump(0)
        self.await_ticks(one, 4)
        self.assertTrue(hostile.wait_until(lambda: alarm(one) is None, 5))
        self.assertEqual(bystander.end(moves=1), [])
        self.assertEqual(wrong_ticks(self.ticks(bystander.log)), [])
        self.assertTrue(self.seen(one, -HOUR))

    def test_started_a_day_ahead_it_makes_one_tick_of_what_is_missed(self):
        one, clock = self.begin()
        one.wait_ticks(2)
        self.assertEqual(one.stop(), 0)
        clock.jump(DAY)
        one.start("-v", **clock.environment)
        bystander = hostile.Bystander(one, make=lambda n: hostile.true_load(n, DAY * 10**9))
        self.await_ticks(one, 2)
        clock.jump(0)  # put right: behind now, and for a while that is not believed
        self.await_ticks(one, 2)
        self.assertIsNone(alarm(one))
        self.assertEqual(bystander.end(moves=0), [])  # nobody told the cost for a day: the price is held
        ticks = self.ticks(bystander.log)
        self.assertEqual(wrong_ticks(ticks), [])
        self.assertEqual(len([skipped for _, skipped in ticks[1:] if skipped > DAY - 60]), 1)


class TenMinutes(OffClock):
    """For which the daemon waits before it believes another clock. In soak."""

    def test_ahead_for_ten_minutes_it_is_followed_in_one_tick(self):
        one, clock = self.begin()
        one.wait_ticks(2)
        bystander = hostile.Bystander(one)
        clock.jump(DAY)
        self.assertTrue(hostile.wait_until(lambda: last_ns(one) > (time.time() + DAY / 2) * 1e9, PATIENCE_S + 60, 1))
        self.await_ticks(one, 10)
        self.assertEqual(bystander.end(), [])
        ticks = self.ticks(bystander.log)
        self.assertEqual(wrong_ticks(ticks), [])
        leaps = [number for number, (_, skipped) in enumerate(ticks) if skipped > DAY - 60]
        self.assertEqual(len(leaps), 1)
        self.assertGreater(leaps[0], PATIENCE_S)
        print(f"\nahead by a day, followed at tick {leaps[0]} of {len(ticks)}; {bystander.again}")

    def test_behind_for_ten_minutes_it_is_held_until_it_is_put_right(self):
        one, clock = self.begin()
        one.wait_ticks(2)
        bystander = hostile.Bystander(one)
        clock.jump(-DAY)
        self.assertTrue(hostile.wait_until(lambda: alarm(one) is not None, PATIENCE_S + 60, 1))
        ticks = one.live_ticks()
        self.assertGreater(ticks, PATIENCE_S)
        time.sleep(10)
        self.assertEqual(one.live_ticks(), ticks)
        clock.jump(0)
        self.await_ticks(one, 4)
        self.assertTrue(hostile.wait_until(lambda: alarm(one) is None, 5))
        self.assertEqual(bystander.end(), [])
        self.assertEqual(wrong_ticks(self.ticks(bystander.log)), [])
        print(f"\nbehind by a day, held after tick {ticks}; {bystander.again}")


def load_tests(loader, _tests, _pattern):
    return hostile.AtOnce([loader.loadTestsFromTestCase(case) for case in [ClockJumps] + [TenMinutes] * rig.SOAK])


if __name__ == "__main__":
    if not LIBRARIES:
        print("libfaketime is not there: apt-get install libfaketime", file=sys.stderr)
        sys.exit(77)
    hostile.main_plain()
