"""test_flood.py - a source that sends as fast as tcp takes it, far over its rate: the ticks come when they should, another source is
heard, and what is too much is refused as `rate`. Measured with the release build: a sanitizer has a pace of its own."""

import datetime
import re
import statistics
import struct
import threading
import time
import unittest

import msgpack

import hostile
import rig
import sockets

FLOODS = 2       # connections of it: more take the time of a machine of two cores from the daemon, and measure that
RECORDS = 4096   # in a message
RATE = 10000     # records a second that it may send
LATER_MS = 100   # so much later may a tick be: the machine is busy with sending, and with other tests
FLOODED = f"{{id: flood-1, kinds: [latency], max_per_s: {RATE}}}"
HELD_KIB = 128 * 1024  # what a daemon may hold more: its ring is of 64 MiB, and nng reads ahead of it


class Flood(threading.Thread):
    """One connection of it. The same message again and again, with the next seq."""

    def __init__(self, url, first_seq):
        super().__init__(daemon=True)
        self.url, self.seq = url, first_seq
        self.sent = 0
        self.ends = False
        self.start()

    def run(self):
        connection = sockets.Connection(self.url, sockets.PUSH, sockets.PULL, timeout=30)
        record = [time.time_ns() - hostile.BEHIND_NS, "latency", hostile.POOL, 0.25]
        message = bytearray(connection.framed(msgpack.packb([1, "flood-1", 2**62, [record] * RECORDS])))
        place = bytes(message).index(struct.pack(">Q", 2**62))
        while not self.ends:
            struct.pack_into(">Q", message, place, self.seq)
            connection.sock.sendall(message)
            self.seq += 1
            self.sent += 1
        connection.close()

    def close(self):
        self.ends = True
        self.join()


def lateness_ms(said):
    """{tick: how long after its period's end it was committed and let out}, as the journal says."""
    found = {}
    for at, tick, of in re.findall(r"^t=(\S+) level=\S+ event=tick tick=(\d+) of=(\S+)", said, re.M):
        found[int(tick)] = (moment(at) - moment(of)) * 1000
    return found


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def delayed(quiet, flooded):
    """Is a tick in the flood later than one in peace? By their medians: on a busy machine any one of them may be."""
    return statistics.median(flooded) - statistics.median(quiet) > LATER_MS


class Floods(rig.Case):
    def test_a_flood_delays_no_tick_and_keeps_out_nobody(self):
        periods = 60 if rig.SOAK else 4
        url = f"tcp://127.0.0.1:{rig.free_port()}"
        one = self.rig(hostile.config({"signals": url}, [FLOODED]))
        one.start("-v")
        one.wait_ticks(1)
        bystander = hostile.Bystander(one, url)
        one.wait_ticks(1 + periods, 2 * periods + 20)
        held, first = hostile.memory_kib(one.child.pid), one.live_ticks() + 1
        began = time.monotonic()
        floods = [Flood(url, time.time_ns() + number * 10**12) for number in range(FLOODS)]
        one.wait_ticks(first + periods, 2 * periods + 20)
        last, held = one.live_ticks(), hostile.memory_kib(one.child.pid) - held
        for flood in floods:
            flood.close()
        rate = sum(flood.sent for flood in floods) * RECORDS / (time.monotonic() - began)
        self.await_all(one, floods)
        self.compare(one, bystander, range(2, first), range(first + 1, last + 1))
        self.assertLess(held, HELD_KIB)
        print(f"{rate / 1e6:.1f} million records a second were sent, {held} KiB more were held; {bystander.again}")

    def await_all(self, one, floods):
        """All that was sent has been decoded."""
        sent = sum(flood.sent for flood in floods)
        if not hostile.wait_until(lambda: hostile.senders(one)["flood-1"]["messages"] == sent, 30):
            self.fail(f"{sent} messages: {hostile.senders(one)['flood-1']}")

    def compare(self, one, bystander, peace, flood):
        said = hostile.senders(one)["flood-1"]
        self.assertEqual(bystander.end(), [])
        late = lateness_ms(one.said())
        quiet, flooded = [late[tick] for tick in peace], [late[tick] for tick in flood]
        print(f"\nlate in peace {numbers(quiet)}, in the flood {numbers(flooded)} ms")
        self.assertFalse(delayed(quiet, flooded), (quiet, flooded))
        self.assertTrue(delayed(quiet, [ms + 2 * LATER_MS for ms in quiet]))
        self.assertEqual([row["tick"] for row in bystander.log.rows("SELECT tick FROM tick WHERE skipped > 0")], [])
        self.assertGreater(said["rate"], 20 * RATE)
        self.assertEqual(said["records"], said["taken"] + said["rate"] + said["sequence"])
        refused = hostile.refused_in_ticks(bystander.log)
        self.assertEqual(refused, {name: said[name] for name in ("rate", "sequence") if said[name]})
        ticks = len(late)
        self.assertLess(said["taken"], RATE * (ticks + 3) + RECORDS)


def numbers(values):
    return " ".join(f"{value:.0f}" for value in values)


if __name__ == "__main__":
    hostile.main_plain()
