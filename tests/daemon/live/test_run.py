"""test_run.py - a live run with ten senders: through freeze and thaw, three reloads (one broken) and kills, its log replays to the
same digests, tick by tick. With SETPOINT_SOAK three minutes of it, and 20 kills.
"""

import time
import unittest

import lives
import rig

SENDERS = 10


class Run(unittest.TestCase):
    def life(self, seed):
        life = lives.Life(seed, senders=SENDERS)
        self.addCleanup(life.close)
        return life

    def test_ten_senders_freeze_thaw_three_reloads_and_kills_replay_to_the_same_digests(self):
        life = self.life("run")
        live = life.rig
        life.begin()
        life.wait_ticks(2)
        self.assertEqual(live.ask("freeze", "pool east").status, 0)
        life.wait_ticks(1)
        self.assertEqual(live.ask("thaw", "pool east").status, 0)
        self.reload_thrice(life)
        for _ in range(20 if rig.SOAK else 2):
            life.kill()
            life.begin()
            time.sleep(life.random.uniform(0.3, 1.5))
        if rig.SOAK:
            time.sleep(180)
        self.check_senders(life)
        self.assertEqual(life.end(strict=False), [])
        print(f"\n{max(life.ticks)} ticks, {sum(stream.records for stream in life.streams)} records sent")

    def reload_thrice(self, life):
        live, hashes = life.rig, [life.rig.status()["config_hash"]]
        live.reload(life.config.replace("max_step: 5%", "max_step: 4%"))
        hashes.append(live.status()["config_hash"])
        live.reload(life.config + "famillies: []\n")
        hashes.append(live.status()["config_hash"])
        alarms = [row[0] for row in live.ask("alarms").rows]
        self.assertEqual(alarms, ["reload"])
        life.wait_ticks(1)
        live.reload(life.config)
        hashes.append(live.status()["config_hash"])
        self.assertEqual(live.ask("alarms").rows, [])
        self.assertEqual((hashes[1] == hashes[0], hashes[2] == hashes[1], hashes[3] == hashes[0]), (False, True, True))

    def check_senders(self, life):
        """Nothing of a sender is missing, and all that was refused has a reason."""
        rows = life.rig.ask("sources").rows
        named = {row[0]: row for row in rows}
        self.assertEqual(sorted(name for name in named if name.startswith("s")), sorted(f"s{i}" for i in range(SENDERS)))
        for name, _, records, taken, missing, refused, _ in named.values():
            of_reasons = sum(int(part.rsplit(" ", 1)[1]) for part in refused.split(", ") if part)
            self.assertEqual((int(records) - int(taken), int(missing)), (of_reasons, 0), name)


if __name__ == "__main__":
    rig.main()
