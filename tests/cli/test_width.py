"""test_width.py - what the example company costs and earns fits a terminal of 80 columns, and says each thing once."""

import os

from command import ROOT, Case, environment, main, run

COMPANY = os.path.join(ROOT, "examples", "company")
FILES = {name: os.path.join(COMPANY, name + ".csv") for name in ("prices", "usage", "lots")}
NARROW = environment(COLUMNS="80")


class Width(Case):
    def setUp(self):
        super().setUp()
        self.expect(run("init", self.path("shop"), "--prices", FILES["prices"], "--usage", FILES["usage"], "--bill", FILES["lots"]), 0)
        self.config = os.path.join(self.path("shop"), "setpoint.yaml")
        self.trace = ("-c", self.config, "--trace", "usage:" + FILES["usage"])

    def narrow(self, *arguments, code=0):
        out = self.expect(run(*arguments, env=NARROW), code).out
        for line in out.splitlines():
            self.assertLessEqual(len(line.replace(self.config, "shop/setpoint.yaml")), 80, line)
        return out

    def test_margins_have_their_bands_below_them_and_one_word_for_the_sign(self):
        for of in (("-c", self.config, "--usage", FILES["usage"]), self.trace):
            out = self.narrow("margin", "show", *of)
            self.assertRegex(out, r"\natlas-70b/eu-west +446\.45 +39\d\.\d\d +5\d\.\d\d  unknown\n  cost \d.*, margin -\d.* to \d.*\n  as booked \d")
            self.assertRegex(out, r"\natlas-8b/us-east .* gain\n  cost ")
            self.assertEqual(out.count("the sign flips inside the band"), 1)
            self.assertEqual(out.lower().count("assumed: "), 1)
            self.assertNotIn("basis", out)

    def test_help_shows_usage_once(self):
        self.assertEqual(self.narrow("margin", "show", "--help").count("--usage="), 1)
        self.assertNotIn("Give a short usage", run("margin", "show", "--help").out)

    def test_costs_say_unit_and_basis_once_and_what_is_not_known_once_for_all_pools(self):
        for of in (("-c", self.config), self.trace):
            out = self.narrow("cost", "show", *of)
            self.assertEqual(out.count("1M resource units"), 1)
            self.assertEqual(out.count("Weights and capacity: assumed"), 1)
            self.assertIn("\n  us-east/h100, eu-west/h100: what a GPU serves: ", out)
            self.assertEqual(out.count("what a GPU serves"), 1)
        out = self.narrow("cost", "show", *self.trace, "atlas-70b/us-east")
        self.assertRegex(out, r"\natlas-70b/us-east/output +0\.\d+")
        self.narrow("cost", "show", *self.trace, "atlas-70b/us-east", "--plot")

    def test_a_cost_that_differs_in_unit_or_basis_says_so_below_its_row(self):
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        ends = text.replace("units_per_gpu_s: 2258.38", "units_per_gpu_s: 2258.38\n    units_per_gpu_s_low: 2200\n    units_per_gpu_s_high: 2300")
        self.assertNotEqual(text, ends)
        config = os.path.join(self.path("shop"), "ends.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(ends)
        out = self.narrow("cost", "show", "-c", config)
        self.assertRegex(out, r"\neu-west/h100 .*\n  measured\n")
        self.assertEqual(out.count("\n  measured"), 1)

    def test_a_change_is_short_and_none_is_nought(self):
        cheaper = os.path.join(self.path("shop"), "cheaper.yaml")
        with open(self.config, encoding="utf-8") as old, open(cheaper, "w", encoding="utf-8") as new:
            new.write(old.read().replace('"2.20"', '"2.00"'))
        out = self.narrow("cost", "diff", self.config, cheaper, "--at", "2026-11-24")
        self.assertEqual(out.count("nothing is measured, all is as configured"), 1)
        self.assertRegex(out, r"us-east/h100 +0\.111\d+ +0\.101\d+ +-0\.010\d+ +GPU price\n")
        self.assertRegex(out, r"eu-west/h100 +0\.\d+ +0\.\d+ +0 +no change\n")
        out = self.narrow("cost", "diff", "2026-11-19", "2026-11-20", *self.trace)
        self.assertRegex(out, r"us-east/h100 +0\.\d+ +0\.\d+ +0 +0 +no change\n")
        self.narrow("cost", "diff", "2026-11-19", "2026-11-20", *self.trace, "atlas-70b/us-east", "--plot")

    def test_a_calibration_without_load_says_once_a_pool_why_and_what_to_send(self):
        out = self.narrow("calibrate", *self.trace, "--window", "1h")
        self.assertEqual(out.count("too little: 0 windows"), 2)
        self.assertEqual(out.count("To send: utilization for us-east/h100"), 1)
        self.assertEqual(out.count("To send: utilization for eu-west/h100"), 1)


if __name__ == "__main__":
    main()
