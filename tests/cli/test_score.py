"""test_score.py - `setpoint score`: laws against what could have been made; docs/scorecard.md holds what its command prints.

A part of that page is lived again here: a change of a law or of the market shows in it, and the page is made anew by the command it names.
"""

import json
import os
import re

from command import ROOT, Case, main, on_terminal, run, without_escapes

PAGE = os.path.join(ROOT, "docs", "scorecard.md")
QUICK = ("--set", "length=6d", "--set", "tail=1d", "--moves", "20", "--scenario", "calm", "--seeds", "2")


class Score(Case):
    def test_tables_fit_the_terminal_and_name_every_law(self):
        for columns in (80, 100):
            answer = on_terminal("score", "--law", "fixed", "--law", "utilization_pi", *QUICK, columns=columns)
            self.assertEqual(answer.code, 0)
            lines = [line.split("\r")[-1] for line in without_escapes(answer.out).splitlines()]
            self.assertLessEqual(max(map(len, lines)), columns)
            for said in ("law told", "fixed", "utilization_pi 1.5", "utilization_pi truth", "sunk"):
                self.assertIn(said, "\n".join(lines))

    def test_json_is_the_same_however_many_processes(self):
        laws = ("--law", "fixed", "--law", "eip1559", "--scenario", "notice")
        one = self.expect(run("score", *laws, *QUICK, "--json", "--jobs", "1"), 0).out
        self.assertEqual(one, self.expect(run("score", *laws, *QUICK, "--json", "--jobs", "2"), 0).out)
        whole = json.loads(one)
        self.assertEqual((whole["schema"], whole["seeds"]), ("setpoint.score/v1", {"first": 1, "last": 2}))
        self.assertEqual([(w["scenario"], w["seed"]) for w in whole["worlds"]],
                         [("notice", 1), ("notice", 2), ("calm", 1), ("calm", 2)])
        for world in whole["worlds"]:
            margin = {name: float(usd) for name, usd in world["margin_usd"].items()}
            self.assertLessEqual(margin["list"], margin["static"])
            self.assertLessEqual(margin["static"], margin["clairvoyant"])
            self.assertEqual(world["laws"][0]["margin_usd"], world["margin_usd"]["list"])
        for law, share in zip(whole["laws"], (True, False)):
            self.assertEqual(set(law["groups"]), {"main", "notice"})
            self.assertEqual(law["groups"]["main"]["share"] in (0, None), share)

    def test_the_page_asks_no_network(self):
        page = self.path("score.html")
        self.expect(run("score", "--law", "fixed", "--law", "eip1559", *QUICK, "--report", page), 0)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertGreaterEqual(text.count("<svg"), 2)
        self.assertEqual(text.count("<svg"), text.count("</svg>"))
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), r"https?:|<script|<link|src=|@import|url\(")
        self.expect(run("score", "--law", "fixed", *QUICK, "--report", self.path("none/x.html")), 74, "cannot be written")

    def test_wrong_words_are_the_command_lines_error(self):
        for arguments, said in ((["--law", "fixd"], "there is no law 'fixd': did you mean fixed?"),
                                (["--law", "fixed=gian: 3"], "gian"),
                                (["--law", "utilization_pi", "--told", "0"], "expected an elasticity"),
                                (["--scenario", "calmer"], "no scenario 'calmer'"),
                                (["--seeds", "4..2"], "expected N, or A..B"),
                                (["--seeds", "x"], "is not a whole number"),
                                (["--jobs", "0"], "one at least"),
                                (["--set", "elastic=2"], "elastic"),
                                (["fixed"], "laws are given with --law")):
            self.expect(run("score", *arguments), 64, said)


class Page(Case):
    """docs/scorecard.md: made by its command; two of its worlds are lived again."""

    def test_the_page_is_current(self):
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        self.assertRegex(page, r"```sh\nsetpoint score .*--markdown docs/scorecard\.md\n```")
        again = self.expect(run("score", "--scenario", "calm", "--scenario", "notice", "--seeds", "101..101", "--markdown", "-"), 0).out
        part = re.compile(r"## Margins to the nano-USD\n.*?```\n(.*?)```\n", re.S)
        self.assertGreater(part.search(again)[1].count("\n"), 20)
        self.assertEqual(part.search(page)[1], part.search(again)[1],
                         "laws or worlds changed: make docs/scorecard.md anew, by the command that stands in it")


if __name__ == "__main__":
    main()
