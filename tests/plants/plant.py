"""plant.py - a plant of constant elasticity, written without a line of Setpoint, whose loop `setpoint decide` closes.

Demand for each SKU is base x (price / sheet price) ** -1.5, where the price is the one decided one tick before the period
ends, or two: a delay of one period is counted either way, and `delay_periods` is told as 1 both times. After ten quiet periods at the setpoint
base rises by a quarter at once. Then, over every way of sending the load, smoothing it and banding the price:

  told the true elasticity        settled (utilization within 0.01 of the setpoint for 10 periods from then on) within 30
                                  periods of the step, and at most two changes of the error's sign
  told half or twice of it        at most two changes of sign in periods 31 to 130

A canary that is told an elasticity of 0.1, and so acts fifteen times too strongly, must fail both."""
import itertools
import sys

import loop

ELASTICITY = 1.5
SETPOINT = 0.70
QUIET = 10
PERIODS = 130


def utilizations(told, sends, delay, load, band):
    """Utilization period by period from the step on, and the last index."""
    rails = "{floor: 30%, ceiling: 400%, max_step: 20%, max_per_hour: 300%, max_per_day: 300%, " \
        f"min_interval: 60s, dead_band: {band}}}"
    sheet = {sku: usd for sku, (usd, _) in loop.SKUS.items()}
    history = [sheet, sheet]  # what was in force at the last ticks
    seen = []
    with loop.Loop(loop.config(elasticity=told, guardrails=rails, load=load)) as decide:
        for k in range(-QUIET, PERIODS):
            end = loop.START + (k + QUIET + 1) * loop.MINUTE
            base = SETPOINT * loop.CAPACITY / 2 * (1.25 if k >= 0 else 1.0)
            offered = {sku: base * (history[-delay][sku] / sheet[sku]) ** -ELASTICITY for sku in sheet}
            used = sum(offered.values()) / loop.CAPACITY
            if sends == "utilization":
                decide.send(end - 1, "utilization", loop.POOL, used)
            else:
                for sku, (_, weight) in loop.SKUS.items():
                    decide.send(end - 1, "demand", sku, offered[sku] / weight)
            decision = decide.tick(end)
            now = dict(history[-1])
            for price in decision["prices"]:
                now[price["sku"]] = float(price["usd"])
            history.append(now)
            if k >= 0:
                seen.append(used)
    return seen, float(decision["index"])


def sign_changes(seen):
    signs = [used > SETPOINT for used in seen if used != SETPOINT]
    return sum(a != b for a, b in zip(signs, signs[1:]))


def settled(seen):
    """The first of ten good periods in a row, from 1; None when there are none."""
    run = 0
    for k, used in enumerate(seen, 1):
        run = run + 1 if abs(used - SETPOINT) <= 0.01 else 0
        if run == 10:
            return k - 9
    return None


def judge(told, case):
    """One run: its line, and whether it kept the promise."""
    seen, index = utilizations(told, *case)
    true = told == ELASTICITY
    at = settled(seen)
    changes = sign_changes(seen) if true else sign_changes(seen[30:])
    good = changes <= 2 and (not true or (at is not None and at <= 30))
    sends, delay, load, band = case
    print(f"  told {told:<5} sends {sends:<12} delay {delay}  load {load or 'built-in':<32} band {band:<5}"
          f"  settled {at or '-':>4}  sign changes {changes:>3} in {'1-130' if true else '31-130':<6}"
          f"  lowest {min(seen):.4f} last {seen[-1]:.4f}  index {index:.4f}  {'' if good else 'NO'}")
    return good


def main():
    loads = [None, "{use: ewma, half_life: 10s}", "{use: ewma, half_life: 5m}"]
    cases = list(itertools.product(["utilization", "demand"], [1, 2], loads, ["0%", "0.5%"]))
    bad = 0
    for told in (ELASTICITY, ELASTICITY / 2, ELASTICITY * 2):
        bad += sum(not judge(told, case) for case in cases)
    print("canary: acts fifteen times too strongly and must fail")
    alive = [case for case in cases if case[3] == "0%" and judge(0.1, case)]
    print(f"{3 * len(cases)} runs, {bad} broke the promise; canary passed {len(alive)} of {len(cases) // 2}")
    return 1 if bad or alive else 0


if __name__ == "__main__":
    sys.exit(main())
