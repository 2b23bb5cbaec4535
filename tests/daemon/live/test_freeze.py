"""test_freeze.py - the kill switch in races: with ticks, with commits that take long, with publications under way, through kills.
Nothing is published after its command returned; and thawed, all goes on as the log says (P9, R18)."""

import concurrent.futures
import time
import unittest

import checks
import counts
import lives
import rig
import sockets

RACES_A_LIFE, LANES = 4, 10
# What the freeze runs into: a tick that is computed; its commit that takes long; its publication that takes long.
HELD = [None, "commit_before_commit:*:pause=50", "publish_before:*:pause=50", "publish_after:*:pause=50",
        "commit_after_commit:*:pause=30"]
TICK_AT_S = 0.1  # lateness: when in its second a tick runs


class Races:
    """One life; freezes around its ticks, each thawed after a while."""

    def __init__(self, seed, held):
        self.life = lives.Life(seed)
        self.held = held
        self.spans = []  # of wall clock: the freeze's answer, and the thaw's question
        self.barred = 0

    def race(self, killed):
        life, rand = self.life, self.life.random
        asker = sockets.Asker(life.rig.url("control"))
        _sleep_until_tick(rand.uniform(-0.01, 0.08))
        answer = sockets.Answer(asker.ask(sockets.question("freeze", "all")))
        frozen_at = time.time_ns()
        asker.close()
        if answer.status != 0:
            life.find([f"freeze: {answer}"])
        if killed:
            life.kill()
            life.begin(self.held)
            life.rig.wait_ready()
        settled = rand.choice([False, True])
        time.sleep(1.2 if settled else rand.choice([0.05, 0.3]))  # a tick passes, or none does
        if settled:
            groups = checks.told_groups(life.rig.log_now())
            told = sockets.Book()
            told.take_snapshot(life.rig.book())
            life.find(checks.other_book(told.told, groups.at_end))
        if "all" not in [row[0] for row in life.rig.ask("frozen").rows]:
            life.find(["it is frozen no more"])
        self.spans.append((frozen_at, time.time_ns()))
        if life.rig.ask("thaw", "all").status != 0:
            life.find(["thaw failed"])
        time.sleep(rand.uniform(0.9, 1.2))  # at least one tick moves prices again

    def end(self):
        life = self.life
        found = life.end(strict=False)
        for from_ns, to_ns in self.spans:
            before = {price.said for frame in life.watcher.books() if frame.issued <= from_ns
                      for prices in frame.groups().values() for price in prices}
            late = checks.new_prices(life.watcher.books(), from_ns, to_ns, before)
            life.find([f"frozen at {from_ns}, new at {issued}: {said}" for issued, said in late])
        with rig.Log(life.rig.state) as log:
            self.barred = _count_withdrawn(log)
        return found


def _sleep_until_tick(offset_s):
    now = time.time()
    until = int(now) + TICK_AT_S + offset_s
    time.sleep(until - now if until > now else until + 1 - now)


def _count_withdrawn(log):
    """Tickings that were kept from customers: the next decision of such a family begins where it stood before."""
    last, n = {}, 0
    for row in log.rows("SELECT family, outcome, index_before, index_after FROM decision ORDER BY id"):
        n += last.get(row["family"], row["index_before"]) != row["index_before"]
        if row["outcome"] in ("published", "announced"):
            last[row["family"]] = row["index_after"]
        else:
            last[row["family"]] = row["index_before"]
    return n


def race(number, seed):
    races = Races(seed, HELD[number % len(HELD)])
    try:
        races.life.begin(races.held)
        races.life.wait_ticks(2)
        for i in range(RACES_A_LIFE):
            races.race(killed=i % 4 == 1)
        return races.end(), len(races.spans), races.barred, HELD[number % len(HELD)]
    finally:
        races.life.close()


class Freeze(unittest.TestCase):
    def test_p9_nothing_is_published_after_freeze_returned(self):
        count, barred, number = counts.Count("freeze", LANES * RACES_A_LIFE, 1000), 0, 0
        while count.left():
            with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
                lives_now = min(LANES, -(-count.left() // RACES_A_LIFE))
                futures = [lanes.submit(race, number + i, f"{rig.RANDOM.random()}") for i in range(lives_now)]
                number += lives_now
                for found, races, withdrawn, held in [future.result() for future in futures]:
                    self.assertEqual(found, [], held)
                    count.add(races)
                    barred += withdrawn
        print(f"\n{count.done} races, {barred} families' ticks barred and withdrawn")
        self.assertGreater(barred, 0, "no tick was ever in flight: these races show nothing")


if __name__ == "__main__":
    rig.main()
