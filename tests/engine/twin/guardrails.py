"""guardrails.py - the saturating rails once more, slowly, in whole numbers: a twin of controller/engine/guardrails.c.

Written from the rules (R5, R6) and the decisions on them, not from the C code. A line of input is one move:

    told told_cost increments levels cost  floor ceiling  step  hour_low hour_high hour  day_low day_high day
    cost_low cost_high cost_percent  pending in_force in_force_cost

with percentages in parts per billion ("-": no such rail). A line of output is: index cost binds.
"""

import sys

FLOOR, CEILING, STEP, RATE_HOUR, RATE_DAY, COST_RATE_DAY = range(6)
BILLION = 10**9


def share(amount, percent):
    """floor(amount x percent); of nothing below zero."""
    return max(amount, 0) * percent // BILLION


def nearest(x, span):
    return max(span[0], min(span[1], x))


def toward_zero(part, excess):
    """How much of the excess a part can give up: it is shortened, never turned round."""
    if part > 0 and excess > 0:
        return min(part, excess)
    if part < 0 and excess < 0:
        return max(part, excess)
    return 0


class Move:
    """The rest (R) and the cost part (C) of a move from told, and the rails that have cut it."""

    def __init__(self, told, told_cost, rest, cost):
        self.told, self.told_cost, self.rest, self.cost = told, told_cost, rest, cost
        self.binds = set()

    def index(self):
        return self.told + self.rest + self.cost

    def told_rest(self):
        return self.told - self.told_cost

    def cut(self, rail, target, force=True):
        """Brings the index to target: R gives first, then C; what neither has is forced upon R."""
        excess = self.index() - target
        before = self.index()
        for part in ("rest", "cost"):
            given = toward_zero(getattr(self, part), excess)
            setattr(self, part, getattr(self, part) - given)
            excess -= given
        if force:
            self.rest -= excess
        if self.index() != before:
            self.binds.add(rail)

    def into(self, span):
        if self.index() < span[0]:
            self.cut(FLOOR, span[0])
        elif self.index() > span[1]:
            self.cut(CEILING, span[1])


def rate(held, low, high, low_base, high_base, percent):
    """high - floor(high x percent) <= new <= low + floor(low x percent), widened to contain what is told."""
    return min(held, high - share(high_base, percent)), max(held, low + share(low_base, percent))


def saturate(m, bounds, step, hour, day, cost_day):
    cost = nearest(m.told_cost + m.cost, cost_day) - m.told_cost
    if cost != m.cost:
        m.binds.add(COST_RATE_DAY)
    m.cost = cost
    m.into(bounds)
    m.cut(STEP, nearest(m.index(), step))
    for rail, span in ((RATE_HOUR, hour), (RATE_DAY, day)):
        rest = nearest(m.told_rest() + m.rest, span) - m.told_rest()
        if rest != m.rest:
            m.binds.add(rail)
        m.rest = rest
    # Taking from R may leave C too long; outside the bounds, what still leads away gives way.
    m.cut(STEP, nearest(m.index(), step))
    rail = FLOOR if m.index() < bounds[0] else CEILING
    m.cut(rail, nearest(nearest(m.index(), bounds), step), force=False)


def answer(line):
    fields = [None if field == "-" else int(field) for field in line.split()]
    told, told_cost, increments, levels, cost, floor, ceiling, step, *windows, pending, in_force, in_force_cost = fields
    everything = (-10**30, 10**30)
    m = Move(told, told_cost, increments + levels, cost)
    spans = [everything if step is None else (told - share(told, step), told + share(told, step))]
    told_rest = told - told_cost
    for held, now, base, (low, high, percent) in (
            (told_rest, in_force - in_force_cost, None, windows[0:3]), (told_rest, in_force - in_force_cost, None, windows[3:6]),
            (told_cost, in_force_cost, told, windows[6:9])):
        if percent is None:
            spans.append(everything)
            continue
        span = rate(held, low, high, low if base is None else base, high if base is None else base, percent)
        spans.append((min(span[0], now), max(span[1], now)) if pending else span)
    if pending and step is not None:
        spans[0] = (min(spans[0][0], in_force), max(spans[0][1], in_force))
    saturate(m, (floor, ceiling), *spans)
    return f"{m.index()} {m.cost} {sum(1 << rail for rail in m.binds)}"


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        for line in lines:
            print(answer(line))


if __name__ == "__main__":
    main()
