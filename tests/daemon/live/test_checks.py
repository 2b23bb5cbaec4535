"""test_checks.py - every check of checks.py finds the error that is planted for it, and nothing in a sound life."""

import unittest

import checks
import rig
import sockets

CONFIG = "c" * 64
RANDOM = b"r" * 16


def price(sku="a/in", version=1, amount=100, date=1000, offer=0):
    return [sku, "1M tokens", version, 0, 0, amount, 0, offer, date, date]


def frame(seq=1, prices=None, epoch=1, issued=500, kind=sockets.BOOK, random=RANDOM):
    made = sockets.Frame.__new__(sockets.Frame)
    made.kind, made.seq, made.epoch, made.random, made.issued = kind, seq, epoch, random, issued
    made.body = [[1, "a", prices or [price()]]] if kind == sockets.BOOK else b""
    return made


def ledger():
    """Epoch 1 sent nothing, tick 1 told version 1 in frame 1; epoch 2 sent that as frame 2."""
    groups = checks.Groups()
    groups.add(1, "a", {("a/in", 1): (100, 0, 1000)})
    groups.add(0, "a", {("a/in", 1): (100, 0, 1000)})
    return checks.Ledger({1: (RANDOM, 1, 0, 1), 2: (RANDOM, 2, 1, 2)}, [(1, 1, 1)], groups)


def told(*indexes, step_ns=60 * 10**9):
    return [{"family": "a", "t_ns": i * step_ns, "outcome": "published", "index_after": index}
            for i, index in enumerate(indexes)]


class Checks(unittest.TestCase):
    def finds(self, found, words):
        self.assertTrue(any(words in one for one in found), f"'{words}' is not among {found}")

    def test_lost_ticks(self):
        sound = {1: (10, "d1", CONFIG), 2: (20, "d2", CONFIG)}
        self.assertEqual(checks.lost_ticks(sound, {**sound, 3: (30, "d3", CONFIG)}), [])
        self.finds(checks.lost_ticks(sound, {1: sound[1]}), "tick 2 is gone")
        self.finds(checks.lost_ticks(sound, {**sound, 2: (20, "dx", CONFIG)}), "tick 2 is another")
        self.finds(checks.lost_ticks({}, {1: sound[1], 3: (30, "d3", CONFIG)}), "after tick 1 comes 3")
        self.finds(checks.lost_ticks({}, {1: sound[1], 2: (10, "d2", CONFIG)}), "not later")

    def test_other_digests(self):
        one = {1: (10, "d1", CONFIG), 2: (20, "d2", CONFIG)}
        self.assertEqual(checks.other_digests(one, {1: (10, "d1"), 2: (20, "d2")}), [])
        self.finds(checks.other_digests(one, {1: (10, "d1"), 2: (20, "dx")}), "tick 2 differs")
        self.finds(checks.other_digests(one, {1: (10, "d1")}), "one of them only")

    def test_broken_rates(self):
        hour, day = 200_000_000, 300_000_000
        self.assertEqual(checks.broken_rates(told(1_100_000_000, 1_200_000_000, 1_000_000_000), hour, day), [])
        # as if the window began anew after a restart: each by 20 % of the last, not of the hour's lowest
        self.finds(checks.broken_rates(told(1_200_000_000, 1_250_000_000), hour, day), "was told 1250000000")
        self.finds(checks.broken_rates(told(900_000_000, 790_000_000), hour, day), "was told 790000000")
        slow = told(1_200_000_000, 1_310_000_000, step_ns=2 * checks.HOUR_NS)
        self.finds(checks.broken_rates(slow, hour, day), "was told 1310000000")
        late = told(1_200_000_000, 1_400_000_000, step_ns=25 * checks.HOUR_NS)
        self.assertEqual(checks.broken_rates(late, hour, day), [])

    def test_unheld_frames(self):
        self.assertEqual(checks.unheld_frames([frame(), frame(2, epoch=2)], ledger()), [])
        self.finds(checks.unheld_frames([frame(prices=[price(amount=101)])], ledger()), "is not in the log")
        self.finds(checks.unheld_frames([frame(prices=[price(version=2)])], ledger()), "is not in the log")
        self.finds(checks.unheld_frames([frame(prices=[price(offer=1)])], ledger()), "offer 0")
        self.finds(checks.unheld_frames([frame(prices=[price(date=999)])], ledger()), "from 1000")
        self.assertEqual(checks.unheld_frames([frame(prices=[price(date=1001)])], ledger()), [])
        self.finds(checks.unheld_frames([frame(3)], ledger()), "no such frame")
        self.finds(checks.unheld_frames([frame(epoch=3)], ledger()), "no such epoch")
        self.finds(checks.unheld_frames([frame(random=b"x" * 16)], ledger()), "no such epoch")
        self.finds(checks.unheld_frames([frame(2, epoch=1)], ledger()), "no such frame")
        two = [price(), price(version=2, amount=100)]
        self.finds(checks.unheld_frames([frame(prices=two)], ledger()), "in tick 1 of the log")

    def test_out_of_order(self):
        beat = frame(1, kind=sockets.HEARTBEAT)
        self.assertEqual(checks.out_of_order([frame(1), beat, frame(2), frame(3, epoch=2)]), [])
        self.finds(checks.out_of_order([frame(2), frame(1)]), "seq 1 after (1, 2)")
        self.finds(checks.out_of_order([frame(2), frame(2)]), "seq 2 after (1, 2)")
        self.finds(checks.out_of_order([frame(2), frame(1, epoch=2)]), "seq 1 after (1, 2)")
        self.finds(checks.out_of_order([frame(2, epoch=2), frame(3, epoch=1)]), "epoch 1 seq 3")
        self.finds(checks.out_of_order([frame(1), frame(2, random=b"x" * 16)]), "two publishers")
        self.finds(checks.out_of_order([frame(2), beat]), "heartbeat of seq 1")

    def test_changed_versions(self):
        self.assertEqual(checks.changed_versions([frame(1), frame(2), frame(3, [price(version=2, amount=200)])]), [])
        self.finds(checks.changed_versions([frame(1), frame(2, [price(amount=101)])]), "was 100 before")

    def test_past_dates(self):
        def late(issued, log):
            return checks.past_dates([frame(1, [price(version=0)]), frame(2, issued=issued)], log, 200)
        self.assertEqual(late(800, ledger()), [])
        self.finds(late(801, ledger()), "was sent at 801")
        self.assertEqual(checks.past_dates([frame(2, issued=801)], ledger(), 200), [])  # nothing was known of that SKU
        seen = ledger()
        seen.tick_of[2], seen.groups.published[1] = 1, [700]
        self.assertEqual(late(801, seen), [])

    def test_new_prices(self):
        seen = [frame(1, issued=100), frame(2, [price(version=2)], issued=200)]
        known = {("a/in", 1, 100)}
        self.assertEqual(checks.new_prices(seen, 50, 150, known), [])
        self.assertEqual(checks.new_prices(seen, 200, 300, known), [])
        self.assertEqual(checks.new_prices(seen, 199, 300, known), [(200, ("a/in", 2, 100))])

    def test_other_book(self):
        def book(*prices):
            return {"a": [sockets.Price(*one) for one in prices]}
        at_end = {"a": {("a/in", 2): (100, 0, 1000)}}
        self.assertEqual(checks.other_book(book(price(version=2)), at_end), [])
        self.assertEqual(checks.other_book(book(price(version=1), price(version=2)), at_end), [])  # what counts until then
        self.finds(checks.other_book(book(price(version=2), price(version=3)), at_end), "a: the subscriber has")
        self.finds(checks.other_book(book(price(version=2, amount=101)), at_end), "a: the subscriber has")
        self.finds(checks.other_book(book(price(version=1)), at_end), "a: the subscriber has")
        self.finds(checks.other_book({}, at_end), "one of them only")

    def test_mixed_configs(self):
        ticks = {1: (10, "d1", CONFIG), 2: (20, "d2", "e" * 64)}
        known = {CONFIG, "e" * 64}
        self.assertEqual(checks.mixed_configs([(1, 1, CONFIG), (2, 2, "e" * 64)], ticks, known), [])
        self.finds(checks.mixed_configs([(1, 1, "e" * 64)], ticks, known), "decision 1 of tick 1")
        self.finds(checks.mixed_configs([], ticks, {CONFIG}), "no texts")

    def test_a_book_follows_the_rules_of_the_page(self):
        book = sockets.Book()
        self.assertTrue(book.take(frame(1, [price(version=1, date=1000)])))
        self.assertFalse(book.take(frame(1, [price(version=1, date=1000)])))
        self.assertTrue(book.take(frame(2, [price(version=2, amount=200, date=2000)])))
        self.assertEqual(book.in_force(1500), {"a/in": (1, 100)})
        self.assertEqual(book.in_force(2000), {"a/in": (2, 200)})
        book.take(frame(3, [price(version=3, amount=300, date=1800)]))  # 2 is withdrawn: its date is not earlier
        self.assertEqual(book.in_force(1500), {"a/in": (1, 100)})
        self.assertEqual(book.in_force(2500), {"a/in": (3, 300)})
        self.assertEqual(book.gaps, 0)
        book.take(frame(5, [price(version=4, date=2600)]))
        self.assertEqual(book.gaps, 1)


if __name__ == "__main__":
    rig.main()
