"""test_calibrate.py - `setpoint calibrate`: known weights are found again, and what cannot be told is called so."""

import csv
import datetime
import math
import os
import random

from command import ROOT, Case, main, run

POOL, FAMILY = "us-east/h100", "chat/us-east"
WEIGHTS = {"input": 1.0, "output": 4.2, "cached": 0.0}
TOKENS = {"input": 20000, "output": 5000, "cached": 30000}
CAPACITY = 2500  # input tokens a GPU serves in a second
GPUS = 32  # 16 of them rented
SEED = 20261124


def configuration(meters=("input", "output", "cached"), assumed=4):
    skus = "".join(f"      - {{id: {FAMILY}/{meter}, meter: {meter}, unit: 1M tokens, usd: \"0.60\", "
                   f"weight: {assumed if meter == 'output' else 2}}}\n" for meter in meters)
    return (f"version: 1\npools:\n  - id: {POOL}\n    units_per_gpu_s: 3000\n    supply:\n"
            f"      - {{id: base, term: reserved, gpus: 16, usd_per_gpu_h: \"2.10\", ends: 2027-03-01}}\n"
            f"      - {{id: burst, term: on_demand, gpus: 48, usd_per_gpu_h: signal}}\n"
            f"families:\n  - id: {FAMILY}\n    pool: {POOL}\n    profile: announced\n    skus:\n{skus}")


def moment(minute):
    return (datetime.datetime(2026, 11, 24) + datetime.timedelta(minutes=minute, seconds=30)).isoformat() + "Z"


def traffic(minutes, seed=SEED, together=False, idle=0.0, noise=0.03, skip=()):
    """A trace of minutes with load from known weights; noise that remembers, gaps, outliers."""
    chance = random.Random(seed)
    slow, error = dict.fromkeys(TOKENS, 0.0), 0.0
    rows = ["t,kind,subject,value"]
    for minute in range(minutes):
        load = idle * GPUS
        first = None
        values = {}
        for phase, meter in enumerate(TOKENS):
            slow[meter] = 0.95 * slow[meter] + 0.06 * chance.gauss(0, 1)
            wave = 1 + 0.3 * math.sin(minute / 229 + phase) + slow[meter] + 0.05 * chance.gauss(0, 1)
            first = first or wave
            values[meter] = TOKENS[meter] * max(0.05, first if together else wave)
            load += values[meter] * WEIGHTS[meter] / CAPACITY
        error = 0.6 * error + 0.8 * chance.gauss(0, 1)
        load *= 1 + noise * error
        if chance.random() < 0.01:
            load *= chance.uniform(0.3, 1.2)
        if minute in skip:
            continue
        rows.append(f"{moment(minute)},gpus_running,{POOL}:burst,{GPUS - 16}")
        rows.append(f"{moment(minute)},utilization,{POOL},{load / GPUS:.6f}")
        rows += [f"{moment(minute)},demand,{FAMILY}/{meter},{value:.3f}" for meter, value in values.items()]
    return "\n".join(rows) + "\n"


class Calibrate(Case):
    def calibrate(self, text, *arguments, config=None):
        trace = "signals:" + self.write("trace.csv", text)
        return run("calibrate", "-c", self.write("x.yaml", config or configuration()), "--trace", trace, *arguments)

    def pool(self, text, *arguments, **more):
        whole = self.expect(self.calibrate(text, "--json", *arguments, **more), 0).json()
        self.assertEqual(whole["schema"], "setpoint.calibrate/v1")
        pool, = whole["pools"]
        return pool, {weight["name"].rsplit("/", 1)[1]: weight for weight in pool["weights"]}

    def test_known_weights_and_capacity_are_found_again(self):
        pool, weights = self.pool(traffic(1440, skip=range(300, 360)))
        self.assertEqual(pool["reference"], FAMILY + "/input")
        self.assertEqual([weight["basis"] for weight in weights.values()], ["measured"] * 3)
        self.assertAlmostEqual(weights["output"]["value"], 4.2, delta=0.3)
        self.assertLess(weights["output"]["high"] - weights["output"]["low"], 1)
        self.assertEqual(weights["cached"]["low"], 0)
        self.assertLess(weights["cached"]["high"], 0.1)
        self.assertAlmostEqual(pool["units_per_gpu_s"]["value"], CAPACITY, delta=100)
        windows = pool["windows"]
        self.assertEqual(windows["seen"], windows["used"] + windows["missing"] + windows["full"] + windows["far_off"])

    def test_a_pool_that_is_full_at_times_does_not_make_weights_too_low(self):
        text = "\n".join(",".join([*row.rsplit(",", 1)[:1], f"{min(1.0, float(row.rsplit(',', 1)[1]) * GPUS / 21):.6f}"])
                         if ",utilization," in row else row.replace(f":burst,{GPUS - 16}", ":burst,5")
                         for row in traffic(2880).splitlines())
        pool, weights = self.pool(text + "\n")
        self.assertGreater(pool["windows"]["full"], 100)
        self.assertAlmostEqual(weights["output"]["value"], 4.2, delta=0.3)
        self.assertAlmostEqual(pool["units_per_gpu_s"]["value"], CAPACITY, delta=100)

    def test_intervals_hold_the_truth_as_often_as_they_say(self):
        seeds = 200 if os.environ.get("SETPOINT_SOAK") else 20
        truths = {"output": 4.2, "cached": 0.0, "capacity": CAPACITY}
        held = dict.fromkeys(truths, 0)
        for seed in range(SEED, SEED + seeds):
            pool, weights = self.pool(traffic(720, seed=seed, skip=range(200, 230)))
            for name, truth in truths.items():
                figure = pool["units_per_gpu_s"] if name == "capacity" else weights[name]
                self.assertEqual(figure["basis"], "measured", figure["reason"])
                held[name] += figure["low"] <= truth <= figure["high"]
        share = sum(held.values()) / len(held) / seeds
        print(f"90 % intervals, seeds {SEED} to {SEED + seeds - 1}: held {held} of {seeds}, in all {share:.1%}")
        self.assertGreaterEqual(share, 0.85 if seeds >= 200 else 0.78)
        self.assertLessEqual(share, 0.95 if seeds >= 200 else 0.99)

    def test_words_give_the_lines_to_write_and_write_nothing(self):
        answer = self.expect(self.calibrate(traffic(600)), 0)
        before = configuration()
        with open(self.path("x.yaml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), before)
        for part in ("For the configuration (nothing was written):", "units_per_gpu_s: 2", "units_per_gpu_s_low: ", "weight_high: ", "measured", "fixed to 1",
                     "90 % intervals by Newey and West"):
            self.assertIn(part, " ".join(answer.out.split()) if " by " in part else answer.out)

    def test_traffic_that_moves_together_is_not_identified_and_says_what_would_tell(self):
        pool, weights = self.pool(traffic(1440, together=True))
        self.assertIsNone(pool["reference"])
        for weight in weights.values():
            self.assertEqual(weight["basis"], "not identified")
            self.assertIn("rise and fall together", weight["reason"])
            self.assertIn("would tell them apart", weight["reason"])
        self.assertEqual(weights["output"]["value"], 4)
        capacity = pool["units_per_gpu_s"]
        self.assertEqual(capacity["basis"], "measured")
        self.assertIn("at the weights that the configuration assumes", capacity["reason"])

    def test_what_had_no_traffic_keeps_its_weight_in_the_new_scale(self):
        meters = ("input", "output", "cached", "image")
        _, weights = self.pool(traffic(600), config=configuration(meters))
        self.assertEqual((weights["image"]["basis"], weights["image"]["value"]), ("assumed", 1))
        self.assertIn("no traffic", weights["image"]["reason"])

    def test_a_short_trace_is_too_little(self):
        pool, weights = self.pool(traffic(40))
        self.assertEqual({weight["basis"] for weight in weights.values()}, {"assumed"})
        self.assertIn("50 are needed", pool["units_per_gpu_s"]["reason"])
        self.assertIn("nothing to change", self.calibrate(traffic(40)).out)

    def test_load_that_is_there_without_traffic_is_counted_apart(self):
        pool, weights = self.pool(traffic(2000, idle=0.15))
        self.assertLess(pool["idle"][0], 0.15)
        self.assertGreater(pool["idle"][1], 0.15)
        self.assertLess(weights["output"]["low"], 4.2)
        self.assertGreater(weights["output"]["high"], 4.2)
        self.assertAlmostEqual(pool["units_per_gpu_s"]["value"], 0.85 * CAPACITY, delta=200)
        self.assertIn("busy without any traffic", " ".join(self.calibrate(traffic(2000, idle=0.15)).out.split()))
        self.assertEqual(self.pool(traffic(2000))[0]["idle"], [0, 0])

    def test_windows_must_be_as_long_as_records_are_apart(self):
        rows = ["t,kind,subject,value"] + [f"{moment(60 * hour)},demand,{FAMILY}/input,5" for hour in range(9)]
        self.expect(self.calibrate("\n".join(rows) + "\n"), 65, "give --window 1h")

    def test_wrong_command_lines_say_what_to_write(self):
        self.expect(run("calibrate"), 64, "-c FILE")
        self.expect(run("calibrate", "-c", "x.yaml"), 64, "--trace PRESET:FILE")
        self.expect(run("calibrate", "-c", "x", "--trace", "usage:x", "--window", "soon"), 64, "'soon' is no span")
        self.expect(run("calibrate", "-c", "x", "--trace", "log:a.db"), 64, "a.db is a decision log")


class RealTraffic(Case):
    """Recorded requests, with a load made of known weights: skipped where they are not there."""

    def setUp(self):
        super().setUp()
        folder = os.environ.get("SETPOINT_DATA") or os.path.join(ROOT, "..", "shared", "data")
        self.requests = os.path.join(folder, "azure_llm_2023", "AzureLLMInferenceTrace_conv.csv")
        if not os.path.exists(self.requests):
            self.skipTest("no real traces here")

    def minutes(self):
        sums = {}
        with open(self.requests, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                minute = row["TIMESTAMP"][:16]
                tokens = sums.setdefault(minute, [0, 0])
                tokens[0] += int(row["ContextTokens"])
                tokens[1] += int(row["GeneratedTokens"])
        return sums

    def test_weights_behind_recorded_requests_are_found_again(self):
        chance, error = random.Random(SEED), 0.0
        rows = ["t,kind,subject,value"]
        for minute, (given, made) in self.minutes().items():
            error = 0.6 * error + 0.8 * chance.gauss(0, 1)
            load = (given + 4.2 * made) / 60 / CAPACITY / 16 * (1 + 0.01 * error)
            rows.append(f"{minute.replace(' ', 'T')}:30Z,utilization,{POOL},{load:.6f}")
        answer = self.expect(
            run("calibrate", "-c", self.write("x.yaml", configuration(("input", "output"))), "--json", "--trace",
                "azure-llm:" + self.requests, "--trace", "signals:" + self.write("load.csv", "\n".join(rows) + "\n")), 0)
        pool, = answer.json()["pools"]
        output = pool["weights"][1]
        print(f"azure-llm: {pool['windows']['used']} windows, inflation {output['inflation']:.0f}, output {output['value']:.3f} "
              f"[{output['low']:.3f}, {output['high']:.3f}], truth 4.2, {output['basis']}; units_per_gpu_s "
              f"{pool['units_per_gpu_s']['value']:.0f}, truth {CAPACITY}; seed {SEED}")
        self.assertEqual(output["basis"], "measured")
        self.assertLessEqual(output["low"], 4.2)
        self.assertGreaterEqual(output["high"], 4.2)


if __name__ == "__main__":
    main()
