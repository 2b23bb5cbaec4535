"""sender.py - sends measurements to a running Setpoint daemon, with nothing but a socket and python3-msgpack.

    python3 sender.py ~/.local/state/setpoint/run/signals my-probe utilization us-east/h100 0.72
    python3 sender.py 127.0.0.1:8421 my-probe usd_per_gpu_h us-east/h100:burst 2.10 demand chat/us-east/output 125000.5

Where to (a unix socket's path, or HOST:PORT), who sends, then KIND SUBJECT VALUE as often as you like. docs/wire.md says every byte.
"""

import decimal
import os
import socket
import struct
import sys
import time

import msgpack

MONEY = {"usd_per_gpu_h", "cost", "revenue", "list_price", "market_price", "support_cost", "incident_cost", "cash"}


def read_exactly(sock, n):
    got = b""
    while len(got) < n:
        part = sock.recv(n - len(got))
        if not part:
            raise ConnectionError("the other side went away")
        got += part
    return got


class Sender:
    def __init__(self, place, source):
        self.source = source
        self.seq = time.time_ns()  # begins with the clock, and rises by one with each message
        self.local = "/" in place
        if self.local:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(place)
        else:
            host, port = place.rsplit(":", 1)
            self.sock = socket.create_connection((host, int(port)))
        self.sock.sendall(b"\x00SP\x00" + struct.pack(">HH", 0x50, 0))  # we are PUSH
        if read_exactly(self.sock, 8) != b"\x00SP\x00" + struct.pack(">HH", 0x51, 0):  # and you are PULL
            raise ConnectionError("the other side is no nng PULL socket")

    def send(self, records):
        """records: [[t in nanoseconds, kind, subject, value], ...], at most 4096. Blocks while the daemon does not read."""
        message = msgpack.packb([1, self.source, self.seq, records])
        self.sock.sendall((b"\x01" if self.local else b"") + struct.pack(">Q", len(message)) + message)
        self.seq += 1


def record(kind, subject, value):
    """Money is an integer of 1e-9 USD, everything else a float."""
    value = int(decimal.Decimal(value).scaleb(9)) if kind in MONEY else float(value)
    return [time.time_ns(), kind, subject, value]


def main():
    words = sys.argv[3:]
    if not words or len(words) % 3:
        sys.exit("usage: sender.py PATH|HOST:PORT SOURCE KIND SUBJECT VALUE [KIND SUBJECT VALUE ...]")
    sender = Sender(os.path.expanduser(sys.argv[1]), sys.argv[2])
    sender.send([record(*words[i:i + 3]) for i in range(0, len(words), 3)])


if __name__ == "__main__":
    main()
