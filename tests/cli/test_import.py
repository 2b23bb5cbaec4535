"""test_import.py - `setpoint signal import focus`: signals that replay reads, and sums that are the bill's own."""

import os
from decimal import Decimal

from command import ROOT, Case, main, run

HEADER = ("BilledCost,EffectiveCost,ContractedCost,ListCost,BillingCurrency,ChargeCategory,ChargeClass,"
          "ChargePeriodStart,ChargePeriodEnd,ServiceName,RegionId,Tags\n")
HOUR = "2026-11-24T00:00:00Z,2026-11-24T01:00:00Z"
ROWS = (f'1,134.40000000049,,140,USD,Usage,NULL,{HOUR},GPU,us-east-1,"{{""team"":""chat""}}"\n'
        f"1,0.00000000002,,0,USD,Usage,NULL,{HOUR},GPU,us-east-1,NULL\n"
        f"-5,-5,,-5,USD,Credit,NULL,{HOUR},GPU,us-east-1,NULL\n"
        f"1,7,,9,USD,Usage,NULL,{HOUR},Storage,us-east-1,NULL\n")
RULES = "lot,ServiceName,RegionId\nus-east/h100:base,GPU*,us-east-*\n"
SAMPLE = os.path.join(os.environ.get("SETPOINT_DATA", os.path.join(ROOT, "..", "shared", "data")), "focus", "focus_sample.csv")
COSTS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")


class Focus(Case):
    def bill(self, *more, rows=ROWS, code=0, err=None):
        return self.expect(run("signal", "import", "focus", "--rules", self.write("rules.csv", RULES),
                               self.write("bill.csv", HEADER + rows), *more), code, err)

    def test_a_lots_charges_of_a_period_are_one_signal_that_replay_reads(self):
        answer = self.bill()
        self.assertEqual(answer.lines(), [{"t": "2026-11-24T00:59:59.999999999Z", "kind": "cost", "subject": "us-east/h100:base",
                                           "value": "134.400000001", "source": "focus"}])
        for said in ("unmatched", "Storage, 1 row", "us-east/h100:base, credits", "ContractedCost: no value in 4 rows",
                     "-0.00000000049 USD that rounding"):
            self.assertIn(said, answer.err)
        path = self.write("cost.jsonl", answer.out)
        self.expect(run("replay", "-c", os.path.join(ROOT, "examples", "quickstart.yaml"), "--trace", f"signals:{path}"), 0)

    def test_json_has_all_sums_in_place_of_the_signals(self):
        answer = self.bill("--json", "--cost", "ListCost")
        self.assertEqual(answer.err, "")
        bill = answer.json()
        self.assertEqual(bill["schema"], "setpoint.bill/v1")
        self.assertEqual(bill["total"]["EffectiveCost"], {"usd": "136.40000000051", "absent": 0})
        self.assertEqual(bill["unmatched"]["ListCost"]["usd"], "9")
        self.assertEqual(bill["signals"], {"n": 1, "usd": "140", "residue_usd": "0"})

    def test_without_rules_all_is_unmatched_and_nothing_is_lost(self):
        answer = self.expect(run("signal", "import", "focus", self.write("bill.csv", HEADER + ROWS), "--json"), 0).json()
        self.assertEqual(answer["unmatched"], answer["total"])
        self.assertEqual(answer["lots"], [])

    def test_tags_that_are_no_json_are_counted_apart_and_said(self):
        rows = ROWS + f"1,7.25,,9,USD,Usage,NULL,{HOUR},GPU,us-east-1,team=chat\n"
        self.assertIn("Tags that are no JSON object, which no tag: column matches: 1 row, 7.25 USD", self.bill(rows=rows).err)
        self.assertNotIn("Tags", self.bill().err)
        mistagged = self.bill("--json", rows=rows).json()["mistagged"]
        self.assertEqual((mistagged["rows"], mistagged["EffectiveCost"]["usd"]), (1, "7.25"))

    def test_one_bad_row_means_no_signal_at_all(self):
        answer = self.bill(rows=ROWS + f"1,x,,1,USD,Usage,,{HOUR},GPU,us-east-1,\n", code=65, err="bill.csv:6: EffectiveCost: 'x'")
        self.assertEqual(answer.out, "")

    def test_another_currency_is_refused_until_its_rate_is_given(self):
        rows = f"1,10,,1,EUR,Usage,,{HOUR},GPU,us-east-1,\n"
        self.bill(rows=rows, code=65, err="--fx EUR=RATE")
        self.assertIn('"value":"10.8"', self.bill("--fx", "EUR=1.08", rows=rows).out)
        self.bill("--fx", "EURO=1", rows=rows, code=64, err="--fx")
        self.bill("--fx", "EUR=0", rows=rows, code=64, err="--fx")

    def test_what_is_not_there_is_said(self):
        self.expect(run("signal", "import", "focus", self.path("none.csv")), 74, "cannot be read")
        self.expect(run("signal", "import", "focus"), 64, "no FILE")

    def test_the_real_sample_adds_up_to_the_last_digit(self):
        if not os.path.exists(SAMPLE):
            self.skipTest("no real traces here")
        rules = self.write("rules.csv", "lot,ServiceName,RegionId\nwest:cpu,Amazon Elastic*,us-west-*\neast:cpu,*Compute*,us-east-*\n")
        for cost in COSTS:
            bill = self.expect(run("signal", "import", "focus", "--rules", rules, "--cost", cost, "--json", SAMPLE), 0).json()
            charged = sum(Decimal(lot["charges"][cost]["usd"]) for lot in bill["lots"])
            credited = sum(Decimal(lot["credits"][cost]["usd"]) for lot in bill["lots"])
            self.assertEqual(charged + credited + Decimal(bill["unmatched"][cost]["usd"]), Decimal(bill["total"][cost]["usd"]))
            self.assertEqual(Decimal(bill["signals"]["usd"]) + Decimal(bill["signals"]["residue_usd"]), charged)
        signals = run("signal", "import", "focus", "--rules", rules, "--cost", "BilledCost", SAMPLE).lines()
        self.assertEqual([s["t"] for s in signals], sorted(s["t"] for s in signals))


if __name__ == "__main__":
    main()
