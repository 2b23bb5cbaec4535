"""checks.py - what must hold of a live daemon's life, whatever happened to it: pure questions to its log and to what was seen.

Each answers a list of findings, empty where all is well. test_checks.py plants an error for each.
"""

import bisect
import json
import os
import subprocess

import sockets

TOLD = os.environ.get("SETPOINT_TOLD", "")
INDEX_ONE = 1_000_000_000
HOUR_NS, DAY_NS = 3600 * 10**9, 24 * 3600 * 10**9


def lost_ticks(before, after):
    """before, after: {tick: (time, digest, configuration)}. What was committed stays, and ticks have no holes."""
    found = [f"tick {tick} is gone" for tick in before if tick not in after]
    found += [f"tick {tick} is another" for tick in before if tick in after and before[tick] != after[tick]]
    ticks = sorted(after)
    found += [f"after tick {a} comes {b}" for a, b in zip(ticks, ticks[1:]) if b != a + 1]
    found += [f"tick {b} is not later than {a}" for a, b in zip(ticks, ticks[1:]) if after[b][0] <= after[a][0]]
    return found


def other_digests(one, two):
    """The same ticks with the same digests in both."""
    found = [f"tick {tick} is in one of them only" for tick in sorted(set(one) ^ set(two))]
    return found + [f"the digest of tick {tick} differs" for tick in sorted(set(one) & set(two))
                    if one[tick][:2] != two[tick][:2]]


# --- rates ---


def told_indexes(rows):
    """{family: [(time, index), …]}: what each decision's row says was told."""
    told = {}
    for row in rows:
        if row["outcome"] in ("published", "announced"):
            told.setdefault(row["family"], []).append((row["t_ns"], row["index_after"]))
    return told


def broken_rates(rows, hour_ppb, day_ppb):
    """Each told index within both rates of the extremes of its window, the price sheet's index first of all."""
    found = []
    for family, told in told_indexes(rows).items():
        for i, (t_ns, index) in enumerate(told):
            for window_ns, ppb in ((HOUR_NS, hour_ppb), (DAY_NS, day_ppb)):
                low, high = _extremes(told[:i], t_ns - window_ns)
                if not high - high * ppb // INDEX_ONE <= index <= low + low * ppb // INDEX_ONE:
                    found.append(f"{family} was told {index} at {t_ns}: {low} to {high} in the window before")
    return found


def _extremes(earlier, from_ns):
    """Of what held in a window: what was told in it, and the last before it."""
    inside = [index for t_ns, index in earlier if t_ns >= from_ns]
    before = [index for t_ns, index in earlier if t_ns < from_ns]
    inside.append(before[-1] if before else INDEX_ONE)
    return min(inside), max(inside)


# --- what a subscriber saw ---


class Ledger:
    """What the log says was told: by tick, and by the feed's numbers."""

    def __init__(self, epochs, publications, groups):
        self.epochs = epochs  # {counter: (random, first seq, frames, tick)}
        self.groups = groups
        self.ever = groups.ever()
        self.tick_of = {first + i: tick for tick, first, n in publications for i in range(n)}
        self.start_of = {first + i: counter for counter, (_, first, n, _) in epochs.items() for i in range(n)}


def read_ledger(log):
    epochs = {row["counter"]: (bytes(row["random"]), row["first_seq"], row["frames"], row["tick"])
              for row in log.rows("SELECT counter, random, first_seq, frames, tick FROM epoch")}
    publications = [tuple(row) for row in log.rows("SELECT tick, first_seq, frames FROM publication")]
    return Ledger(epochs, publications, told_groups(log))


def told_groups(log):
    """What told.c says of a log."""
    done = subprocess.run([TOLD, log.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the log does not re-run: {done.stderr}")
    groups = Groups()
    for line in map(json.loads, done.stdout.splitlines()):
        if "published" in line:
            groups.published.setdefault(line["tick"], []).append(line["published"])
            continue
        groups.add(line["tick"], line["family"], {(sku, version): (amount, offer, date)
                                                  for sku, version, amount, offer, date in line["prices"]})
    return groups


class Groups:
    """Each family's group, {(sku, version): (amount, offer, date)}, as it came to be tick by tick, and where the log ends."""

    def __init__(self):
        self.changes = {}  # {family: [(tick, prices), …]}
        self.at_end = {}
        self.published = {}  # {tick: [when it was sent, …]}: a start may have sent it once more

    def add(self, tick, family, prices):
        if tick == 0:
            self.at_end[family] = prices
        else:
            self.changes.setdefault(family, []).append((tick, prices))

    def at(self, tick, family):
        """After a tick; None where there was no such family."""
        ticks = [of for of, _ in self.changes.get(family, [])]
        place = bisect.bisect_right(ticks, tick)
        return self.changes[family][place - 1][1] if place else None

    def ever(self):
        """Each (sku, version, amount) that was told."""
        groups = [prices for changes in self.changes.values() for _, prices in changes]
        return {(sku, version, amount) for prices in [*groups, *self.at_end.values()]
                for (sku, version), (amount, _, _) in prices.items()}


def unheld_frames(frames, ledger, strict=True):
    """Every price that a subscriber was sent, and whose it is, stands in the log: in the tick or start that the frame's
    number says. strict: starts, too, sent just what stood after the tick before them."""
    found = []
    for frame in frames:
        if frame.kind == sockets.BOOK:
            found += _unheld(frame, ledger, strict)
        elif frame.kind == sockets.SNAPSHOT:
            found += _unsaid(f"snapshot of seq {frame.seq}", frame, ledger)
    return found


def _unsaid(where, frame, ledger):
    return [f"{where}: {price.said} is not in the log" for prices in frame.groups().values() for price in prices
            if price.said not in ledger.ever]


def _unheld(frame, ledger, strict):
    where = f"epoch {frame.epoch} seq {frame.seq}"
    epoch = ledger.epochs.get(frame.epoch)
    if epoch is None or epoch[0] != frame.random:
        return [f"{where}: no such epoch in the log"]
    found = _unsaid(where, frame, ledger)
    if frame.seq in ledger.tick_of:
        return found + _other_groups(where, frame, ledger, ledger.tick_of[frame.seq])
    if ledger.start_of.get(frame.seq) != frame.epoch:
        return found + [f"{where}: no such frame in the log"]
    return found + (_other_groups(where, frame, ledger, epoch[3] - 1) if strict else [])


def _other_groups(where, frame, ledger, tick):
    """Amounts and offers to the digit; a date may be later than the engine's, never sooner (R9)."""
    found = []
    for family, prices in frame.groups().items():
        held = ledger.groups.at(tick, family) or {}
        said = {(price.sku, price.version): price for price in prices}
        if set(said) != set(held):
            found.append(f"{where}: {family} has {sorted(said)}, in tick {tick} of the log {sorted(held)}")
            continue
        for key, (amount, offer, date) in held.items():
            price = said[key]
            if (price.amount, price.offer) != (amount, offer) or price.not_before < date:
                found.append(f"{where}: {price} of tick {tick} is {amount}, offer {offer}, from {date} in the log")
    return found


def out_of_order(frames):
    """Books rise in (epoch, seq), heartbeats name the last."""
    found, last, randoms = [], (0, 0), {}
    for frame in frames:
        if randoms.setdefault(frame.epoch, frame.random) != frame.random:
            found.append(f"two publishers of epoch {frame.epoch}")
        if frame.kind == sockets.BOOK:
            if (frame.epoch, frame.seq) <= last or frame.seq <= last[1]:
                found.append(f"epoch {frame.epoch} seq {frame.seq} after {last}")
            last = (frame.epoch, frame.seq)
        elif frame.kind == sockets.HEARTBEAT and frame.seq < last[1]:
            found.append(f"a heartbeat of seq {frame.seq} after {last}")
    return found


def changed_versions(frames):
    """A version that was told stays what it is: it is never told with another amount."""
    found, told = [], {}
    for frame in frames:
        for prices in frame.groups().values():
            for price in prices:
                if told.setdefault((price.sku, price.version), price.amount) != price.amount:
                    found.append(f"epoch {frame.epoch} seq {frame.seq}: {price} was {told[price.sku, price.version]} before")
    return found


def past_dates(frames, ledger, convergence_ns):
    """A version that is new to a SKU does not take effect before it was sent and `convergence` (R9). That a subscriber missed it when
    it was new is no error: then the log says when it was sent."""
    found, known = [], {}
    for frame in frames:
        tick = ledger.tick_of.get(frame.seq, ledger.epochs.get(frame.epoch, (0, 0, 0, 0))[3] - 1)
        sent = [t_ns for t_ns in ledger.groups.published.get(tick, []) if t_ns < frame.issued]
        for price in (price for prices in frame.groups().values() for price in prices):
            new = known.setdefault(price.sku, price.version) < price.version
            known[price.sku] = max(price.version, known[price.sku])
            if new and not sent and price.not_before < frame.issued + convergence_ns:
                found.append(f"epoch {frame.epoch} seq {frame.seq}: {price} was sent at {frame.issued}")
    return found


def new_prices(frames, from_ns, to_ns, known):
    """What books sent in this time say that was not said before: [(issued, (sku, version, amount)), …]."""
    return [(frame.issued, price.said) for frame in frames
            if frame.kind == sockets.BOOK and from_ns < frame.issued < to_ns
            for prices in frame.groups().values() for price in prices if price.said not in known]


def other_book(told, at_end):
    """told: {family: [Price, …]} as a subscriber holds it, in a snapshot with what counted before; at_end: {family: {(sku, version):
    (amount, offer, date)}}."""
    found = [f"{family} is in one of them only" for family in sorted(set(told) ^ set(at_end))]
    for family in sorted(set(told) & set(at_end)):
        said = {(price.sku, price.version): (price.amount, price.offer) for price in told[family]}
        held = {key: (amount, offer) for key, (amount, offer, _) in at_end[family].items()}
        first = {}
        for sku, version in held:
            first[sku] = min(version, first.get(sku, version))
        said = {key: value for key, value in said.items() if key[1] >= first.get(key[0], 0)}
        if said != held:
            found.append(f"{family}: the subscriber has {said}, the engine {held}")
    return found


# --- configurations ---


def mixed_configs(decisions, ticks, known):
    """decisions: [(id, tick, hash)]. Each has its tick's configuration, and the log holds that one's texts."""
    found = [f"decision {number} of tick {tick} has configuration {config[:8]}, its tick {ticks[tick][2][:8]}"
             for number, tick, config in decisions if config != ticks[tick][2]]
    return found + [f"tick {tick}: no texts of configuration {row[2][:8]}" for tick, row in ticks.items()
                    if row[2] not in known]
