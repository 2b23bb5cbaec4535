"""observe.py - thirty days of `observe` under a load that stands above the setpoint: does a wish wind up?

Nobody follows the wishes of an observed family, so the error never ends and the law asks for the same move again and again. At
every tick what the rails left must lie within one permitted move around the price in force, and what the law itself
wishes no further from it than that move and one tick's increment. Halfway the world changes its list prices, by one SKU and
by both: the price in force follows, and everything is measured from there.

A canary measures the same days from the sheet instead of from what is in force, and must fail."""
import math
import sys

import loop

STEP = 0.05  # max_step of the profile `dynamic`
LOAD = 0.80
DAY = 24 * 60 * loop.MINUTE
# The world's own prices: {day: list prices}. The index follows the lower median of what the SKUs last sent.
WORLD = {10: {"chat/east/input": 0.55, "chat/east/output": 2.20}, 20: {"chat/east/output": 1.90}}


# One tick's increment, at most: 1 / lambda of what is still missing, which is what the error asks for and a move to come back.
INCREMENT = math.exp((math.log(LOAD / 0.70) / 1.5 + math.log(1 + STEP)) / (2 + 2.6 * 2)) - 1


def watch(period_min, guardrails, deaf=False):
    """Runs thirty days and prints what was seen; did the promise hold? deaf: measured from the sheet (the canary)."""
    period = period_min * loop.MINUTE
    widest = wildest = 0.0
    outcomes, index_in_force, bad = {}, {}, 0
    with loop.Loop(loop.config(period=f"{period_min}m", mode="observe", guardrails=guardrails)) as decide:
        for k in range(1, 30 * DAY // period + 1):
            end = loop.START + k * period
            if (k - 1) * period % DAY == 0:
                for sku, usd in WORLD.get((k - 1) * period // DAY, {}).items():
                    decide.send(end - 1, "list_price", sku, f"{usd:.9f}")
            decide.send(end - 1, "utilization", loop.POOL, LOAD)
            decision = decide.tick(end)
            force, index, wish = (float(decision[key]) for key in ("index_in_force", "index", "index_wish"))
            if deaf:
                force = 1.0
            off, far = abs(index / force - 1), abs(wish / force - 1)
            widest, wildest = max(widest, off), max(wildest, far)
            bad += off > STEP + 1e-9 or far > (1 + STEP) * (1 + INCREMENT) - 1 + 1e-9
            outcomes[decision["outcome"]] = outcomes.get(decision["outcome"], 0) + 1
            index_in_force[force] = index_in_force.get(force, 0) + 1
    moved = outcomes.get("observed", 0) > 100 and set(outcomes) <= {"observed", "held"}
    followed = deaf or list(index_in_force) == [1.0, 1.1, 0.95]
    print(f"  period {period_min}m {guardrails:<40} widest index {100 * widest:.3f} %, wish {100 * wildest:.3f} %; {outcomes}; "
          f"ticks by price in force {index_in_force}{'' if not bad and moved and followed else '  NO'}")
    return not bad and moved and followed


def main():
    good = [watch(period, rails) for period, rails in ((5, "{}"), (5, "{min_interval: 4h}"), (1, "{}"),
                                                       (1, "{min_interval: 1m, dead_band: 2%}"))]
    print("canary: measured from the sheet, and must fail")
    alive = watch(5, "{}", deaf=True)
    print(f"{len(good)} runs of 30 days, {good.count(False)} broke the promise; canary {'passed' if alive else 'failed'}")
    return 0 if all(good) and not alive else 1


if __name__ == "__main__":
    sys.exit(main())
