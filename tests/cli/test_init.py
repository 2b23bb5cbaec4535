"""test_init.py - `setpoint init` and `margin show`: from a company's files to a checked configuration and its margin."""

import csv
import os
from decimal import Decimal

from command import ROOT, Case, main, on_terminal, run

COMPANY = os.path.join(ROOT, "examples", "company")
FILES = {name: os.path.join(COMPANY, name + ".csv") for name in ("prices", "usage", "lots")}
ALL = ("--prices", FILES["prices"], "--usage", FILES["usage"], "--bill", FILES["lots"])


class Init(Case):
    def init(self, *arguments, code=0, err=None):
        return self.expect(run("init", self.path("shop"), *arguments), code, err)

    def read(self, name):
        with open(os.path.join(self.path("shop"), name), encoding="utf-8") as file:
            return file.read()

    def check(self):
        self.expect(run("config", "check", os.path.join(self.path("shop"), "setpoint.yaml")), 0)

    def margin(self, usage=FILES["usage"]):
        return self.expect(run("margin", "show", "-c", os.path.join(self.path("shop"), "setpoint.yaml"), "--usage", usage, "--json"),
                           0).json()

    def test_the_example_company_comes_to_its_first_margin(self):
        out = self.init(*ALL).out
        self.check()
        yaml = self.read("setpoint.yaml")
        self.assertIn("mode: observe", yaml)
        self.assertGreaterEqual(yaml.count("# guess:"), 6)
        for said in ("unknown: the sign flips inside the band", "whatever weights and capacity are", "credits pay", "Assumed: weights"):
            self.assertIn(said, out)
        self.expect(run("replay", "-c", os.path.join(self.path("shop"), "setpoint.yaml"), "--trace", "usage:" + FILES["usage"]), 0)

    def test_the_margin_is_that_of_the_files(self):
        self.init(*ALL)
        margin = self.margin()
        self.assertEqual(margin["schema"], "setpoint.margin/v1")
        self.assertEqual(margin["span_s"], 7 * 86400)
        with open(FILES["usage"], encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for family in margin["families"]:
            revenue = sum(Decimal(row["revenue"]) for row in rows if row["sku"].rsplit("/", 1)[0] == family["family"])
            self.assertLess(abs(Decimal(family["revenue"]["usd"]) - revenue / 7), Decimal("2e-9"), family["family"])
            left = Decimal(family["revenue"]["usd"]) - Decimal(family["cost"]["usd"])
            self.assertEqual(Decimal(family["margin"]["usd"]), left)
            low, high = (Decimal(family["margin"][end]) for end in ("low_usd", "high_usd"))
            self.assertEqual(family["verdict"], "unknown" if low < 0 < high else "gain" if low >= 0 else "loss")
        # half busy is the guess: so the load takes half of what the lots cost
        for pool, usd in zip(margin["pools"], ("844.8", "787.2"), strict=True):
            self.assertEqual(Decimal(pool["paid"]["usd"]), Decimal(usd))
            self.assertLess(abs(Decimal(pool["sold"]["usd"]) - Decimal(usd) / 2), Decimal("0.01"))
        self.assertIn("unknown", [family["verdict"] for family in margin["families"]])

    def test_nothing_is_overwritten(self):
        self.init(*ALL)
        before = self.read("setpoint.yaml")
        self.init(*ALL, code=74, err="is there already, and is not overwritten")
        self.assertEqual(self.read("setpoint.yaml"), before)

    def test_a_missing_file_is_a_marked_guess_or_an_unknown(self):
        out = self.init("--usage", FILES["usage"]).out
        self.check()
        self.assertIn("made up, there was no bill", self.read("setpoint.yaml"))
        self.assertIn("what was earned per million", self.read("setpoint.yaml"))
        self.assertIn("Unknown: cost, since there was no bill", out)
        self.assertNotIn("Margin in USD", out)

    def test_prices_alone_are_enough_to_begin(self):
        out = self.init("--prices", FILES["prices"]).out
        self.check()
        self.assertIn("Unknown: margin, since there was no usage", out)

    def test_a_price_map_is_read_as_decimals_and_only_what_is_used(self):
        prices = self.write("map.json", '{"sample_spec":{"input_cost_per_token":0},\n'
                            '"m\\"x":{"input_cost_per_token":1e-6},\n'
                            '"acme/a":{"input_cost_per_token":3.2175e-07,"output_cost_per_token":0.00000024999988,'
                            '"cache_read_input_token_cost":1.1e-08,"max_tokens":1000,"mode":"chat"},\n'
                            '"acme/b":{"input_cost_per_token":-1}}')
        self.init("--prices", prices)
        self.check()
        self.assertEqual(self.read("prices.csv").splitlines(), [
            "sku,family,meter,unit,usd,weight", "acme/a/input,acme/a,input,1M tokens,0.32175,1",
            "acme/a/output,acme/a,output,1M tokens,0.24999988,4", "acme/a/cached,acme/a,cached,1M tokens,0.011,0.1"])

    def test_a_focus_bill_is_a_lot_with_its_guess_marked(self):
        bill = self.write("bill.csv", "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd\n"
                          "1,50.0,USD,Usage,2026-11-24T00:00:00Z,2026-11-24T01:00:00Z\n"
                          "1,-9,USD,Credit,2026-11-24T00:00:00Z,2026-11-24T01:00:00Z\n"
                          "1,50.0,USD,Usage,2026-11-24T01:00:00Z,2026-11-24T02:00:00Z\n")
        self.init("--prices", FILES["prices"], "--usage", FILES["usage"], "--bill", bill)
        self.check()
        self.assertIn('gpus: 20, usd_per_gpu_h: "2.500000"', self.read("setpoint.yaml"))
        self.assertIn("EffectiveCost but credits", self.read("setpoint.yaml"))

    def test_usage_without_a_price_is_told_and_not_mixed_in(self):
        usage = self.write("usage.csv", "hour,sku,units,revenue\n2026-11-24,atlas-8b/us-east/input,1000,1\n2026-11-24,new,5,2.5\n")
        out = self.init("--prices", FILES["prices"], "--usage", usage, "--bill", FILES["lots"]).out
        self.assertIn("Unknown: 1 SKU in the usage with no price, 2.5 USD", out)
        self.assertEqual(self.margin(usage)["unknown"], {"skus": 1, "revenue_usd": "2.5"})

    def test_hostile_files_write_nothing(self):
        for option, text, err in (
                ("--prices", "sku,price\na,1\n", "usd: no such column"), ("--prices", "", "the file is empty"),
                ("--prices", "{", "no price map"), ("--prices", 'sku,usd\n"a{",1\n', "brace"),
                ("--prices", "sku,usd\na/b,nan\n", "prices.csv:2"), ("--prices", "sku,usd\na/b,1\na/b,2\n", "prices.csv:3"),
                ("--usage", "hour,sku,units\nnow,a,1\n", "'now' is no time"),
                ("--usage", "hour,sku,units\n2026-11-24,a,-1\n", "'-1' is no quantity"),
                ("--bill", "gpus,usd_per_gpu_h\n1e99,2\n", "setpoint.yaml"), ("--bill", "gpus\n1\n", "usd_per_gpu_h: no such column")):
            path = self.write("bad.csv", text)
            arguments = ("--prices", FILES["prices"], option, path) if option != "--prices" else (option, path)
            self.init(*arguments, code=65, err=err)
            self.assertFalse(os.path.exists(self.path("shop")), (option, text))
        self.init(code=64, err="nothing to begin with")
        self.expect(run("init"), 64, "no DIR")

    def test_a_terminal_is_asked_and_a_pipe_is_not(self):
        answer = on_terminal("init", self.path("shop"), "--prices", FILES["prices"], until="Usage, a CSV")
        self.assertIn("(Enter: none)", answer.out)
        self.assertNotIn("Enter", self.init("--prices", FILES["prices"]).err)


if __name__ == "__main__":
    main()
