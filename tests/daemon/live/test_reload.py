"""test_reload.py - SIGHUP under load: every decision has exactly one configuration, and the log re-runs to the same digests (R17)."""

import os
import signal
import time

import checks
import counts
import lives
import rig

A_LIFE = 50


class Reload(rig.Case):
    def test_r17_reloaded_under_load_every_decision_has_one_configuration(self):
        count = counts.Count("reloads", A_LIFE, 1000)
        while count.left():
            count.add(self.reloaded(f"{rig.RANDOM.random()}", 250 if rig.SOAK else A_LIFE))

    def reloaded(self, seed, times):
        life = lives.Life(seed, senders=5)
        self.addCleanup(life.close)
        texts = [life.config, life.config.replace("max_step: 5%", "max_step: 3%")]
        life.begin()
        life.wait_ticks(1)
        for i in range(times):
            if i % 10 == 9:  # a burst: they may come faster than they are followed
                self.burst(life, texts)
            life.rig.reload(texts[(i + 1) % 2])
            time.sleep(life.random.choice([0, 0.02, 0.12]))
        for text in texts:  # each decides at least once
            life.rig.reload(text)
            life.wait_ticks(1)
        found = life.end()
        with rig.Log(life.rig.state) as log:
            ticks, known = log.ticks(), {row["hash"].hex() for row in log.rows("SELECT hash FROM config")}
            decisions = [(row["id"], row["tick"], row["config"].hex())
                         for row in log.rows("SELECT id, tick, config FROM decision")]
        self.assertEqual(found + checks.mixed_configs(decisions, ticks, known), [])
        self.assertEqual(len({row[2] for row in ticks.values()}), 2, "both configurations decided something")
        self.assertEqual(len(known), 2)
        return times

    def test_r17_what_is_read_at_start_alone_is_said_to_wait(self):
        live = self.rig()
        live.start()
        live.reload(rig.config_text().replace("max_step: 5%", "max_step: 3%"))
        self.assertNotIn("event=restart_needed", live.said())
        live.reload(rig.config_text().replace("lease: 2s", "lease: 3s"))
        self.assertEqual(live.said().count("event=restart_needed"), 1)
        self.assertEqual(live.said().count("event=reloaded"), 2)

    def burst(self, life, texts):
        for text in texts * 3:
            life.rig.write_config(text)
            os.kill(life.rig.child.pid, signal.SIGHUP)
        life.rig.wait_notified("READY=1")


if __name__ == "__main__":
    rig.main()
