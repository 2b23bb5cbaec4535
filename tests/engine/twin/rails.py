"""rails.py - all rails of one family's move once more, slowly: a twin of controller/engine/rails.c and of what follows it.

Written from the rules (R1-R10) and the decisions on them, not from the C code. A line of input is one family at one tick, as
`name=value` words; an amount that is "-" is not there. A line of output is: index outcome binds offer.
"""

import sys

from guardrails import BILLION, Move, rate, saturate, share

RAILS = {"floor": 0, "ceiling": 1, "step": 2, "rate_hour": 3, "rate_day": 4, "cost_rate_day": 5, "worst_of_last": 8, "min_interval": 9,
         "max_changes": 10, "dead_band": 11, "grid": 12, "notice": 16, "no_raise_before": 17, "relation": 18, "blackout": 19,
         "incident": 20, "approval": 25, "frozen": 26, "stale_cost": 27, "stale_demand": 28, "stale_reliability": 29}
HELD, OBSERVED, PROPOSED, ANNOUNCED, PUBLISHED = range(5)
OBSERVE, PROPOSE, AUTO = range(3)
EVERYTHING = (-10**30, 10**30)
SHEETS = (10**8, 4 * 10**8)  # nano-USD: those of the test's family


class Family:
    """One family's turn: a move, and who stood in its way."""

    def __init__(self, c):
        self.c = c
        self.told, self.in_force = c["told"], c["in_force"]
        self.waits = self.in_force < self.told  # a raise is announced and not in force
        self.binds = set()
        self.bounds()
        self.wish()

    # --- where the price may be ---

    def bounds(self):
        """Floor and ceiling; the other family's prices lower the ceiling, marginal cost raises the floor."""
        c = self.c
        low, high = c["floor"], c["ceiling"]
        if c["at_most"] is not None:
            high = min(high, max(low, c["other"] * c["at_most"] // BILLION))
        self.lasting = (low, high)
        self.related = high < c["ceiling"]
        if c["margin"] is not None:
            least = -(-c["marginal"] * (BILLION + c["margin"]) // BILLION)
            if c["stale_cost"]:
                least = min(least, self.told)
            low = max(low, min(least, high))
        self.inside = (low, high)

    # --- what the law, or a person, wants ---

    def wish(self):
        c = self.c
        rest, cost = c["push"], c["cost"]
        if c["stale_demand"] and rest:
            self.binds.add("stale_demand")
            rest = 0
        if c["hand"] is not None:
            rest, cost = c["hand"] - self.told, 0
            self.binds.clear()
        self.index = self.told + rest + cost
        self.rest, self.cost = rest, cost

    # --- helpers of the rails ---

    def hold(self, rail, at=None):
        self.binds.add(rail)
        self.index = self.told if at is None else at

    def raises(self):
        return self.index > max(self.told, self.in_force)

    def recovering(self):
        low, high = self.lasting
        return (self.told < low and self.index > self.told) or (self.told > high and self.index < self.told)

    def announced(self):
        return self.index > self.in_force and (self.c["notice"] > 0 or self.waits)

    # --- the rails, in their order ---

    def limits(self):
        """Step, and the day's rates of the rest and of cost; the window saw 1.0 and what is told."""
        c = self.c
        step = EVERYTHING
        if c["step"] is not None:
            step = (self.told - share(self.told, c["step"]), self.told + share(self.told, c["step"]))
        day, cost_day = EVERYTHING, EVERYTHING
        seen = sorted((BILLION, self.told))
        if c["day"] is not None:
            day = rate(self.told, seen[0], seen[1], seen[0], seen[1], c["day"])
        if c["cost_day"] is not None:
            cost_day = rate(0, 0, 0, self.told, self.told, c["cost_day"])
        return step, day, cost_day

    def cut(self):
        step, day, cost_day = self.limits()
        wish = self.index
        move = Move(self.told, 0, self.rest, self.cost)
        saturate(move, self.inside, step, EVERYTHING, day, cost_day)
        low, high = self.inside
        if self.waits and low < self.told and (wish < self.told or high < self.told) and move.index() >= self.in_force:
            move = Move(self.told, 0, self.rest, self.cost)  # back down to what is in force only the bounds count
            saturate(move, self.inside, (self.in_force, self.told), EVERYTHING, EVERYTHING, EVERYTHING)
        names = {number: name for name, number in RAILS.items()}
        self.binds |= {names[rail] for rail in move.binds}
        self.index = move.index()
        if self.related and "ceiling" in self.binds:
            self.binds.add("relation")

    def clocks(self):
        c = self.c
        if c["hand"] is not None or self.index == self.told:
            return
        stop = c["stale_cost"] + c["stale_demand"] + c["stale_reliability"] >= 2
        cut = self.index < self.told
        if c["stale_cost"] and (stop or cut):
            self.hold("stale_cost")
        cut = self.index < self.told or cut
        if c["stale_reliability"] and (stop or cut):
            self.hold("stale_reliability")
        if c["stale_demand"] and stop:
            self.hold("stale_demand")

    def wait(self, rail):
        """Down to what is in force a raise that waits is taken back at any time."""
        if self.waits and self.index < self.told:
            if self.index < self.in_force:
                self.hold(rail, self.in_force)
        else:
            self.hold(rail)

    def quantise(self):
        c, by_hand = self.c, self.c["hand"] is not None
        patient = not by_hand and not self.recovering()
        if patient and c["worst"] and self.index != self.told:
            self.hold("worst_of_last")
        if patient and not c["due"] and self.index != self.told:
            self.wait("min_interval")
        if not by_hand and c["full"] and self.index != self.told:
            self.wait("max_changes")
        if not by_hand and c["mode"] == AUTO and c["cuts"] and self.waits and self.index < self.in_force:
            self.hold("approval", self.in_force)
        if patient and self.index != self.told and abs(self.index - self.told) * BILLION < self.told * c["band"]:
            self.hold("dead_band")
        if self.index != self.told and not self.prices_change():
            self.hold("grid")

    def prices_change(self):
        for sheet, told, former in zip(SHEETS, (self.c["price0"], self.c["price1"]), (self.c["former0"], self.c["former1"])):
            if self.index == self.in_force:
                price = former
            else:
                exact, unit = sheet * self.index, self.c["grid"] * BILLION
                below = exact // unit * self.c["grid"]
                above = below if exact % unit == 0 else below + self.c["grid"]
                price = min(max(told, below), above)
            if price != told:
                return True
        return False

    def promises(self):
        c = self.c
        if self.index != self.told and c["no_raise"] and self.raises():
            self.hold("no_raise_before")
        if self.index != self.told and c["blackout"]:
            self.hold("blackout")
        if self.index != self.told and c["incident"] and self.raises():
            self.hold("incident")
        if self.index != self.told and self.announced():
            self.binds.add("notice")

    # --- what becomes of it ---

    def outcome(self):
        c, by_hand = self.c, self.c["hand"] is not None
        if self.index == self.told:
            return HELD
        if c["mode"] == OBSERVE:
            return OBSERVED
        if not by_hand and (c["mode"] == PROPOSE or (c["cuts"] and self.index < self.in_force)):
            return PROPOSED
        return ANNOUNCED if self.announced() else PUBLISHED

    def decide(self):
        if self.c["frozen"]:
            self.hold("frozen")
        elif self.rest or self.cost or not self.inside[0] <= self.told <= self.inside[1]:
            self.cut()
            self.clocks()
            self.quantise()
            self.promises()
        outcome = self.outcome()
        told = self.index if outcome in (ANNOUNCED, PUBLISHED) else self.told
        in_force = self.index if outcome == PUBLISHED else self.in_force
        outside = any(not self.inside[0] <= index <= self.inside[1] for index in (told, in_force))
        offer = (2 if self.c["closed"] else 1) if outside else 0
        return f"{self.index} {outcome} {sum(1 << RAILS[rail] for rail in self.binds)} {offer}"


def answer(line):
    words = (word.split("=") for word in line.split())
    return Family({name: None if value == "-" else int(value) for name, value in words}).decide()


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        for line in lines:
            print(answer(line))


if __name__ == "__main__":
    main()
