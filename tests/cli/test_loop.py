"""test_loop.py - whether loops are calm: before, as `setpoint config check` says it, and of a log, by `setpoint loop status`."""

import os

from command import DEMO, QUICKSTART, Case, main, run

QUICK = """version: 1
period: 60s
estimators: {load: {use: ewma, half_life: 0s}}
pools:
  - id: p
    units_per_gpu_s: 1000
    utilization_setpoint: 50%
    supply: [{id: base, term: owned, gpus: 10, usd_per_gpu_h: "2.00"}]
families:
  - match: "*"
    pool: p
    profile: dynamic
    mode: auto
    policy: {use: eip1559, denominator: 1}
    guardrails: {floor: 10%, ceiling: 500%, max_step: 100%, max_per_hour: 900%, max_per_day: 900%, min_interval: 0s, dead_band: 0%}
  - id: f
    skus: [{id: f/i, meter: input, unit: 1M tokens, usd: "1.000", weight: 1, grid_usd: "0.001"}]
  - id: g
    policy: {denominator: 1}
    skus: [{id: g/i, meter: input, unit: 1M tokens, usd: "1.000", weight: 1, grid_usd: "0.001"}]
"""
CHOSEN = QUICK.replace("{use: eip1559, denominator: 1}", "{use: eip1559}").replace("    policy: {denominator: 1}\n", "")


class Check(Case):
    def test_families_of_one_kind_are_one_line_with_its_verdict_bands_and_gain(self):
        path = self.write("quick.yaml", QUICK)
        count, line = self.expect(run("config", "check", path), 0).out.splitlines()
        self.assertEqual(count, "ok: 1 pool, 2 families, 2 SKUs")
        self.assertRegex(line, r"^loop of f and 1 more \(eip1559\): unstable; elasticity 0\.75 to 3 \(assumed\), lag 0 s to 1 d, "
                               r"gain 1 every 1 min; calm up to 0\.000\d+: write denominator: \d+$")

    def test_what_it_names_is_calm_and_is_what_no_gain_would_have_been(self):
        one = self.expect(run("config", "check", "--json", self.write("quick.yaml", QUICK)), 0).json()["files"][0]["loops"][0]
        self.assertEqual((one["family"], one["families"], one["law"], one["verdict"]), ("f", 2, "eip1559", "unstable"))
        self.assertGreaterEqual(one["largest_root"], 1)
        self.assertTrue(one["assumed"])
        self.assertEqual((one["elasticity_low"], one["elasticity_high"], one["lag_high_s"]), (0.75, 3, 86400))
        named = one["calm_with"]["denominator"]
        path = self.write("named.yaml", QUICK.replace("denominator: 1", "denominator: " + named))
        one = self.expect(run("config", "check", "--json", path), 0).json()["files"][0]["loops"][0]
        self.assertEqual((one["verdict"], one["calm_with"]), ("stable, no oscillation", {}))
        shown = self.expect(run("config", "show", "-c", self.write("chosen.yaml", CHOSEN)), 0).out
        self.assertRegex(shown, rf"denominator: {named} +# chosen: no oscillation over the assumed bands\n")

    def test_narrow_bands_allow_the_laws_own_gain(self):
        narrow = CHOSEN.replace("  - id: f\n", "    loop: {elasticity: {low: 0.5, high: 1}, lag: {low: 0s, high: 0s}}\n  - id: f\n")
        path = self.write("narrow.yaml", narrow)
        self.assertRegex(self.expect(run("config", "show", "-c", path), 0).out, r"denominator: 8 +# built-in\n")
        self.assertIn("stable, no oscillation; elasticity 0.5 to 1, lag 0 s to 0 s, gain 0.125 every 1 min\n",
                      self.expect(run("config", "check", path), 0).out)

    def test_laws_without_a_setpoint_are_no_loops(self):
        path = self.write("held.yaml", QUICK.replace("use: eip1559, denominator: 1", "use: fixed").replace("    policy: {denominator: 1}\n", ""))
        self.assertEqual(self.expect(run("config", "check", path), 0).out, "ok: 1 pool, 2 families, 2 SKUs\n")
        self.assertEqual(self.expect(run("config", "check", "--json", path), 0).json()["files"][0]["loops"], [])


class Status(Case):
    def lived(self, text, hours="12", name="a.db"):
        log = self.path(name)
        config = self.write(name + ".yaml", text)
        self.expect(run("sim", "-c", config, "--scenario", "calm", "--hours", hours, "--set", "elasticity=3", "--log", log), 0)
        return log

    def test_a_loop_that_swings_is_said_with_what_is_left_of_its_gain(self):
        log = self.lived(QUICK)
        out = self.expect(run("loop", "status", "--log", log), 0).out
        self.assertRegex(out, r"family +law +loop +of its wish +turns +moves +at a rail +loop gain +delay")
        self.assertRegex(out, r"\nf +eip1559 +swings +[\d.]+% +[\d.]+ of 5 ")
        self.assertIn("not identified", out)
        answer = self.expect(run("loop", "status", "--log", log, "--json"), 0).json()
        self.assertEqual(answer["schema"], "setpoint.loops/v1")
        f, g = answer["families"]
        self.assertEqual((f["family"], g["family"], f["loop"]), ("f", "g", "swings"))
        self.assertLess(f["gain"], 1)
        self.assertEqual((f["alternations_limit"], f["window_s"]), (5, 86400))
        self.assertRegex(f["recovers"], r"^20\d\d-")
        self.assertEqual(f["loop_gain"]["knowledge"], "not_identified")
        self.assertTrue(f["loop_gain"]["reason"])

    def test_with_the_gain_that_is_chosen_it_is_calm(self):
        answer = self.expect(run("loop", "status", "--log", self.lived(CHOSEN), "--json"), 0).json()
        for family in answer["families"]:
            self.assertEqual((family["loop"], family["gain"], "recovers" in family), ("calm", 1, False))

    def test_a_state_directory_says_what_its_log_says(self):
        log = self.lived(QUICK, hours="3")
        state = self.path("state")
        os.mkdir(state, 0o700)
        os.rename(log, os.path.join(state, "setpoint.db"))
        kept = os.path.join(state, "setpoint.db")
        for form in ((), ("--json",)):
            self.assertEqual(self.expect(run("loop", "status", "--state", state, *form), 0).out,
                             self.expect(run("loop", "status", "--log", kept, *form), 0).out)

    def test_a_wrong_command_line_is_told(self):
        self.expect(run("loop", "status", "--state", "a", "--log", "b"), 64, "exclude one another")
        self.expect(run("loop", "status", "c"), 64, "one argument too many")
        self.assertNotEqual(run("loop", "status", "--log", self.path("none.db")).code, 0)


if __name__ == "__main__":
    main()
