"""test_cost.py - `setpoint cost`: what a unit costs, three ways with its band, and each cause's dollars of a change."""

import json
import re

from command import QUICKSTART, DEMO, Case, environment, main, on_terminal, run, without_escapes

DAY = "2026-11-24T"
COMPANY = """version: 1
period: 60s
pools:
  - id: east/h100
    units_per_gpu_s: 1000
    redundancy: 1.25
    slo_headroom: 20%
    supply:
      - {id: base,    term: reserved,  gpus: 10, usd_per_gpu_h: "3.60"}
      - {id: grant,   term: reserved,  gpus: 10, usd_per_gpu_h: "3.60", credits_until: 2026-11-24T03:00:00Z}
      - {id: burst,   term: on_demand, gpus: 10, usd_per_gpu_h: signal}
families:
  - id: chat/east
    pool: east/h100
    skus:
      - {id: chat/east/input,  meter: input,  unit: 1M tokens, usd: "2.40", weight: 1, variable_usd: "0.05"}
      - {id: chat/east/output, meter: output, unit: 1M tokens, usd: "9.60", weight: 4}
"""


def nano(usd):
    """Exactly: "-1.5" is -1500000000."""
    sign, whole, part = re.fullmatch(r"(-?)(\d+)\.(\d{9})", usd).groups()
    return int(sign + "1") * (int(whole) * 10**9 + int(part))


def feed(hours, output=1000, burst="7.20", running=2, sold="served"):
    """Minutes of a day: 4,000 input and `output` output tokens a second; support once an hour."""
    lines = []
    for i in range(hours * 60):
        t = f"{DAY}{i // 60:02}:{i % 60:02}:30Z"
        late = output * 2 if i >= 120 else output
        for kind, subject, value in ((sold, "chat/east/input", 4000), (sold, "chat/east/output", late),
                                     ("utilization", "east/h100", 0.4), ("latency", "east/h100", 1.5),
                                     ("slo", "east/h100", 0.9), ("gpus_running", "east/h100:burst", running),
                                     ("usd_per_gpu_h", "east/h100:burst", burst)):
            lines.append({"t": t, "kind": kind, "subject": subject, "value": value, "source": "test"})
        if i % 60 == 0:
            lines.append({"t": t, "kind": "support_cost", "subject": "chat/east", "value": "2.88", "source": "test"})
            lines.append({"t": t, "kind": "incident_cost", "subject": "east/h100", "value": "1.44", "source": "test"})
        end = i + 1
        lines.append({"tick": f"{DAY}{end // 60:02}:{end % 60:02}:00Z"})
    return "".join(json.dumps(line) + "\n" for line in lines)


class Cost(Case):
    def company(self, *changes):
        text = COMPANY
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write(f"company{len(changes)}{abs(hash(changes)) % 10**8}.yaml", text)

    def recorded_company(self, hours=4, **how):
        log = self.path(f"company-{hours}-{len(how)}.db")
        self.expect(run("decide", "-c", self.company(), "--log", log, stdin=feed(hours, **how)), 0)
        return log

    def cost(self, *arguments, code=0):
        return self.expect(run("cost", "show", *arguments, "--json"), code).json()

    def check_sums(self, cost):
        fall = cost["waterfall"]
        steps = {step["step"]: nano(step["usd"]) for step in fall["steps"]}
        self.assertEqual(sum(steps[name] for name in ("raw_gpu", "redundancy", "headroom", "mix")), nano(fall["sellable_usd"]))
        self.assertEqual(fall["sellable_usd"], cost["sellable"]["usd"])
        if fall["booked_usd"]:
            self.assertEqual(nano(fall["sellable_usd"]) + steps["idle"], nano(fall["realised_usd"]))
            self.assertEqual(fall["realised_usd"], cost["realised"]["usd"])
            self.assertEqual(sum(steps.values()), nano(fall["booked_usd"]))
        return steps

    # --- show ---

    def test_a_configuration_alone_says_so_and_gives_the_sellable_cost(self):
        answer = self.expect(run("cost", "show", "-c", QUICKSTART, "--at", "2026-11-24", env=environment(COLUMNS="160")), 0)
        self.assertIn(f"as of 2026-11-24 00:00, from {QUICKSTART} alone: nothing is measured", answer.out)
        self.assertRegex(answer.out, r"us-east/h100 +0\.064815 +0\.051852 +0\.086420 +unknown +unknown\n")
        self.assertIn("USD: a pool's per 1M resource units; a family's per 1M tokens, mean of its SKUs", answer.out)
        self.assertIn("send served (or demand) for every SKU", answer.out.replace("\n    ", " "))

    def test_nothing_known_is_a_negative_answer_that_says_what_to_send(self):
        answer = self.expect(run("cost", "show", "-c", DEMO, "--at", "2026-11-24"), 2)
        self.assertRegex(answer.out, r"chat/us-east +unknown +unknown +unknown")
        self.assertIn("us-east/h100:burst: what a GPU of it costs; send usd_per_gpu_h for this lot", answer.out)
        whole = self.cost("-c", DEMO, "--at", "2026-11-24", code=2)
        self.assertEqual(whole["costs"][0]["sellable"], {"unknown": "a lot's price has not been sent yet"})
        self.assertIsNone(whole["costs"][0]["waterfall"])
        self.assertIn("price", [lack["lack"] for lack in whole["unknown"]])

    def test_every_step_is_as_worked_by_hand(self):
        # 20 GPUs at 3.60 and 10 at 7.20 over 108 million units an hour: 4/3 USD a million; x 1.25 / 0.8: 25/12.
        # 8,000 units a second are served by 20 GPUs at 3.60 and 2 at 7.20, x 1.25: 108 USD/h over 28.8 million.
        log = self.recorded_company(2)
        whole = self.cost("--log", log, "chat/east/output")
        self.assertEqual(whole["schema"], "setpoint.cost/v1")
        output = whole["costs"][0]
        steps = self.check_sums(output)
        self.assertEqual(steps["raw_gpu"], 3333333333)                     # of the mean of 1 and 4 million units
        self.assertEqual(steps["redundancy"], 833333334)
        self.assertEqual(steps["headroom"], 1041666666)
        self.assertEqual(steps["mix"], 3125000000)
        self.assertEqual(output["waterfall"]["sellable_usd"], "8.333333333")
        self.assertEqual(output["waterfall"]["realised_usd"], "15.000000000")
        self.assertEqual(steps["credits"], -5000000000)                    # 36 USD/h over 28.8 million, four a token
        self.assertEqual(steps["support"], 400000000)                      # 2.88 USD/h
        self.assertEqual(steps["incidents"], 200000000)
        self.assertEqual(output["waterfall"]["booked_usd"], "10.600000000")
        self.assertEqual(output["sold_per_day"], 86.4)

    def test_a_family_is_the_mean_of_what_it_sold(self):
        log = self.recorded_company(2)
        family, given, taken = self.cost("--log", log, "chat/east")["costs"]
        self.assertEqual(family["unit"], "1M tokens, mean of what was sold")
        for cost in (family, given, taken):
            self.check_sums(cost)
        mean = (4 * nano(given["sellable"]["usd"]) + nano(taken["sellable"]["usd"])) / 5
        self.assertAlmostEqual(nano(family["sellable"]["usd"]), mean, delta=1)
        self.assertEqual(given["sellable"]["basis"], "assumed")            # what a GPU serves is
        self.assertEqual(nano(given["sellable"]["low_usd"]), 1666666666)   # 2.083333333 / 1.25, outward
        self.assertEqual(nano(taken["sellable"]["high_usd"]), 13888888889)  # / 0.75 x 1.25

    def test_the_next_unit_costs_its_variable_cost_while_reserved_gpus_idle(self):
        given = self.cost("--log", self.recorded_company(2), "chat/east/input")["costs"][0]
        self.assertEqual(given["marginal"]["usd"], "0.050000000")
        self.assertFalse(given["full"])

    def test_what_is_asked_for_is_taken_for_what_was_served_and_said(self):
        log = self.recorded_company(2, sold="demand")
        whole = self.cost("--log", log)
        self.assertIn("demand", [lack["lack"] for lack in whole["unknown"]])
        self.assertNotIn("served", [lack["lack"] for lack in whole["unknown"]])

    def test_a_gauge_alone_still_gives_the_realised_cost(self):
        lines = [line for line in feed(2).splitlines() if "chat/east/" not in line]
        log = self.path("gauge.db")
        self.expect(run("decide", "-c", self.company(), "--log", log, stdin="\n".join(lines) + "\n"), 0)
        whole = self.cost("--log", log, "east/h100")
        # 40 % of 22 GPUs: 8,800 units a second
        self.assertEqual(whole["costs"][0]["waterfall"]["realised_usd"], "3.409090909")
        self.assertLessEqual({"gauge", "mix"}, {lack["lack"] for lack in whole["unknown"]})

    def test_traces_give_what_their_log_gives(self):
        log = self.recorded_company(3)
        signals = self.write("signals.jsonl", feed(3))
        by_log = self.cost("--log", log)["costs"]
        self.assertEqual(self.cost("-c", self.company(), "--trace", f"signals:{signals}")["costs"], by_log)
        self.assertEqual(self.cost("-c", self.company(), "--log", log)["costs"], by_log)
        early = self.cost("-c", self.company(), "--trace", f"signals:{signals}", "--at", DAY + "01:00:00Z")["costs"]
        self.assertEqual(self.cost("--log", log, "--at", DAY + "01:00:30Z")["costs"], early)

    def test_what_was_sold_is_taken_over_the_while_that_was_asked_for(self):
        log = self.recorded_company(4)                                     # output tokens double after two hours
        sold = [self.cost("--log", log, "chat/east/output", "--over", over)["costs"][0]["sold_per_day"]
                for over in ("1h", "4h")]
        self.assertAlmostEqual(sold[0], 172.8, places=9)
        self.assertAlmostEqual(sold[1], (120 * 1000 + 120 * 2000) / 240 * 86400 / 1e6, delta=0.4)

    def test_when_credits_end_no_cost_moves_and_what_is_booked_does(self):
        log = self.recorded_company(4)
        before, after = (self.cost("--log", log, "--over", "30m", "--at", DAY + at, "chat/east/input")["costs"][0]
                         for at in ("02:59:00Z", "03:00:00Z"))
        for cost in ("sellable", "realised", "marginal"):
            self.assertEqual(before[cost], after[cost])
        steps = [self.check_sums(cost) for cost in (before, after)]
        self.assertLess(steps[0]["credits"], 0)
        self.assertEqual(steps[1]["credits"], 0)
        self.assertGreater(nano(after["waterfall"]["booked_usd"]), nano(before["waterfall"]["booked_usd"]))

    def test_an_unknown_name_and_an_early_time_are_negative_answers(self):
        log = self.recorded_company(1)
        self.expect(run("cost", "show", "--log", log, "chat/esat"), 2, "did you mean chat/east?")
        self.expect(run("cost", "show", "--log", log, "east/h100:base"), 2, "no pool, family or SKU")
        self.expect(run("cost", "show", "--log", log, "--at", "2020-01-01"), 2, "it begins 2026-11-24 00:01")

    def test_a_wrong_command_line_is_told(self):
        self.expect(run("cost", "show"), 64, "Give -c FILE, or --log DB")
        self.expect(run("cost", "show", "-c", QUICKSTART, "--at", "noon"), 64, "is no time")
        self.expect(run("cost", "show", "--trace", "signals:x"), 64, "which configuration")
        self.expect(run("cost", "show", "-c", QUICKSTART, "--trace", "signals:-"), 64, "read once")
        self.expect(run("cost", "show", "-c", QUICKSTART, "--slo-target", "120%"), 64, "is no share")
        self.expect(run("cost", "show", "-c", self.path("none.yaml")), 74)

    # --- basis ---

    def calibration(self, **changes):
        figure = {"name": "units_per_gpu_s", "value": 2000, "low": 1800, "high": 2500, "basis": "measured"}
        weights = [{"name": "chat/east/input", "value": 1, "low": 1, "high": 1, "basis": "measured"},
                   {"name": "chat/east/output", "value": 5, "low": 4.5, "high": 6, "basis": "measured"},
                   {"name": "gone", "value": 7, "low": None, "high": None, "basis": "assumed"}]
        weights[1].update(changes)
        return self.write("measured.json", json.dumps({"schema": "setpoint.calibrate/v1", "pools": [
            {"pool": "east/h100", "units_per_gpu_s": figure, "weights": weights},
            {"pool": "gone", "units_per_gpu_s": figure, "weights": []}]}))

    def test_a_calibration_makes_it_measured(self):
        log = self.recorded_company(2)
        whole = self.cost("--log", log, "chat/east/output", "--measured", self.calibration())
        sellable = whole["costs"][0]["sellable"]
        self.assertEqual(sellable["basis"], "measured")
        self.assertEqual(nano(sellable["usd"]), 5208333333)                # 25/12 / 2 x 5
        self.assertEqual(nano(sellable["low_usd"]), 3750000000)
        self.assertEqual(nano(sellable["high_usd"]), 6944444445)
        self.assertEqual(whole["unknown"], [])

    def test_what_a_calibration_could_not_tell_stays_assumed_in_its_scale(self):
        measured = self.calibration(value=8, low=None, high=None, basis="not identified")
        whole = self.cost("--log", self.recorded_company(2), "chat/east/output", "--measured", measured)
        sellable = whole["costs"][0]["sellable"]
        self.assertEqual((sellable["basis"], nano(sellable["usd"])), ("assumed", 8333333333))
        self.assertEqual([lack["lack"] for lack in whole["unknown"]], ["weights"])

    def test_what_calibrate_writes_is_read(self):
        log = self.recorded_company(2)
        measured = self.write("own.json", run("calibrate", "-c", self.company(), "--trace", "signals:" + self.write("s.jsonl", feed(2)), "--json").out)
        whole = self.cost("--log", log, "chat/east/output", "--measured", measured)
        self.assertEqual(whole["costs"][0]["sellable"]["basis"], "assumed")  # nothing varies in it: nothing can be told

    def test_a_file_that_is_no_calibration_is_refused(self):
        for text, why in (("[", "measured.json:1"), ("{}", "is no calibration"), (None, "pools[0]: is not as `setpoint calibrate")):
            path = self.write("measured.json", text) if text else self.calibration(low=5.5)
            self.expect(run("cost", "show", "-c", self.company(), "--measured", path), 65, why)
        self.expect(run("cost", "show", "-c", QUICKSTART, "--measured", self.path("none.json")), 74)

    # --- headroom ---

    def test_a_target_says_what_headroom_would_keep_it(self):
        answer = self.expect(run("cost", "show", "--log", self.recorded_company(1), "--latency-target", "3s", "--slo-target", "99%"), 0)
        self.assertIn("headroom for a latency of 3 s: 30.0 %, by 1.5 s at a utilization of 40.0 %; slo_headroom is 20.0 %", answer.out)
        self.assertIn("headroom for a slo of 0.99: unknown: even an idle pool does not keep the target", answer.out)
        whole = self.cost("-c", QUICKSTART, "--latency-target", "3s")
        self.assertIsNone(whole["headroom"][0]["headroom"])
        self.assertIn("send utilization", whole["headroom"][0]["unknown"])

    # --- diff ---

    def change(self, *arguments, code=0):
        return self.expect(run("cost", "diff", *arguments, "--json"), code).json()

    def check_change(self, change):
        causes = {cause["cause"]: nano(cause["usd"]) for cause in change["causes"]}
        self.assertEqual(sum(causes.values()), nano(change["change_usd"]))
        self.assertEqual(nano(change["after_usd"]) - nano(change["before_usd"]), nano(change["change_usd"]))
        if change["mix_shifts"]:
            self.assertEqual(sum(nano(shift["usd"]) for shift in change["mix_shifts"]), causes["mix"])
        return causes

    def test_two_configurations_differ_by_what_was_changed(self):
        before = self.company(("usd_per_gpu_h: signal", 'usd_per_gpu_h: "7.20"'))
        cases = {"gpu_price": ('"3.60"', '"3.00"'), "lots": ("gpus: 10, usd_per_gpu_h: \"7", "gpus: 12, usd_per_gpu_h: \"7"),
                 "capacity": ("1000", "1200"), "redundancy": ("1.25", "1.10"), "headroom": ("20%", "10%"),
                 "weights": ("weight: 4", "weight: 3")}
        for cause, what in cases.items():
            after = self.company(("usd_per_gpu_h: signal", 'usd_per_gpu_h: "7.20"'), what)
            whole = self.change(before, after, "chat/east/output", "--at", "2026-11-24")
            causes = self.check_change(whole["changes"][0])
            self.assertEqual([name for name, usd in causes.items() if usd], [cause], causes)
            self.assertEqual(whole["changes"][0]["before_usd"], "8.333333333")

    def test_all_at_once_sum_exactly_and_the_way_back_undoes_it(self):
        before = self.company(("usd_per_gpu_h: signal", 'usd_per_gpu_h: "7.20"'))
        after = self.company(("usd_per_gpu_h: signal", 'usd_per_gpu_h: "5.10"'), ("1000", "1300"), ("1.25", "1.07"),
                             ("20%", "13%"), ("weight: 4", "weight: 4.7"), ("- {id: grant,   term: reserved,  gpus: 10", "- {id: other,  term: reserved,  gpus: 3"))
        there, back = (self.change(*pair, "--at", "2026-11-24")["changes"] for pair in ((before, after), (after, before)))
        for one, other in zip(there, back):
            first, second = self.check_change(one), self.check_change(other)
            for name, usd in first.items():
                self.assertLessEqual(abs(usd + second[name]), 1, name)
        self.assertEqual([change["subject"] for change in there], ["east/h100", "chat/east"])

    def test_a_mix_that_shifts_is_named(self):
        log = self.recorded_company(4)
        whole = self.change(DAY + "02:00:00Z", DAY + "04:00:00Z", "chat/east", "--log", log, "--over", "1h")
        change, = whole["changes"]
        causes = self.check_change(change)
        self.assertEqual([name for name, usd in causes.items() if usd], ["mix"])
        # 1 in 5 tokens was output, then 2 in 6: 1.6 to 2 units a token at 25/12 a million
        self.assertEqual(change["before_usd"], "3.333333333")
        self.assertEqual(change["after_usd"], "4.166666667")
        self.assertEqual([shift["sku"] for shift in change["mix_shifts"]], ["chat/east/input", "chat/east/output"])
        self.assertLess(nano(change["mix_shifts"][0]["usd"]), nano(change["mix_shifts"][1]["usd"]))
        steps = {step["step"]: nano(step["usd"]) for step in change["beside"]}
        self.assertGreater(steps["credits"], 0)                            # they ended at three
        self.assertAlmostEqual(change["causes"][-1]["usd_per_day"], 0.833333334 * 518.4, places=3)

    def test_diff_in_words_has_a_row_a_cause(self):
        log = self.recorded_company(4)
        answer = self.expect(run("cost", "diff", DAY + "02:00:00Z", DAY + "04:00:00Z", "chat/east", "--log", log, "--over", "1h", "--plot"), 0)
        self.assertRegex(answer.out, r"sellable before +3\.333333333\n +mix: which SKUs were sold +\+0\.833333334 +\+432\.00\n")
        self.assertRegex(answer.out, r"    by chat/east/output +\+")
        self.assertRegex(answer.out, r"\nbooked after +\d")
        self.assertRegex(answer.out, r"\nmix +0\.833333334 +▓+\n")
        listed = self.expect(run("cost", "diff", DAY + "02:00:00Z", DAY + "04:00:00Z", "--log", log, "--over", "1h"), 0)
        self.assertRegex(listed.out, r"east/h100 .* no change\n  chat/east .* mix\n")

    def test_a_diff_of_nothing_known_is_a_negative_answer(self):
        answer = self.expect(run("cost", "diff", DEMO, DEMO, "chat/us-east", "--at", "2026-11-24"), 2)
        self.assertIn("the change is unknown: a lot's price has not been sent yet", answer.out)

    def test_a_wrong_diff_is_told(self):
        log = self.recorded_company(1)
        self.expect(run("cost", "show", "-c", QUICKSTART, "--plot"), 64, "name a pool, a family or a SKU")
        self.expect(run("cost", "diff", QUICKSTART, DEMO, "--plot"), 64, "name a pool, a family or a SKU")
        self.expect(run("cost", "diff", "2026-11-24"), 64, "from what to what?")
        self.expect(run("cost", "diff", "2026-11-24", QUICKSTART), 64, "two times, or two configurations")
        self.expect(run("cost", "diff", "2026-11-24", "2026-11-25"), 64, "two times of what?")
        self.expect(run("cost", "diff", QUICKSTART, DEMO, "--log", log), 64, "by themselves")
        self.expect(run("cost", "diff", QUICKSTART, DEMO), 2, "chat/us-east/batch is not in")

    # --- pictures ---

    def test_the_waterfall_is_drawn_in_what_the_terminal_can_show(self):
        log = self.recorded_company(2)
        drawn = self.expect(run("cost", "show", "--log", log, "chat/east/output", "--plot"), 0).out
        self.assertRegex(drawn, r"= sellable +8\.333333333  █+\n")
        self.assertRegex(drawn, r"credits +-5\.000000000 +▓+\n")
        plain = self.expect(run("cost", "show", "--log", log, "chat/east/output", "--plot", env=environment(LC_ALL="C")), 0).out
        self.assertRegex(plain, r"= sellable +8\.333333333  #+\n")
        self.assertTrue(plain.isascii())
        for line in drawn.splitlines():
            self.assertLessEqual(len(line), 100)
        seen = on_terminal("cost", "show", "--log", log, "chat/east/output", "--plot", columns=70)
        self.assertEqual(seen.code, 0)
        self.assertNotEqual(seen.out, without_escapes(seen.out))
        for line in without_escapes(seen.out).splitlines():
            self.assertLessEqual(len(line), 70, line)


if __name__ == "__main__":
    main()
