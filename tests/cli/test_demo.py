"""test_demo.py - examples/demo does what it promises: prices told live, a kill that loses nothing, one decision explained."""

import os
import subprocess
import time

from command import BIN, ROOT, Case, environment, main


class Demo(Case):
    def test_the_demo_kills_the_daemon_loses_nothing_and_explains_a_decision(self):
        began = time.monotonic()
        done = subprocess.run([os.path.join(ROOT, "examples", "demo")], env=environment(SETPOINT_BIN=BIN, COLUMNS="100"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", timeout=110, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertLess(time.monotonic() - began, 110)
        for part in ("book of epoch 1", "kill -9", "epoch 2: the daemon has been started anew", "0 that the log does not hold",
                     "0 that the gateway was not told", "Decision ", "decided the same again", "What to try next"):
            self.assertIn(part, done.stdout)
        self.assertRegex(done.stdout, r"the gateway saw [1-9]\d* prices")
        self.assertNotIn("/tmp/tmp", done.stdout.replace(BIN, ""))

    def test_the_demo_says_what_is_missing(self):
        done = subprocess.run([os.path.join(ROOT, "examples", "demo")], env=environment(SETPOINT_BIN=self.path("gone")),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("./dev build", done.stderr)


if __name__ == "__main__":
    main()
