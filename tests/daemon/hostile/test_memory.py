"""test_memory.py - hostile messages and silent connections make a daemon hold no more memory than it did before.

Measured with the release build: a sanitizer keeps what was freed. So does malloc in the arenas of its threads, a little here and there:
it is told to have one, and to give back what is large. What it holds by and by of sound signals (two blocks of inputs, the
pages of its log) comes first.
"""

import resource
import time
import unittest

import hostile
import rig
import sockets

GROWTH_KIB = 1024
WARM = 360    # messages of 4,096 records: they fill both blocks of inputs
LARGE = 65536  # [bytes] of a message
SILENT = 600
MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
ROUNDS = 20 if rig.SOAK else 1


def grown(before, samples):
    return max(samples) - before > GROWTH_KIB


class Memory(rig.Case):
    def begin(self, listen=None):
        one = self.rig(hostile.config(listen))
        one.start(**MALLOC)
        self.cold = hostile.memory_kib(one.child.pid)
        return one

    def warm_up(self, one, url):
        sender = one.sender(hostile.GOOD, url=url, timeout=30.0)
        for _ in range(WARM):
            t_ns = time.time_ns() - hostile.BEHIND_NS
            sender.send([[t_ns + i, "latency", hostile.POOL, 0.25] for i in range(4096)])
        self.assertTrue(hostile.wait_until(lambda: hostile.senders(one)[hostile.GOOD]["messages"] == WARM, 30))
        one.wait_ticks(one.live_ticks() + 2)
        self.assertTrue(grown(self.cold, [hostile.memory_kib(one.child.pid)]), "what it holds is not seen")

    def await_read(self, one, messages):
        def is_read():
            status = one.status()
            return int(status["messages"]) >= messages and status["waiting"] == "0"
        self.assertTrue(hostile.wait_until(is_read, 10, 0.001), one.status())

    def meet_all(self, one, url):
        messages, first = hostile.Messages(), int(one.status()["messages"])
        connection = sockets.Connection(url, sockets.PUSH, sockets.PULL, timeout=30.0)
        for number in range(messages.count):
            message, _ = messages.get(number)
            connection.send(message)
            if len(message) > LARGE:  # one at a time: what several may take is the ring's bound, not a message's
                self.await_read(one, first + number + 1)
            if number % 8 == 0:
                yield hostile.memory_kib(one.child.pid)
        one.wait_ticks(one.live_ticks() + 1)
        yield hostile.memory_kib(one.child.pid)
        connection.close()
        messages.close()

    def check(self, url, one):
        self.warm_up(one, url)
        before = hostile.memory_kib(one.child.pid)
        samples = [kib for _ in range(ROUNDS) for kib in self.meet_all(one, url)]
        print(f"\n{url[:6]}: {before} KiB before, {max(samples)} at most, {samples[-1]} in the end, {len(samples)} times")
        self.assertFalse(grown(before, samples))

    def test_hostile_messages_by_ipc_make_nothing_grow(self):
        one = self.begin()
        self.check(one.url("signals"), one)

    def test_hostile_messages_by_tcp_make_nothing_grow(self):
        url = f"tcp://127.0.0.1:{rig.free_port()}"
        self.check(url, self.begin({"signals": url}))

    def test_silent_connections_leave_nothing_behind(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        host, port = "127.0.0.1", rig.free_port()
        one = self.begin({"signals": f"tcp://{host}:{port}"})
        one.wait_ticks(1)
        before, held = hostile.descriptors(one.child.pid), []
        for _ in range(2 + ROUNDS):
            silent = [hostile.knock(f"tcp://{host}:{port}") for _ in range(SILENT)]
            self.assertTrue(hostile.wait_until(lambda: hostile.descriptors(one.child.pid) > SILENT, 10))
            for connection in silent:
                connection.close()
            self.assertTrue(hostile.wait_until(lambda: hostile.descriptors(one.child.pid) < before + 10, 15))
            held.append(hostile.memory_kib(one.child.pid))
        print(f"\n{SILENT} silent connections, again and again: {held} KiB, {before} descriptors before them")
        self.assertFalse(grown(held[0], held))


def load_tests(_loader, tests, _pattern):
    return hostile.AtOnce(tests)


if __name__ == "__main__":
    hostile.main_plain()
