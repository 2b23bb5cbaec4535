"""test_freeze_ways.py - three ways to freeze, one truth: the answer, the FREEZE file and the engine's decisions (P9, R18)."""

import os
import signal
import time

import checks
import rig

FROZEN = 1 << 26  # of a decision's `binds` (base/decision.h)


def families_bound(log, tick):
    """Whose last decision with a row, up to a tick, says that a freeze holds it."""
    rows = log.rows(f"SELECT family, binds FROM decision WHERE tick <= {tick} ORDER BY id")
    return sorted(family for family, binds in {row["family"]: row["binds"] for row in rows}.items() if binds & FROZEN)


class Ways(rig.Case):
    def frozen(self, live):
        return sorted(row[0] for row in live.ask("frozen").rows)

    def file(self, live):
        path = os.path.join(live.state, "FREEZE")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [" ".join(word for word in line.split() if "=" not in word) for line in file if line[0] != "#"]

    def wait(self, condition, timeout=5.0):
        end = time.monotonic() + timeout
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_p9_three_ways_in_are_one_truth(self):
        """By command, by signal, by hand: the answer, the file and the engine's decisions say the same, a kill -9 later, too."""
        live = self.rig()
        watcher, path = live.subscribe(), os.path.join(live.state, "FREEZE")
        live.start()
        live.stream("one")
        live.wait_ticks(1)

        def by_hand():
            with open(path, "w", encoding="utf-8") as file:
                file.write("all\n")

        ways = {"command": lambda: live.ask("freeze", "all"), "signal": lambda: live.signal(signal.SIGUSR1), "file": by_hand}
        held_at = []
        for way, freeze in ways.items():
            freeze()
            self.wait(lambda: self.frozen(live) == ["all"])
            self.assertEqual(self.file(live), ["all"], way)
            from_ns = time.time_ns()
            n = live.live_ticks()
            live.wait_ticks(n + 2)
            if way == "signal":
                live.kill()
                live.start()
                live.wait_ticks(n + 3)
            self.assertEqual((self.frozen(live), self.file(live)), (["all"], ["all"]), way)
            held_at.append((live.live_ticks(), from_ns, time.time_ns()))
            if way == "file":
                os.unlink(path)
            else:
                self.assertEqual(live.ask("thaw", "all").status, 0)
            self.wait(lambda: self.frozen(live) == [] and self.file(live) == [])
            live.wait_ticks(live.live_ticks() + 1)
        self.assertEqual(live.stop(), 0)
        log = live.log()
        for tick, from_ns, to_ns in held_at:
            self.assertEqual(families_bound(log, tick), rig.FAMILIES)
            known = {price.said for frame in watcher.books() if frame.issued <= from_ns
                     for prices in frame.groups().values() for price in prices}
            self.assertEqual(checks.new_prices(watcher.books(), from_ns, to_ns, known), [])
        self.assertEqual(families_bound(log, max(log.ticks())), [])
        live.run("log", "verify", "--rerun", log.path, check=0)

    def test_p9_a_scope_freezes_its_own_families_alone(self):
        live = self.rig()
        live.start()
        live.stream("one")
        live.wait_ticks(1)
        self.assertEqual(live.ask("freeze", "pool west").status, 0)
        self.assertEqual(live.ask("freeze", "family east/chat").status, 0)
        self.assertNotEqual(live.ask("freeze", "family east/chatt").status, 0)
        live.wait_ticks(live.live_ticks() + 2)
        self.assertEqual(self.frozen(live), ["family east/chat", "pool west"])
        live.kill()
        self.assertEqual(families_bound(live.log(), 10**9), ["east/chat", "west/batch", "west/chat", "west/code"])

    def test_p9_a_file_removed_while_nobody_runs_thaws(self):
        live = self.rig()
        live.start()
        live.stream("one")
        live.wait_ticks(1)
        live.ask("freeze", "all")
        live.wait_ticks(live.live_ticks() + 2)
        live.kill()
        self.assertEqual(families_bound(live.log(), 10**9), rig.FAMILIES)
        os.unlink(os.path.join(live.state, "FREEZE"))
        live.start()
        live.wait_ticks(live.live_ticks() + 2)
        live.kill()
        self.assertEqual(families_bound(live.log(), 10**9), [])


if __name__ == "__main__":
    rig.main()
