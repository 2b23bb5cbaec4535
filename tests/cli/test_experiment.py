"""test_experiment.py - what `setpoint loop status` and `setpoint log explain` tell of an experiment."""

from command import Case, main, run


class Experiment(Case):
    def test_an_experiment_is_told_with_its_block_its_dollars_and_what_it_found(self):
        log = self.path("tried.db")
        law = '{use: fixed, experiment: {size: 10%%, block: 1d, blocks: %d, budget_usd: "50000"}}'
        self.expect(run("sim", "--scenario", "spot", "--set", "length=4d", "--law", law % 9, "--log", log), 0)
        said = self.expect(run("loop", "status", "--log", log), 0).out
        self.assertRegex(said, r"\nexperiment +state +block +of the index +spent +elasticity\n"
                               r"chat/east +runs +[34] of 9 +[+-]0\.\d{4} +\d+\.\d\d of 50000\.00 USD +(not identified: |-?\d)")
        tried = self.expect(run("loop", "status", "--log", log, "--json"), 0).json()["families"][0]["experiment"]
        self.assertEqual((tried["state"], tried["blocks"], tried["budget_usd"]), ("runs", 9, "50000.000000000"))
        self.assertIn(tried["elasticity"]["knowledge"], ("known", "too_little", "not_identified"))
        first = next(row["id"] for row in run("log", "tail", log, "--json", "-n", 10000).lines()
                     if row.get("reason") == "experiment")
        said = self.expect(run("log", "explain", log, first), 0).out
        self.assertRegex(said, r"\n    experiment +[+-]\d\.\d{4}\n")
        self.assertIn("An experiment runs: block 1 of 9, 10 % above or below its base", said)
        self.assertRegex(said, r"propensity +0\.5000 ")
        self.assertEqual(self.expect(run("log", "explain", log, first, "--json"), 0).json()["experiment"],
                         {"block": 1, "blocks": 9, "propensity": "0.500000000"})

    def test_how_it_ended_is_told_and_without_one_nothing_is(self):
        log, none = self.path("spent.db"), self.path("none.db")
        law = '{use: fixed, experiment: {size: 10%, block: 1d, blocks: 9, budget_usd: "1"}}'
        self.expect(run("sim", "--scenario", "spot", "--set", "length=4d", "--law", law, "--log", log), 0)
        self.assertRegex(self.expect(run("loop", "status", "--log", log), 0).out, r"\nchat/east +spent +\+0\.0000 ")
        self.expect(run("sim", "--scenario", "spot", "--set", "length=2d", "--law", "fixed", "--log", none), 0)
        self.assertNotIn("experiment", self.expect(run("loop", "status", "--log", none), 0).out)


if __name__ == "__main__":
    main()
