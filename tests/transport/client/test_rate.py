"""test_rate.py - the vectors of tests/vectors/rate.jsonl against sp_rate and against its twin, then the two against one another on
requests drawn at random (SETPOINT_SEED; a million of them in a soak)."""

import json
import os
import random
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from decimal import Decimal

from rate_twin import DAYS, EPOCH, Row, Unrated, rate

BIN = os.environ.get("RATED_BIN", "")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
VECTORS = os.path.join(ROOT, "tests", "vectors", "rate.jsonl")
NOON = "2026-11-24T12:00:00Z"
SEED = int(os.environ.get("SETPOINT_SEED", "20261124"))
REQUESTS = 1000000 if os.environ.get("SETPOINT_SOAK") == "1" else 10000
REQUESTS_A_SHEET = 50


def nanoseconds(t):
    if isinstance(t, int):
        return t
    head, _, fraction = t.replace("Z", "+00:00").partition(".")
    digits, zone = (fraction[:-6], fraction[-6:]) if fraction else ("", head[-6:])
    moment = datetime.fromisoformat(head + zone if fraction else head).astimezone(timezone.utc) - EPOCH
    return (moment.days * 86400 + moment.seconds) * 10**9 + int((digits + "0" * 9)[:9])


def nano(usd):
    return int(Decimal(usd).scaleb(9))


def family_of(sku):
    return sku.rpartition("/")[0]


def sheet_line(prices):
    rows = [(Row(*price), price) for price in prices]
    return json.dumps({"prices": [{"sku": row.sku, "family": family_of(row.sku), "meter": price[1],
                                   "per": int(row.quantity * 10**6), "usd": nano(row.usd)} for row, price in rows]})


def request_line(request):
    return json.dumps({"family": request.get("family", "f"), "t": request.get("t", NOON), "usage": request["usage"]})


def words(total, lines):
    return " ".join([str(nano(total))] + [f"{meter} {sku} {nano(amount)}" for meter, sku, amount in lines])


def expected(vector):
    if "unrated" in vector:
        code, meter = vector["unrated"]
        return f"unrated {code} {meter or '-'}"
    return words(vector["total"], vector["lines"])


def by_twin(prices, request):
    rows = [Row(*price) for price in prices if family_of(price[0]) == request.get("family", "f")]
    try:
        return words(*rate(rows, request["usage"], nanoseconds(request.get("t", NOON))))
    except Unrated as why:
        return f"unrated {why.code} {why.meter or '-'}"


def by_c(lines):
    done = subprocess.run([BIN], input="".join(line + "\n" for line in lines), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def vectors():
    """(prices, vector) of every vector."""
    prices = []
    with open(VECTORS, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            prices = row.get("prices", prices)
            if "why" in row:
                yield prices, row


class Vectors(unittest.TestCase):
    def test_there_are_a_hundred_and_each_says_why(self):
        self.assertGreaterEqual(len({json.dumps(vector) for _, vector in vectors()}), 100)
        self.assertTrue(all(vector["why"] for _, vector in vectors()))

    def test_a_total_is_the_sum_of_its_lines(self):
        for _, vector in vectors():
            if "lines" in vector:
                self.assertEqual(sum(Decimal(line[2]) for line in vector["lines"]), Decimal(vector["total"]), vector["why"])

    def test_the_library_gives_what_they_say(self):
        lines, said = [], []
        for prices, vector in vectors():
            lines += [sheet_line(prices), request_line(vector)]
            said.append((vector["why"], expected(vector)))
        answers = by_c(lines)
        self.assertEqual(len(answers), len(said))
        for (why, right), answer in zip(said, answers):
            self.assertEqual(answer, right, why)

    def test_the_twin_gives_what_they_say(self):
        for prices, vector in vectors():
            self.assertEqual(by_twin(prices, vector), expected(vector), vector["why"])


class Draw:
    """Sheets and requests that meet often: few names, times near windows, sizes near thresholds."""

    METERS = ("input", "cached", "cache_write", "output", "reasoning", "image", "gpu_s")
    UNITS = ("1M tokens", "1k tokens", "3 tokens", "1 token", "1G tokens", "0.5 token", "7k tokens", "token")
    SIZES = (1, 3, 128, 200)

    def __init__(self, rng):
        self.rng = rng

    def clock(self):
        return f"{self.rng.randrange(24):02}:{self.rng.choice((0, 1, 30, 59)):02}"

    def window(self):
        begins, ends = self.clock(), self.rng.choice((self.clock(), "24:00"))
        if begins == ends:
            return ""
        days = self.rng.choice(("", "", self.rng.choice(DAYS) + "/", f"{self.rng.choice(DAYS)}-{self.rng.choice(DAYS)}/"))
        offset = self.rng.choice(("", "", "+08:00", "-05:00", "+05:45", "-14:00", "+14:00"))
        return f"@{days}{begins}-{ends}{offset}"

    def variant(self):
        meter = self.rng.choice(self.METERS) + self.rng.choice(("", f"_above_{self.rng.choice(self.SIZES)}k"))
        return meter + self.rng.choice(("", self.window()))

    def price(self, number, meter):
        usd = self.rng.choice((f"0.{self.rng.randrange(1, 10**9):09}", f"{self.rng.randrange(1, 10**6)}", "0.000000001",
                               f"0.{self.rng.randrange(1, 1000):03}", "0" if self.rng.random() < 0.05 else "1"))
        return [f"f/{number}", meter, self.rng.choice(self.UNITS), usd]

    def sheet(self):
        meters = self.rng.sample(self.METERS, self.rng.randrange(len(self.METERS)))
        meters += [self.variant() for _ in range(self.rng.randrange(0 if meters else 1, 6))]
        return [self.price(number, meter) for number, meter in enumerate(meters)]

    def quantity(self):
        near = self.rng.choice(self.SIZES) * 1000 + self.rng.choice((-1, 0, 1))
        return self.rng.choice((near, near, self.rng.randrange(1000), self.rng.randrange(10**6), 0, 1,
                                f"{self.rng.randrange(10**5)}.{self.rng.randrange(10**6):06}",
                                10**self.rng.randrange(13), -1 if self.rng.random() < 0.02 else 2))

    def time(self):
        minute = self.rng.randrange(7258118400 // 60) if self.rng.random() < 0.1 else 29733120 + self.rng.randrange(14 * 1440)
        return minute * 60 * 10**9 + self.rng.choice((0, 0, 1, 59999999999))

    def request(self):
        meters = self.rng.sample(self.METERS, self.rng.choice((0, 1, 1, 2, 2, 3, 5)) if self.rng.random() < 0.9 else 1)
        return {"t": self.time(), "usage": {meter: self.quantity() for meter in meters}}


class Twins(unittest.TestCase):
    def compare(self, draw, sheets):
        lines, right = [], []
        for _ in range(sheets):
            prices = draw.sheet()
            lines.append(sheet_line(prices))
            for request in (draw.request() for _ in range(REQUESTS_A_SHEET)):
                lines.append(request_line(request))
                right.append((prices, request, by_twin(prices, request)))
        answers = by_c(lines)
        self.assertEqual(len(answers), len(right))
        for (prices, request, twin), answer in zip(right, answers):
            self.assertEqual(answer, twin, f"{json.dumps(prices)}\n{json.dumps(request)}")
        return [twin for _, _, twin in right]

    def test_both_give_the_same_to_the_nano_dollar(self):
        draw, left, seen = Draw(random.Random(SEED)), REQUESTS // REQUESTS_A_SHEET, {}
        while left > 0:
            for answer in self.compare(draw, min(left, 200)):
                kind = " ".join(answer.split()[:2]) if answer.startswith("unrated") else "rated"
                seen[kind] = seen.get(kind, 0) + 1
            left -= 200
        print(f"seed {SEED}: {json.dumps(seen)}")
        for kind in ("rated", "unrated no_price", "unrated not_now", "unrated two_prices", "unrated overflow",
                     "unrated quantity", "unrated no_usage", "unrated bad_price"):
            self.assertGreater(seen.get(kind, 0), 0, kind)

    def test_a_wrong_twin_is_noticed(self):
        """Half up instead of half to even: the difference must show."""
        sheet, request = [["f/input", "input", "1k tokens", "0.0000005"]], {"usage": {"input": 1}}
        self.assertEqual(by_c([sheet_line(sheet), request_line(request)]), [by_twin(sheet, request)])
        self.assertNotEqual(by_c([sheet_line(sheet), request_line(request)]), ["1 input f/input 1"])


if __name__ == "__main__":
    if not BIN:
        print("RATED_BIN is not set: nothing to test", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=0)
