"""test_sim.py - `setpoint sim`: a market closes the loop; the same seed gives the same run."""

import json
import re

from command import DEMO, Case, environment, main, run


class Sim(Case):
    def sim(self, *arguments):
        return run("sim", "-c", DEMO, *arguments)

    def test_a_day_is_told_drawn_and_summed_up(self):
        answer = self.expect(self.sim("--scenario", "demo_day", "--story", "--plot"), 0)
        self.assertRegex(answer.out, r"\n16:01 +GPUs of us-east/h100:burst now cost 3.25 USD an hour \(\+30 %\)\n")
        self.assertRegex(answer.out, r"load up to 1\d\d %, setpoint 70 %: chat/us-east/batch [\d.]+ → [\d.]+ \(\+")
        self.assertIn("the announced price is in force", answer.out)
        self.assertIn("1,440 ticks", answer.out)
        self.assertIn("contribution margin", answer.out)
        self.assertIn("closed loop", answer.out)

    def test_sentences_are_in_order_of_time(self):
        out = self.sim("--scenario", "demo_day", "--story").out
        times = re.findall(r"^(\d\d:\d\d)", out, re.M)
        self.assertGreater(len(times), 8)
        self.assertEqual(times, sorted(times))

    def test_a_day_without_moves_is_told_as_one(self):
        with open(DEMO, encoding="utf-8") as demo:
            moving = "use: utilization_pi, elasticity: 0.8, response_lag: 1h"
            quiet = self.write("quiet.yaml", demo.read().replace(moving, "use: fixed"))
        answer = self.expect(run("sim", "-c", quiet, "--scenario", "calm", "--story", "--hours", "2"), 0)
        self.assertIn("nothing happened: no price moved", answer.out)

    def test_a_blend_that_reads_no_load_gives_it_as_no_cause(self):
        with open(DEMO, encoding="utf-8") as demo:
            by_load = "policy: {use: utilization_pi, elasticity: 0.8, response_lag: 1h}"
            parts = "policy: {use: blend, laws: [{use: cost_plus, weight: 50%}, {use: fixed, weight: 50%}]}"
            blend = self.write("blend.yaml", demo.read().replace(by_load, parts))
        out = self.expect(run("sim", "-c", blend, "--scenario", "demo_day", "--story"), 0).out
        told = "\n".join(line for line in out.splitlines() if "chat/us-east/batch" in line)
        self.assertRegex(told, r"cost [\d.]+ → [\d.]+ USD per 1M units: chat/us-east/batch")
        self.assertNotIn("setpoint", told)

    def test_json_holds_money_families_and_digest(self):
        answer = self.expect(self.sim("--scenario", "spike", "--seed", "7", "--set", "elasticity=2.5", "--json"), 0).json()
        self.assertEqual((answer["schema"], answer["open_loop"]), ("setpoint.sim/v1", False))
        self.assertEqual((answer["scenario"], answer["seed"], answer["settings"]), ("spike", 7, ["elasticity=2.5"]))
        usd = {name: int(value.replace(".", "")) for name, value in answer["money_usd"].items()}
        self.assertEqual(usd["margin"], usd["revenue"] - usd["variable"] - usd["capacity"])
        self.assertEqual([family["family"] for family in answer["families"]], ["chat/us-east", "chat/us-east/batch"])

    def test_the_same_seed_gives_the_same_run_and_another_seed_another(self):
        one, again, other = (self.sim("--seed", seed, "--hours", "6", "--json").json() for seed in ("1", "1", "2"))
        self.assertEqual(one["digest"], again["digest"])
        self.assertNotEqual(one["digest"], other["digest"])

    def test_a_log_of_it_is_sound_and_replays_to_the_same_digest(self):
        log = self.path("a.db")
        digest = self.expect(self.sim("--hours", "6", "--log", log, "--json"), 0).json()["digest"]
        self.assertEqual(self.expect(run("replay", "--trace", log, "--json"), 0).json()["digest"], digest)
        self.expect(run("log", "verify", log, "--rerun"), 0)

    def test_demand_can_come_from_a_trace(self):
        rows = "".join(json.dumps({"t": f"2026-11-24T{h:02}:30:00Z", "kind": "demand", "subject": "chat/us-east/input",
                                   "value": 40000 + 1000 * h}) + "\n" for h in range(24))
        spec = "signals:" + self.write("demand.jsonl", rows)
        answer = self.expect(self.sim("--demand", spec, "--hours", "6", "--json"), 0).json()
        self.assertEqual(answer["demand"], spec)
        self.assertNotEqual(answer["digest"], self.sim("--hours", "6", "--json").json()["digest"])

    def test_list_names_scenarios_and_settings(self):
        answer = self.expect(run("sim", "--list"), 0)
        for word in ("calm", "demo_day", "elasticity", "gpu_step", "customer_leaves", "contract_term"):
            self.assertRegex(answer.out, rf"(?m)^  {word} ")

    def test_a_world_needs_no_configuration(self):
        answer = self.expect(run("sim", "--scenario", "gpu_down", "--seed", "3", "--set", "length=7d", "--law", "utilization_pi"), 0)
        self.assertRegex(answer.out, r"(?m)^chat/east  utilization_pi, auto$")
        self.assertRegex(answer.out, r"(?m)^revenue .* = margin [0-9,]+ USD$")
        self.assertRegex(answer.out, r"(?m)^the list price held all along: [0-9,]+ USD \(this law [+-]")
        self.assertRegex(answer.out, r"(?m)^world gpu_down, seed 3, demand day: length=1w load=")

    def test_a_world_is_its_seed(self):
        line = ("--scenario", "mixed", "--set", "length=7d", "--law", "{use: utilization_pi, elasticity: 2}", "--json", "--seed")
        one, again, other = (self.expect(run("sim", *line, seed), 0).json() for seed in ("1", "1", "2"))
        for answer in (one, again, other):
            del answer["wall_s"]
        self.assertEqual(one, again)
        self.assertNotEqual(one["traits"], other["traits"])
        money = {name: round(float(usd) * 1e9) for name, usd in one["money_usd"].items()}
        self.assertEqual(money["margin"], money["revenue"] - sum(money[cost] for cost in ("credits", "variable", "rejected", "rented")))

    def test_a_fixed_law_makes_what_the_list_price_makes(self):
        money = self.expect(run("sim", "--scenario", "calm", "--set", "length=7d", "--law", "fixed", "--json"), 0).json()["money_usd"]
        self.assertEqual(money["margin"], money["list_margin"])

    def test_a_report_is_one_page_that_asks_no_network(self):
        path = self.path("report.html")
        self.expect(run("sim", "--scenario", "crowd", "--law", "utilization_pi", "--report", path), 0)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        self.assertEqual(page.count("<svg "), 3)
        for word in ("<h1>crowd, seed 1</h1>", "spike_at", "Margin at list price", "</html>"):
            self.assertIn(word, page)
        for link in ("<script", "href=", "src=", "url(", "@import"):
            self.assertNotIn(link, page)
        self.expect(run("sim", "--scenario", "crowd", "--law", "fixed", "--report", "/nowhere/r.html"), 74, "cannot be written")

    def test_a_wrong_world_says_what_there_is(self):
        self.expect(run("sim", "--scenario", "nightmare"), 64, "without -c there are: calm, ")
        self.expect(run("sim", "--scenario", "calm", "--set", "elastcity=2"), 64, "did you mean 'elasticity'?")
        self.expect(run("sim", "--scenario", "calm", "--law", "magic"), 64, "no such law")
        self.expect(run("sim", "--scenario", "calm", "--hours", "5"), 64, "--set length=14d")
        self.expect(self.sim("--law", "fixed"), 64, "leave -c out")
        self.expect(run("sim", "--scenario", "image", "--traces", "/nowhere"), 74, "cannot be read")

    def test_wrong_command_lines_say_what_to_write(self):
        self.expect(run("sim"), 64, "-c FILE")
        self.expect(self.sim("--scenario", "nightmare"), 64, "there are: ")
        self.expect(self.sim("--set", "elastcity=2"), 64, "did you mean 'elasticity'?")
        self.expect(self.sim("--set", "elasticity=x"), 64, "expected a number")
        self.expect(self.sim("--seed", "x"), 64, "whole number")
        self.expect(self.sim("--hours", "0"), 64, "number of hours")
        self.expect(self.sim("--start", "soon"), 64, "no time")
        self.expect(self.sim("elasticity=2"), 64, "--set KEY=VALUE")
        self.expect(run("sim", "-c", self.write("bad.yaml", "version: 2\n")), 78, "refused")

    def test_a_screen_without_unicode_gets_ascii(self):
        answer = self.expect(run("sim", "-c", DEMO, "--scenario", "demo_day", "--story", "--plot", env=environment(LC_ALL="C")), 0)
        self.assertTrue(answer.out.isascii())
        self.assertIn("->", answer.out)


if __name__ == "__main__":
    main()
