"""sockets.py - the daemon's sockets as docs/wire.md describes them: nng's framing by hand, msgpack, nothing of ours.

Both ends first send eight bytes, then every message with its length in front; over ipc a byte 01 stands before each length.
"""

import os
import socket
import struct
import threading
import time

import msgpack

PUB, SUB, REQ, REP, PUSH, PULL = 0x20, 0x21, 0x30, 0x31, 0x50, 0x51
BOOK, HEARTBEAT, SNAPSHOT = 1, 2, 3
OPEN_END = 2**63 - 1  # a date that is none


def greeting(protocol):
    return b"\x00SP\x00" + struct.pack(">HH", protocol, 0)


class Connection:
    """One connection to a url, as one protocol to another."""

    def __init__(self, url, ours, theirs, timeout=5.0):
        scheme, _, place = url.partition("://")
        self.local = scheme == "ipc"
        if self.local:
            self.sock = socket.socket(socket.AF_UNIX)
        else:
            self.sock = socket.socket(socket.AF_INET6 if "[" in place else socket.AF_INET)
        self.sock.settimeout(timeout)
        self.rest = bytearray()
        try:
            self.sock.connect(place if self.local else _host_and_port(place))
            self.sock.sendall(greeting(ours))
            if self.read(8) != greeting(theirs):
                raise ConnectionError(f"{url}: the other side speaks another protocol")
        except BaseException:
            self.sock.close()
            raise

    def close(self):
        self.sock.close()

    def _fill(self, n):
        while len(self.rest) < n:
            part = self.sock.recv(1 << 18)
            if not part:
                raise ConnectionError("the other side went away")
            self.rest += part

    def read(self, n):
        self._fill(n)
        got = bytes(self.rest[:n])
        del self.rest[:n]
        return got

    def framed(self, message):
        return (b"\x01" if self.local else b"") + struct.pack(">Q", len(message)) + message

    def send(self, message):
        self.sock.sendall(self.framed(message))

    def receive(self):
        """The next message; one that is interrupted by the time limit goes on where it was."""
        head = 9 if self.local else 8
        self._fill(head)
        n = struct.unpack(">Q", self.rest[head - 8:head])[0]
        self._fill(head + n)
        return self.read(head + n)[head:]


def _host_and_port(place):
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)


class Sender:
    """A source of signals. seq begins with the clock and rises by one."""

    def __init__(self, url, source, seq=None, timeout=5.0):
        self.source = source
        self.seq = time.time_ns() if seq is None else seq
        self.connection = Connection(url, PUSH, PULL, timeout)

    def close(self):
        self.connection.close()

    def send(self, records):
        """records: [[t in nanoseconds, kind, subject, value], …]; blocks while the daemon does not read."""
        self.connection.send(msgpack.packb([1, self.source, self.seq, records]))
        self.seq += 1

    def send_bytes(self, message):
        self.connection.send(message)


class Asker:
    """One question after the other over REQ/REP."""

    def __init__(self, url, timeout=5.0):
        self.connection = Connection(url, REQ, REP, timeout)
        self.number = 0x80000000 | int.from_bytes(os.urandom(3), "big")

    def close(self):
        self.connection.close()

    def ask(self, body):
        self.number = 0x80000000 | (self.number + 1) & 0x7fffffff
        self.connection.send(struct.pack(">I", self.number) + body)
        while True:
            answer = self.connection.receive()
            if struct.unpack(">I", answer[:4])[0] == self.number:
                return answer[4:]


class Answer:
    """What the control socket says."""

    def __init__(self, body):
        version, kind, self.status, self.text, self.more, self.rows = msgpack.unpackb(body)
        if (version, kind) != (1, 80):
            raise ValueError(f"no answer: {body[:40]!r}")

    def __repr__(self):
        return f"<{self.status} {self.text!r} {self.rows!r}>"


def question(verb, *arguments):
    return msgpack.packb([1, 64, verb, list(arguments)])


class Frame:
    """A frame as it was received: when, and all its fields."""

    def __init__(self, message, received):
        self.received = received  # time.monotonic_ns()
        fields = msgpack.unpackb(message)
        if len(fields) != 10 or fields[0] != 1:
            raise ValueError(f"no frame: {message[:40]!r}")
        _, self.kind, self.key, epoch, self.seq, self.issued, self.lease, self.config, self.body, self.signature = fields
        self.epoch, self.random = epoch[0], bytes(epoch[1])

    @property
    def items(self):
        return self.body if self.kind == BOOK else self.body[2] if self.kind == SNAPSHOT else []

    def groups(self):
        """{family: [Price, …]}"""
        return {family: [Price(*price) for price in prices] for kind, family, prices in self.items if kind == 1}

    def __repr__(self):
        return f"<frame {self.kind} epoch {self.epoch} seq {self.seq} items {len(self.items)}>"


class Price:
    __slots__ = ("sku", "unit", "version", "parent", "before", "amount", "fallback", "offer", "not_before", "existing")

    def __init__(self, *fields):
        for name, value in zip(self.__slots__, fields, strict=True):
            setattr(self, name, value)

    @property
    def said(self):
        """What the log must hold of it."""
        return self.sku, self.version, self.amount

    def __repr__(self):
        return f"<{self.sku} v{self.version} {self.amount} from {self.not_before}>"


def fetch_book(url, timeout=5.0):
    """The whole book by REQ/REP: its frames, or None where there is none yet."""
    asker = Asker(url, timeout)
    try:
        epoch, seq, frames = [0, bytes(16)], 0, []
        while True:
            body = asker.ask(msgpack.packb([1, 16, "tests", epoch, seq, len(frames)]))
            if msgpack.unpackb(body)[1] == 32:
                return None
            frames.append(Frame(body, time.monotonic_ns()))
            epoch, seq = [frames[0].epoch, frames[0].random], frames[0].seq
            if len(frames) == frames[0].body[1]:
                return frames
    finally:
        asker.close()


class Subscriber(threading.Thread):
    """Keeps every frame that comes, over restarts of the daemon."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url = url
        self.frames = []  # all of them, in order of arrival
        self.connections = 0
        self.changed = threading.Condition()
        self.ends = False
        self.connection = None
        self.start()

    def run(self):
        while not self.ends:
            try:
                self.connection = Connection(self.url, SUB, PUB, timeout=0.5)
            except OSError:
                time.sleep(0.002)
                continue
            with self.changed:
                self.connections += 1
                self.changed.notify_all()
            self._read()
            self.connection.close()

    def _read(self):
        try:
            while not self.ends:
                try:
                    message = self.connection.receive()
                except TimeoutError:
                    continue
                frame = Frame(message, time.monotonic_ns())
                with self.changed:
                    self.frames.append(frame)
                    self.changed.notify_all()
        except OSError:
            pass

    def close(self):
        self.ends = True
        self.join()

    def books(self):
        with self.changed:
            return [frame for frame in self.frames if frame.kind == BOOK]

    def count(self):
        with self.changed:
            return len(self.frames)

    def wait(self, wanted, timeout=10.0, after=0):
        """The first frame from number `after` on that is wanted; None when none comes in that time."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                for frame in self.frames[after:]:
                    if wanted(frame):
                        return frame
                after = max(after, len(self.frames))
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self.changed.wait(left)


class Book:
    """The book as a gateway keeps it (docs/wire.md, "Frames")."""

    def __init__(self):
        self.told = {}    # {family: [Price, …]}
        self.before = {}  # {sku: [Price, …]}: what was told with an earlier date than its first version now
        self.place = (0, 0)
        self.gaps = 0

    def take(self, frame):
        """False: not later than what is known, so it says nothing new."""
        place = (frame.epoch, frame.seq)
        if frame.kind == HEARTBEAT or place <= self.place:
            return False
        self.gaps += frame.seq != self.place[1] + 1
        self.place = place
        for family, prices in frame.groups().items():
            self._replace(family, prices)
        return True

    def take_snapshot(self, frames):
        self.told, self.before = {}, {}
        for frame in frames:
            self.told.update(frame.groups())
        self.place = (frames[0].epoch, frames[0].seq)

    def _replace(self, family, prices):
        first = {}
        for price in prices:
            first.setdefault(price.sku, price.not_before)
        for old in self.told.get(family, []):
            kept = self.before.setdefault(old.sku, [])
            if old.not_before < first.get(old.sku, 0):
                kept.append(old)
        for sku, date in first.items():
            self.before[sku] = [old for old in self.before.get(sku, []) if old.not_before < date]
        self.told[family] = prices

    def in_force(self, now_ns):
        """{sku: (version, amount)}"""
        found = {}
        for old in (price for prices in self.before.values() for price in prices):
            if old.not_before <= now_ns:
                found[old.sku] = (old.version, old.amount)
        for price in (price for prices in self.told.values() for price in prices):
            if price.not_before <= now_ns or price.sku not in found:
                found[price.sku] = (price.version, price.amount)
        return found
