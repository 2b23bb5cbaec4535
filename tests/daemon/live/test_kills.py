"""test_kills.py - killed by SIGKILL at random moments: nothing committed is lost, nothing uncommitted was published, no rate
window is forgotten, and prices are there again within 2 s."""

import concurrent.futures
import time
import unittest

import counts
import lives
import rig

LANES, KILLS_A_LIFE = 4, 5


def live_and_die(seed, kills):
    life = lives.Life(seed)
    try:
        for i in range(kills):
            life.begin()
            time.sleep(life.random.uniform(0.0, 2.0) if i else life.random.uniform(1.3, 2.5))
            life.kill()
        found = life.end()
        return life.deaths, life.firsts, found
    finally:
        life.close()


class Kills(unittest.TestCase):
    def test_killed_at_random_moments_nothing_is_lost_published_or_forgotten(self):
        count = counts.Count("kills", LANES * KILLS_A_LIFE, 300)
        firsts = []
        while count.left():
            with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
                seeds = [f"{rig.RANDOM.random()}" for _ in range(min(LANES, -(-count.left() // KILLS_A_LIFE)))]
                for deaths, first, found in lanes.map(live_and_die, seeds, [KILLS_A_LIFE] * len(seeds)):
                    self.assertEqual(found, [])
                    count.add(deaths)
                    firsts += first
        print(f"\n{count.done} kills; from exec to the first valid publication: {counts.distribution(firsts)}")


if __name__ == "__main__":
    rig.main()
