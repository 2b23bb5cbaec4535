"""test_strangers.py - who connects to a daemon's sockets and is up to no good: thousands who say nothing, thousands of made-up
names, and garbage at every socket. Who is known is heard all the time, and what he says decides as it does in peace."""

import resource
import struct
import time
import unittest

import hostile
import rig
import sockets

OURS = {"signals": sockets.PUSH, "prices": sockets.SUB, "book": sockets.REQ, "control": sockets.REQ}
PROTOCOLS = [0, 0x10, 0x20, 0x21, 0x30, 0x31, 0x50, 0x51, 0x70, 0xffff]
SILENT = 600  # more than a daemon that does not widen its limit has descriptors
NAMES = 5000  # more than are told apart
PLACES = 256  # of senders by tcp, and as many by ipc
STOP_S = 5    # a clean stop takes no longer, whoever is connected


def framed(url, length, body):
    return (b"\x01" if url.startswith("ipc") else b"") + struct.pack(">Q", length) + body


def garbage(name, url, chance):
    """What is no greeting; greetings of others; lengths that are not kept; and bodies by chance."""
    hello = sockets.greeting(OURS[name])
    yield from (b"", b"\x00", hello[:7], b"\xff" * 64, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" + bytes(512))
    yield from (sockets.greeting(protocol) + framed(url, 4, b"abcd") for protocol in PROTOCOLS)
    yield from (hello + framed(url, length, b"x" * 10) for length in (2**63, 2**64 - 1, 2**32, 2**20, 1000, 11))
    yield hello + framed(url, 0, b"") * 100
    yield hello + b"\x02" * 30
    yield from (hello + framed(url, 8, b"\0\0\0\1\0\0\0\1") * 50 for _ in range(3))
    for _ in range(20):
        yield hello + b"".join(framed(url, len(body), body) for body in bodies(chance))
    yield from (chance.randbytes(5000) for _ in range(5))


def bodies(chance):
    for _ in range(20):
        head = b"\x80\0\0\1" if chance.random() < 0.5 else b""  # of a question
        yield head + chance.randbytes(chance.randrange(0, 300))


class Strangers(rig.Case):
    def begin(self, before=(), **listen):
        listen = {"signals": f"tcp://127.0.0.1:{rig.free_port()}", **listen}
        one = self.rig(hostile.config(listen))
        one.start(before=before)
        one.wait_ticks(1)
        self.tcp = listen["signals"]
        return one

    def close_all(self, connections):
        for one in connections:
            one.close()

    def end(self, bystander):
        self.assertEqual(bystander.end(), [])
        return bystander.again

    def test_hundreds_who_connect_and_say_nothing_use_nothing_up(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        one = self.begin(before=["prlimit", "--nofile=256:4096"])
        before = hostile.descriptors(one.child.pid)
        bystander = hostile.Bystander(one, self.tcp)
        silent = [hostile.knock(self.tcp) for _ in range(SILENT)]
        self.assertTrue(hostile.wait_until(lambda: hostile.descriptors(one.child.pid) > SILENT, 5))
        time.sleep(2.2)  # the FREEZE file is read meanwhile
        self.assertEqual(one.ask("frozen").rows, [])
        asked = time.monotonic()
        self.assertEqual(one.ask("freeze", "family llama-70b/us-east").status, 0)
        self.assertLess(time.monotonic() - asked, 1.0)
        self.assertEqual(one.ask("thaw", "family llama-70b/us-east").status, 0)
        self.close_all(silent)
        self.assertTrue(hostile.wait_until(lambda: hostile.descriptors(one.child.pid) < before + 10, 15))
        print(f"\n{SILENT} silent connections: {self.end(bystander)}")

    def test_who_takes_all_places_by_tcp_keeps_out_nobody_by_ipc(self):
        one = self.begin()
        greeted = []
        for _ in range(PLACES + 50):
            greeted.append(hostile.knock(self.tcp))
            greeted[-1].sendall(sockets.greeting(sockets.PUSH))
        self.await_senders(one, PLACES)
        bystander = hostile.Bystander(one)
        self.await_senders(one, PLACES + 1)
        one.wait_ticks(one.live_ticks() + 1)
        self.close_all(greeted)
        self.await_senders(one, 1)
        self.end(bystander)

    def await_senders(self, one, n):
        if not hostile.wait_until(lambda: int(one.status()["senders"]) == n, 5):
            self.fail(f"not {n} senders: {one.status()}")

    def test_made_up_names_take_no_place_from_a_known_one(self):
        one = self.begin()
        for number in range(NAMES):
            if number % 1000 == 0:
                stranger = one.sender("x", url=self.tcp)
            stranger.source = f"made-up-{number}"
            stranger.send([] if number % 2 else [[time.time_ns(), "demand", hostile.SKUS[0], 1e9]])
        bystander = hostile.Bystander(one, self.tcp)
        self.assertTrue(hostile.wait_until(lambda: int(one.status()["messages"]) > NAMES, 10))
        one.wait_ticks(one.live_ticks() + 2)
        again = self.end(bystander)
        self.assertEqual(again["kept"], bystander.stream.records)
        self.assertEqual(hostile.refused_in_ticks(bystander.log), {"source": NAMES})

    def test_garbage_at_every_socket_is_met_and_does_not_keep_it_from_stopping(self):
        more = {name: f"tcp://127.0.0.1:{rig.free_port()}" for name in ("prices", "book")}
        one = self.begin(**more)
        bystander = hostile.Bystander(one)
        urls = [(name, one.url(name)) for name in OURS] + [("signals", self.tcp), *more.items()]
        met, open_ones = 0, []
        for name, url in urls:
            for said in garbage(name, url, rig.RANDOM):
                open_ones.append(hostile.knock(url))
                try:
                    open_ones[-1].sendall(said)
                except OSError:
                    pass  # it has hung up already
                met += 1
        one.wait_ticks(one.live_ticks() + 2)
        self.assertTrue(one.running(), one.said()[-3000:])
        self.close_all(open_ones[::2])
        stopping = time.monotonic()
        again = self.end(bystander)
        self.assertLess(time.monotonic() - stopping, STOP_S + 3)
        self.close_all(open_ones)
        print(f"\n{met} times garbage: {again}")


def load_tests(_loader, tests, _pattern):
    return hostile.AtOnce(tests)


if __name__ == "__main__":
    rig.main()
