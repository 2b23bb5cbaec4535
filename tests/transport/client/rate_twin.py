"""rate_twin.py - the slow twin of sp_rate: the rules of docs/rating.md once more, in exact decimals and without a line in common.

It says who wins by making the list of all rows that fit and sorting it, where the C code keeps the best so far; and reads
hours through datetime, where the C code counts minutes.
"""

import re
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal

DIGITS = Context(prec=80)
NANO = Decimal("0.000000001")
LARGEST = Decimal("9223372036.854775807")  # USD in an int64 of nano-USD
SCALE = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STANDS_FOR = {"cached": "input", "cache_write": "input", "reasoning": "output"}
CONTEXT = ("input", "cached", "cache_write")
METERS_MAX = 32
METER = re.compile(r"([A-Za-z0-9._:/+-]+?)(?:_above_([1-9][0-9]{0,6})k)?(?:@(.+))?")
WINDOW = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))?/)?(\d\d):(\d\d)-(\d\d):(\d\d)(?:([+-])(\d\d):(\d\d))?")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Unrated(Exception):
    def __init__(self, code, meter=None):
        super().__init__(code)
        self.code, self.meter = code, meter


class Row:
    """A row of the price sheet."""

    def __init__(self, sku, meter, unit, usd):
        self.sku, self.usd = sku, Decimal(usd)
        word = re.fullmatch(r"(?:([0-9.]*)([kMG]?) )?.+", unit)
        self.quantity = Decimal(word[1] or "1") * SCALE[word[2] or ""]
        parts = METER.fullmatch(meter)
        self.name, self.window = parts[1], parts[3]
        self.above = int(parts[2]) * 1000 if parts[2] else 0

    def fits(self, context, admission_ns):
        return (self.above == 0 or context > self.above) and (self.window is None or self.holds(admission_ns))

    def holds(self, admission_ns):
        first, last, h1, m1, h2, m2, sign, oh, om = WINDOW.fullmatch(self.window).groups()
        offset = timedelta(hours=int(oh or 0), minutes=int(om or 0)) * (-1 if sign == "-" else 1)
        local = (EPOCH + timedelta(microseconds=admission_ns // 1000) + offset).replace(tzinfo=None)
        return any(self.holds_from(local, back, first, last, timedelta(hours=int(h1), minutes=int(m1)),
                                   timedelta(hours=int(h2), minutes=int(m2))) for back in (0, 1))

    @staticmethod
    def holds_from(local, back, first, last, start, end):
        """Does the window that begins `back` days before reach this moment?"""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=back)
        if first:
            begins = [DAYS.index(first)]
            while DAYS[begins[-1]] != (last or first):
                begins.append((begins[-1] + 1) % 7)
            if midnight.weekday() not in begins:
                return False
        return midnight + start <= local < midnight + end + timedelta(days=1 if end < start else 0)


def own_row(rows, meter, context, admission_ns):
    named = [row for row in rows if row.name == meter]
    fitting = [row for row in named if row.fits(context, admission_ns)]
    if not fitting:
        raise Unrated("not_now" if named else "no_price", meter)
    rank = sorted(((row.above, row.window is not None) for row in fitting), reverse=True)
    if len(rank) > 1 and rank[0] == rank[1]:
        raise Unrated("two_prices", meter)
    return max(fitting, key=lambda row: (row.above, row.window is not None))


def row_of(rows, meter, context, admission_ns):
    try:
        return own_row(rows, meter, context, admission_ns)
    except Unrated as why:
        if why.code == "two_prices" or meter not in STANDS_FOR:
            raise
    try:
        return own_row(rows, STANDS_FOR[meter], context, admission_ns)
    except Unrated as why:
        raise Unrated(why.code, meter) from why


def priced(row, meter, quantity):
    if not NANO <= row.usd <= 10**6:
        raise Unrated("bad_price", meter)
    exact = DIGITS.divide(DIGITS.multiply(quantity, row.usd), row.quantity)
    amount = exact.quantize(NANO, ROUND_HALF_EVEN, DIGITS)
    if amount > LARGEST:
        raise Unrated("overflow", meter)
    return amount


def rate(rows, usage, admission_ns):
    """(total, [(meter, sku, amount)]) of the family's rows; raises Unrated."""
    if not 0 <= admission_ns < 7258118400 * 10**9:
        raise Unrated("time")
    if not usage:
        raise Unrated("no_usage")
    if len(usage) > METERS_MAX:
        raise Unrated("too_many")
    if not rows:
        raise Unrated("no_family")
    context = Decimal(0)
    for meter, quantity in usage.items():
        if Decimal(quantity) < 0:
            raise Unrated("quantity", meter)
        context += Decimal(quantity) if meter in CONTEXT else 0
        if context > LARGEST * 1000:  # an int64 of millionths
            raise Unrated("overflow", meter)
    total, lines = Decimal(0), []
    for meter, quantity in usage.items():
        if Decimal(quantity) == 0:
            continue
        row = row_of(rows, meter, context, admission_ns)
        lines.append((meter, row.sku, priced(row, meter, Decimal(quantity))))
        total += lines[-1][2]
        if total > LARGEST:
            raise Unrated("overflow", meter)
    return total, lines
