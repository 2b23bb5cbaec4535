"""test_demo.py - examples/demo does what it promises: a day told and drawn, one decision explained, the log verified."""

import os
import subprocess
import time

from command import BIN, ROOT, Case, environment, main


class Demo(Case):
    def test_the_demo_tells_a_day_explains_a_decision_and_finds_the_changed_letter(self):
        began = time.monotonic()
        done = subprocess.run([os.path.join(ROOT, "examples", "demo")], env=environment(SETPOINT_BIN=BIN, COLUMNS="100"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertLess(time.monotonic() - began, 60)
        for part in ("GPUs of us-east/h100:burst now cost", "the announced price is in force", "Decision ",
                     "decided the same again", "not sound: ", "What to try next"):
            self.assertIn(part, done.stdout)
        self.assertNotIn(os.environ.get("TMPDIR", "/tmp") + "/", done.stdout.replace(BIN, ""))

    def test_the_demo_says_what_is_missing(self):
        done = subprocess.run([os.path.join(ROOT, "examples", "demo")], env=environment(SETPOINT_BIN=self.path("gone")),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("./dev build", done.stderr)


if __name__ == "__main__":
    main()
