"""test_rate.py - `setpoint rate`: every vector of tests/vectors/rate.jsonl through a configuration of its own, and what is said when
a request or a price sheet is none."""

import json
import os
import re
from decimal import Decimal

from command import ROOT, Case, environment, main, run

NOON = "2026-11-24T12:00:00Z"
YAML = """version: 1
price_sheet: prices.csv
pools:
  - {id: p, units_per_gpu_s: 1, supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: "1"}]}
defaults: {pool: p}
families: [{match: "*", profile: dynamic}]
"""
PLAIN = [["f/input", "input", "1M tokens", "0.45"], ["f/output", "output", "1M tokens", "1.80"]]
REQUEST = {"family": "f", "t": NOON, "usage": {"input": 1200, "output": 340}}


def groups():
    """[prices, [vector …]] of every group that a price sheet can hold."""
    found, skipped = [], True
    with open(os.path.join(ROOT, "tests", "vectors", "rate.jsonl"), encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if "group" in row:
                skipped = not row.get("sheet", True)
                found += [] if skipped else [[row["prices"], []]]
            elif not skipped:
                found[-1][1].append(row)
    return found


class Rate(Case):
    def config(self, prices):
        rows = [f"{sku},{sku.rpartition('/')[0]},{meter},{unit},{usd},1" for sku, meter, unit, usd in prices]
        self.write("prices.csv", "\n".join(["sku,family,meter,unit,usd,weight", *rows]) + "\n")
        return self.write("setpoint.yaml", YAML)

    def rate(self, *requests, prices=None, code=0, err=None, arguments=()):
        lines = "".join(request if isinstance(request, str) else json.dumps(request) + "\n" for request in requests)
        return self.expect(run("rate", "-c", self.config(prices or PLAIN), *arguments, stdin=lines), code, err)

    def check_vector(self, vector, answer):
        if "unrated" in vector:
            self.assertEqual([answer["state"], answer["code"], answer["meter"]], ["unrated", *vector["unrated"]], vector["why"])
            self.assertNotIn("total_usd", answer)
            return
        lines = [[line["meter"], line["sku"], Decimal(line["amount_usd"])] for line in answer["lines"]]
        self.assertEqual(answer["state"], "rated", vector["why"])
        self.assertEqual(lines, [[meter, sku, Decimal(usd)] for meter, sku, usd in vector["lines"]], vector["why"])
        self.assertEqual(Decimal(answer["total_usd"]), Decimal(vector["total"]), vector["why"])

    def test_every_vector_is_rated_as_by_the_library(self):
        checked = 0
        for prices, vectors in groups():
            requests = [{"family": v.get("family", "f"), "t": v.get("t", NOON), "usage": v["usage"]} for v in vectors]
            code = 2 if any("unrated" in vector for vector in vectors) else 0
            answers = self.rate(*requests, prices=prices, code=code, arguments=["--json"]).lines()
            self.assertEqual(len(answers), len(vectors))
            for vector, answer in zip(vectors, answers):
                self.check_vector(vector, answer)
                checked += 1
        self.assertGreaterEqual(checked, 100)

    def test_an_answer_says_all_that_was_multiplied(self):
        answer = self.rate({**REQUEST, "id": "r-17"}, arguments=["--json"]).json()
        self.assertEqual(answer, {
            "schema": "setpoint.rated/v1", "id": "r-17", "family": "f", "t": NOON, "state": "rated",
            "lines": [{"meter": "input", "sku": "f/input", "quantity": "1200", "unit": "1M tokens", "usd": "0.450000000",
                       "amount_usd": "0.000540000"},
                      {"meter": "output", "sku": "f/output", "quantity": "340", "unit": "1M tokens", "usd": "1.800000000",
                       "amount_usd": "0.000612000"}],
            "total_usd": "0.001152000"})

    def test_a_person_reads_a_table(self):
        out = self.expect(run("rate", "-c", self.config(PLAIN), json.dumps(REQUEST)), 0).out
        self.assertEqual(out.splitlines()[0], "f, 2026-11-24T12:00:00Z")
        self.assertRegex(out, r"METER +SKU +QUANTITY +UNIT +USD +AMOUNT USD\n")
        self.assertRegex(out, r"output +f/output +340 +1M tokens +1\.8 +0\.000612000\n")
        self.assertTrue(out.endswith("\ntotal 0.001152000 USD\n"))

    def test_what_is_unrated_says_why_and_is_no_success(self):
        answer = self.rate(REQUEST, {**REQUEST, "usage": {"image": 1}}, code=2, err="rate: 1 rated, 1 unrated")
        self.assertIn("\nunrated: image: this meter has no price (no_price)\n", answer.out)
        self.assertNotIn("total 0", answer.out.split("unrated")[1])
        answer = self.rate({**REQUEST, "family": "p"}, code=2)
        self.assertIn("unrated: there are no prices for this family (no_family)", answer.out)

    def test_quantities_come_back_as_they_were(self):
        prices = [["f/gpu_s", "gpu_s", "GPU-second", "0.0006"]]
        for given, shown in ((9223372036854, "9223372036854"), ("12.50", "12.5"), ("0.000001", "0.000001"), (100, "100")):
            answer = self.rate({**REQUEST, "usage": {"gpu_s": given}}, prices=prices, arguments=["--json"])
            self.assertEqual(answer.json()["lines"][0]["quantity"], shown)

    def test_the_first_malformed_request_ends_it_and_is_named(self):
        usage = {"family": "f", "t": NOON}
        for text, said in (("{", "no JSON object"),
                           ("[]", "no JSON object"),
                           ('{"usage":{"input":1},"t":0}', "family is missing"),
                           ('{"family":"f","usage":{"input":1}}', "t is missing: when was the request admitted?"),
                           (usage, "usage is missing: what was used?"),
                           ({**usage, "usage": [1]}, "usage is no object"),
                           ({**usage, "usage": {"input": 1.5}}, "usage.input: expected a whole number, or one with a point in quotes"),
                           ({**usage, "usage": {"input": None}}, "usage.input: expected a whole number"),
                           ({**usage, "usage": {"input": "1.0000001"}}, "at most six places"),
                           ({**usage, "usage": {"input": "NaN"}}, 'usage.input: "NaN"'),
                           ({**usage, "usage": {"input": 9223372036855}}, "more than 9 x 10^12"),
                           ({**usage, "usage": {"in put": 1}}, "'in put' is no name of a meter"),
                           ({**usage, "usage": {f"m{i}": 1 for i in range(40)}}, "more than 32 meters"),
                           ({**REQUEST, "t": "soon"}, "t: expected a time"),
                           ({**REQUEST, "family": "f f"}, "family: expected a name"),
                           ({**REQUEST, "contract": "c"}, "'contract' is not known"),
                           ('{"family":"f","t":0,"usage":{"input":1,"input":2}}', "duplicate")):
            text = text if isinstance(text, str) else json.dumps(text)
            answer = self.rate(REQUEST, text + "\n", REQUEST, code=65, err="stdin:2: ")
            self.assertIn(said, answer.err)
            self.assertEqual(answer.out.count("total"), 1)

    def test_a_meter_that_only_looks_like_a_tier_is_refused_before_anything_is_rated(self):
        for meter in ("input_above_200", "input@16:30", "input@24:00-06:00"):
            answer = self.rate(REQUEST, prices=[["f/input", meter, "1M tokens", "0.45"]], code=78, err=f'f/input: meter "{meter}"')
            self.assertEqual(answer.out, "")

    def test_a_unit_finer_than_a_millionth_is_refused(self):
        self.rate(REQUEST, prices=[["f/input", "input", "0.0000005 tokens", "0.45"]], code=78, err="no whole number of millionths")

    def test_wrong_words_are_told(self):
        self.expect(run("rate"), 64, "which prices? Give -c FILE")
        self.expect(run("rate", "-c", self.path("none.yaml")), 74)
        self.expect(run("rate", "-c", self.config(PLAIN), *["{}"] * 65), 64, "at most 64 requests")
        self.expect(run("rate", "-c", self.config(PLAIN), "{}"), 65, "request 1: family is missing")
        self.assertIn("setpoint rate -c", run("rate", "--help").out)

    def test_a_table_fits_a_narrow_terminal(self):
        out = run("rate", "-c", self.config(PLAIN), json.dumps(REQUEST), env=environment(COLUMNS="80")).out
        self.assertLessEqual(max(map(len, re.split("\n", out))), 80)

    def test_the_page_shows_what_is_printed(self):
        with open(os.path.join(ROOT, "docs", "rating.md"), encoding="utf-8") as file:
            page = file.read()
        request = re.search(r"setpoint rate -c setpoint.yaml '(\{.*?\})'\n", page)[1]
        shown = re.search(r"<!-- what it prints -->\n```\n(.*?)```\n", page, re.S)[1]
        sheet = re.search(r"```csv\n(.*?)```\n", page, re.S)[1]
        config = self.config(PLAIN)
        self.write("prices.csv", sheet)
        self.assertEqual(self.expect(run("rate", "-c", config, request), 0).out, shown)


if __name__ == "__main__":
    main()
