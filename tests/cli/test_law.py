"""test_law.py - `setpoint law`: what there is, each explained, a table for a load; docs/laws.md prints what it prints.

With SETPOINT_UPDATE=1 the generated part of that page is written anew.
"""

import os
import re

from command import ROOT, Case, main, run

PAGE = os.path.join(ROOT, "docs", "laws.md")
PART = re.compile(r"(```sh\nsetpoint law --reference\n```\n\n<!-- what it prints -->\n)(.*?)(<!-- end -->\n)", re.S)


def laws():
    return re.findall(r"^([a-z_0-9]+)  ", run("law", "--list").out, re.M)


class Law(Case):
    def test_every_law_is_listed_and_explained(self):
        self.assertGreaterEqual(set(laws()), {"fixed", "cost_plus", "eip1559", "utilization_pi", "eip4844", "multi_window",
                                              "cost_recovery", "lerner", "schedule", "market_follow", "blend"})
        for law in laws():
            text = self.expect(run("law", "--explain", law), 0).out
            for part in (law, "formula", "source", "reads", "terms", "state"):
                self.assertIn(part, text)
        self.assertIn("PARAMETER", self.expect(run("law", "--explain", "cost_plus"), 0).out)
        self.assertNotIn("PARAMETER", self.expect(run("law", "--explain", "fixed"), 0).out)

    def test_wrong_words_say_which_there_are(self):
        for arguments, said in ((["--explain", "blnd"], "there is no law 'blnd': did you mean blend?; --list names all"),
                                ([], "give one of --list"),
                                (["--list", "--reference"], "give one of"),
                                (["--fit", "x.csv,value=x", "--most=0.5"], "expected a number from 1 to 10"),
                                (["--fit", "x.csv,value=x", "--elasticity=nan"], "expected a number from 0.05 to 20")):
            self.expect(run("law", *arguments), 64, said)
        self.expect(run("law", "--fit", self.path("none.csv") + ",value=x"), 74, "cannot be read")
        self.expect(run("law", "--fit", self.write("low.csv", "t,x\n0,-1\n") + ",value=x"), 65, "a load is not negative")

    def test_a_table_is_fitted_and_can_be_used(self):
        rows = "".join(f"{3600 * h},{300 if (h // 24 + 3) % 7 < 5 and 8 <= h % 24 < 18 else 100}\n" for h in range(28 * 24))
        out = self.expect(run("law", "--fit", self.write("load.csv", "t,load\n" + rows) + ",value=load"), 0).out
        self.assertIn("  peak: {days: weekdays, from_h: 8, to_h: 18, level: ", out)
        config = self.write("c.yaml", "version: 1\npools:\n  - id: p\n    units_per_gpu_s: 2000\n    supply:\n"
                            '      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: "2.10"}\nfamilies:\n  - id: f\n    pool: p\n'
                            "    profile: scheduled\n"
                            '    skus: [{id: f/in, meter: input, unit: 1M tokens, usd: "0.45", weight: 1}]\n'
                            + "".join("    " + line + "\n" for line in out.splitlines()))
        self.expect(run("config", "check", config), 0)
        self.assertIn("level: ", self.expect(run("config", "show", config), 0).out)


class Page(Case):
    """docs/laws.md holds what its command prints."""

    def test_the_page_is_current(self):
        printed = self.expect(run("law", "--reference"), 0).out
        with open(PAGE, encoding="utf-8") as file:
            text = file.read()
        there = PART.search(text)
        self.assertIsNotNone(there)
        if os.environ.get("SETPOINT_UPDATE") == "1":
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(text[:there.start(2)] + printed + text[there.end(2):])
            return
        self.assertEqual(printed, there[2], "docs/laws.md is not current: run this test with SETPOINT_UPDATE=1")


if __name__ == "__main__":
    main()
