"""test_margin.py - `setpoint margin show` of a decision log and of recorded signals: basis, band, and what is unknown."""

import json
import sqlite3
from decimal import Decimal

from command import Case, main, run
from test_cost import COMPANY, DAY, feed

MEASURED = COMPANY.replace("units_per_gpu_s: 1000", "units_per_gpu_s: 1000\n    units_per_gpu_s_low: 950\n    units_per_gpu_s_high: 1050")
MEASURED = MEASURED.replace("weight: 4}", "weight: 4, weight_low: 3.8, weight_high: 4.25}")


def earn(hours, per_hour, subject="chat/east"):
    """One amount at the end of every hour."""
    return [{"t": f"{DAY}{h:02}:59:59.999999999Z", "kind": "revenue", "subject": subject, "value": per_hour, "source": "bill"}
            for h in range(hours)]


class Margin(Case):
    def recorded(self, hours=4, revenue=None, text=COMPANY, name="m.db"):
        lines = [json.loads(line) for line in feed(hours).splitlines()]
        lines += revenue if revenue is not None else earn(hours, "108.000000001")
        lines.sort(key=lambda line: (line.get("t") or line["tick"], "tick" in line))
        log = self.path(name)
        config = self.write(name + ".yaml", text)
        self.expect(run("decide", "-c", config, "--log", log, stdin="".join(json.dumps(line) + "\n" for line in lines)), 0)
        return log

    def margin(self, *arguments, code=0):
        return self.expect(run("margin", "show", *arguments, "--json"), code).json()

    def test_a_log_gives_revenue_cost_support_and_credits_to_the_last_nano_dollar(self):
        whole = self.margin("--log", self.recorded(2))
        self.assertEqual(whole["schema"], "setpoint.margin/v1")
        self.assertEqual(whole["span_s"], 7200)
        family = whole["families"][0]
        # 8,000 units a second at 25/12 USD a million (test_cost.py): 1440 USD a day, and 0.05 for each of 345.6 million
        # input tokens; 108 an hour are 2592.
        self.assertEqual(family["revenue"]["usd"], "2592.000000024")
        self.assertEqual(family["cost"]["usd"], "1457.28")
        self.assertEqual(whole["pools"][0]["sold"]["usd"], "1440")
        self.assertEqual((family["support_usd"], family["incidents_usd"]), ("69.120000000", "34.560000000"))
        self.assertEqual(Decimal(family["margin"]["usd"]), Decimal("2592.000000024") - Decimal("1457.28") - Decimal("103.68"))
        self.assertEqual(Decimal(family["booked"]["usd"]) - Decimal(family["margin"]["usd"]), 864)  # 10 GPUs at 3.60
        self.assertEqual(family["margin"]["basis"], "assumed")
        low, high = Decimal(family["cost"]["low_usd"]), Decimal(family["cost"]["high_usd"])
        self.assertEqual(Decimal(family["margin"]["low_usd"]) + high, Decimal(family["margin"]["high_usd"]) + low)
        self.assertEqual(whole["margin"], family["margin"])
        self.assertEqual(whole["pools"][0]["unshared_usd"], "0.000000000")

    def test_a_sign_that_flips_is_unknown_until_it_is_measured(self):
        earned = earn(2, "71")
        self.assertEqual(self.margin("--log", self.recorded(2, earned))["families"][0]["verdict"], "unknown")
        family = self.margin("--log", self.recorded(2, earned, MEASURED, "measured.db"))["families"][0]
        self.assertEqual((family["verdict"], family["cost"]["basis"]), ("gain", "measured"))
        out = run("margin", "show", "--log", self.path("m.db")).out
        self.assertIn("unknown: the sign flips inside the band", out)
        self.assertRegex(out, r"chat/east +1704\.00 +1457\.28 +103\.68 +\d+\.\d\d +unknown\n  cost \d+\.\d\d to \d+\.\d\d, margin -\d+\.\d\d to \d")
        self.assertRegex(out, r"\n  as booked \d+\.\d\d \(\d")

    def test_cost_and_margin_are_measured_without_another_file(self):
        log = self.recorded(2, text=MEASURED)
        sellable = self.expect(run("cost", "show", "--log", log, "chat/east/output", "--json"), 0).json()["costs"][0]["sellable"]
        self.assertEqual(sellable["basis"], "measured")
        self.assertEqual(sellable["usd"], "8.333333333")
        self.assertEqual(sellable["low_usd"], "7.539682539")               # x 3.8 / 4 / 1.05, outward
        self.assertEqual(sellable["high_usd"], "9.320175439")              # x 4.25 / 4 / 0.95
        self.assertIn("Measured: weights", run("margin", "show", "--log", log).out)

    def test_without_revenue_the_margin_is_unknown_and_nothing_is_made_up(self):
        log = self.recorded(2, [])
        family = self.margin("--log", log, code=2)["families"][0]
        self.assertEqual((family["margin"], family["verdict"]), (None, "unknown"))
        self.assertEqual(family["why"], "no revenue was sent for it")
        log = self.recorded(2, earn(2, "9", "chat/east/input"), name="half.db")
        self.assertEqual(self.margin("--log", log, code=2)["families"][0]["why"], "not every SKU that was sold sent its revenue")
        log = self.recorded(2, earn(2, "9", "chat/east/input") + earn(2, "90", "chat/east/output"), name="both.db")
        self.assertEqual(self.margin("--log", log)["families"][0]["revenue"]["usd"], "2376")

    def test_traces_give_what_their_log_gives(self):
        log = self.recorded(2)
        lines = [line for line in feed(2).splitlines() if "tick" not in line] + [json.dumps(line) for line in earn(2, "108.000000001")]
        lines.sort(key=lambda line: json.loads(line)["t"])
        trace = self.write("s.jsonl", "\n".join(lines) + "\n")
        of_trace = self.margin("-c", self.path("m.db.yaml"), "--trace", "signals:" + trace)
        of_log = self.margin("--log", log)
        self.assertEqual(of_trace["families"], of_log["families"])

    def test_spend_of_no_family_is_said_with_its_dollars(self):
        trace = "litellm-spendlogs:" + self.write("s.csv", "startTime,model,prompt_tokens,completion_tokens,spend\n" + "".join(
            f"{DAY}{h:02}:30:00Z,{model},3600,900,{spend}\n" for h in range(3) for model, spend in (("chat/east", 2), ("gpt-x", "0.0000000000125"))))
        config = self.write("c.yaml", COMPANY.replace("signal", '"7.20"'))
        self.expect(run("margin", "show", "-c", config, "--trace", trace), 64, "model: no family 'gpt-x'")
        out = self.expect(run("margin", "show", "-c", config, "--trace", trace, "--skip-bad"), 0).out
        self.assertIn("Passed over: 3 bad rows\nUnknown: 3 of these of no family here, 0.0000000000375 USD in all, the first of 'gpt-x'", out)
        self.assertEqual(self.margin("-c", config, "--trace", trace, "--skip-bad")["passed_over"],
                         {"bad": 3, "unmatched": 3, "unmatched_usd": "0.0000000000375"})
        self.expect(run("margin", "show", "--log", self.path("m.db"), "--skip-bad"), 64, "--skip-bad is for --trace")
        answer = self.expect(run("replay", "-c", config, "--trace", trace, "--skip-bad"), 0)
        self.assertIn("3 bad and passed over, of them 3 of no family here (0.0000000000375 USD; the first is 'gpt-x')", answer.out)
        counts, = run("replay", "-c", config, "--trace", trace, "--skip-bad", "--json").json()["traces"]
        self.assertEqual(counts["unmatched"], {"rows": 3, "usd": "0.0000000000375"})

    def test_where_inputs_are_pruned_whole_hours_serve_and_that_is_said(self):
        log = self.recorded(6)
        before = self.margin("--log", log, "--over", "3h")
        db = sqlite3.connect(log)
        last = db.execute("SELECT tick FROM checkpoint ORDER BY tick DESC LIMIT 1 OFFSET 1").fetchone()[0]
        db.execute("UPDATE input SET blob = NULL WHERE tick <= ?", (last,))
        db.commit()
        db.close()
        after = self.margin("--log", log, "--over", "3h")
        self.assertIn("hourly", [lack["lack"] for lack in after["lacks"]])
        self.assertNotIn("hourly", [lack["lack"] for lack in before["lacks"]])
        for key in ("revenue", "cost", "margin"):
            self.assertEqual(after["families"][0][key]["usd"][:6], before["families"][0][key]["usd"][:6], key)

    def test_a_log_that_ends_with_the_tick_that_pruned_is_still_shown(self):
        log = self.recorded(6)
        before = self.margin("--log", log, "--over", "3h")
        cost = self.expect(run("cost", "show", "--log", log, "--json"), 0).json()["costs"][0]["sellable"]
        db = sqlite3.connect(log)
        last, = db.execute("SELECT max(tick) FROM tick").fetchone()
        self.assertEqual(db.execute("SELECT max(tick) FROM checkpoint").fetchone(), (last,))
        db.execute("UPDATE input SET blob = NULL")                         # as keep_inputs does: up to the last checkpoint
        db.execute("UPDATE checkpoint SET blob = NULL WHERE tick < ?", (last,))
        db.commit()
        db.close()
        after = self.margin("--log", log, "--over", "3h")
        self.assertIn("hourly", [lack["lack"] for lack in after["lacks"]])
        for key in ("revenue", "cost", "margin"):
            self.assertEqual(after["families"][0][key]["usd"][:6], before["families"][0][key]["usd"][:6], key)
        self.assertEqual(self.expect(run("cost", "show", "--log", log, "--json"), 0).json()["costs"][0]["sellable"], cost)

    def test_a_wrong_command_line_is_told(self):
        for arguments, why in (((), "margin of what?"), (("--log", "a.db", "--usage", "u.csv"), "exclude one another"),
                               (("--usage", "u.csv"), "Give -c FILE"), (("--trace", "usage:u.csv"), "Give -c FILE"),
                               (("-c", "x.yaml", "--usage", "u.csv", "--over", "1d"), "of usage it is the last seven days"),
                               (("--log", "a.db", "--at", "soon"), "is no time"), (("--log", "a.db", "--over", "0"), "is no time span")):
            self.expect(run("margin", "show", *arguments), 64, why)
        self.expect(run("margin", "show", "--log", self.path("none.db")), 74)


if __name__ == "__main__":
    main()
