"""test_long.py - under load for long: memory and descriptors stay flat, ticks come without gaps, and at the end the log re-runs to the same
digests and holds all that a subscriber saw.

Some seconds; in soak an hour, or SETPOINT_SOAK_MINUTES, whose samples are kept in build/soak/long.tsv. The release build.
"""

import os
import statistics
import time
import unittest

import hostile
import counts
import lives
import rig

SECONDS = 60 * float(os.environ.get("SETPOINT_SOAK_MINUTES", "60")) if rig.SOAK else 12
WARM_S = 600 if SECONDS >= 1800 else SECONDS / 3  # SQLite's cache fills, and each block of inputs is touched to its end once
PAUSE_S = 0.05  # between two messages of a sender
SENDERS, RECORDS = 10, 16
# By the straight line through all samples, from the first to the last. In a few seconds SQLite's cache of 2 MiB is not full yet.
GROWTH_KIB = 1024 if rig.SOAK else 3072
DESCRIPTORS = 4        # more or less: of who asks just then
SKIPPED_SHARE = 0.001  # of ticks: a machine that builds something else stands still now and then


def grown_kib(samples):
    """samples: [(seconds, KiB), …]. How much it grew, by the straight line that fits best."""
    slope, _ = statistics.linear_regression(*zip(*samples))
    return slope * (samples[-1][0] - samples[0][0])


class Sampler:
    def __init__(self, pid):
        self.pid, self.began = pid, time.monotonic()
        self.samples = []  # (seconds, KiB, descriptors)

    def take(self):
        self.samples.append((time.monotonic() - self.began, hostile.memory_kib(self.pid), hostile.descriptors(self.pid)))

    def warm(self):
        return [sample for sample in self.samples if sample[0] >= WARM_S]

    def keep(self):
        os.makedirs(counts.FOLDER, exist_ok=True)
        with open(os.path.join(counts.FOLDER, "long.tsv"), "w", encoding="utf-8") as file:
            file.write(f"# {counts.revision()}: seconds, KiB, descriptors\n")
            file.writelines("%.1f\t%d\t%d\n" % sample for sample in self.samples)


class Long(unittest.TestCase):
    def live(self, life):
        """All that people and gateways do, again and again."""
        sampler = Sampler(life.rig.child.pid)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(min(5.0, SECONDS / 60))
            life.rig.status()
            life.rig.book()
            hostile.senders(life.rig)
            sampler.take()
        return sampler

    def test_memory_and_descriptors_stay_flat_and_no_tick_is_missed(self):
        life = lives.Life("long", senders=SENDERS, make=lambda seed: rig.Load(seed, RECORDS), pause_s=PAUSE_S)
        self.addCleanup(life.close)
        life.begin()
        life.rig.wait_ticks(1)
        sampler = self.live(life)
        if rig.SOAK:
            sampler.keep()
        records = sum(int(row[2]) for row in life.rig.ask("sources").rows)
        self.assertEqual(life.rig.stop(), 0)
        life.look()
        self.check_flat(sampler)
        self.check_ticks(life)
        self.assertEqual(life.end(), [])
        print(f"{len(life.ticks)} ticks, {records} records, {len(life.watcher.books())} frames")

    def check_flat(self, sampler):
        warm = [(seconds, kib) for seconds, kib, _ in sampler.warm()]
        held = [descriptors for _, _, descriptors in sampler.warm()]
        print(f"\nin {warm[-1][0] - warm[0][0]:.0f} s from {warm[0][1]} to {warm[-1][1]} KiB, the line grows by {grown_kib(warm):.0f}; "
              f"{min(held)} to {max(held)} descriptors")
        self.assertLess(grown_kib(warm), GROWTH_KIB)
        self.assertLessEqual(max(held) - min(held), DESCRIPTORS)
        leaking = [(seconds, kib + 2 * GROWTH_KIB * number / len(warm)) for number, (seconds, kib) in enumerate(warm)]
        self.assertGreater(grown_kib(leaking), GROWTH_KIB)

    def check_ticks(self, life):
        with rig.Log(life.rig.state) as log:
            skipped = [row["skipped"] for row in log.rows("SELECT skipped FROM tick ORDER BY tick")][1:]
        print(f"{sum(skipped)} of {len(skipped)} ticks were missed")
        self.assertGreaterEqual(len(skipped) + sum(skipped), SECONDS - 3)
        self.assertLessEqual(sum(skipped), SKIPPED_SHARE * len(skipped))


if __name__ == "__main__":
    hostile.main_plain()
