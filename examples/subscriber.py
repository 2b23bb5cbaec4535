"""subscriber.py - prints prices as a running Setpoint daemon publishes them, with nothing but a socket and python3-msgpack.

    python3 subscriber.py ~/.local/state/setpoint/run/prices
    python3 subscriber.py 127.0.0.1:8422

It shows what is on the wire. A gateway needs more: the whole book first (over REQ/REP), signatures, leases, its own bounds; the client
library has them. docs/wire.md says every byte.
"""

import os
import socket
import struct
import sys
import time

import msgpack

BOOK, HEARTBEAT = 1, 2
OFFERS = ("open", "restricted", "closed")
NEVER = 2**63 - 1


def read_exactly(sock, n):
    got = b""
    while len(got) < n:
        part = sock.recv(n - len(got))
        if not part:
            raise ConnectionError("the other side went away")
        got += part
    return got


def connect(place):
    if "/" in place:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(place)
    else:
        host, port = place.rsplit(":", 1)
        sock = socket.create_connection((host, int(port)))
    sock.sendall(b"\x00SP\x00" + struct.pack(">HH", 0x21, 0))  # we are SUB; what a SUB wants it sorts out itself
    if read_exactly(sock, 8) != b"\x00SP\x00" + struct.pack(">HH", 0x20, 0):
        raise ConnectionError("the other side is no nng PUB socket")
    return sock


def frames(sock, local):
    while True:
        if local:
            read_exactly(sock, 1)
        length, = struct.unpack(">Q", read_exactly(sock, 8))
        yield msgpack.unpackb(read_exactly(sock, length), strict_map_key=False)


def moment(ns):
    return "never" if ns == NEVER else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ns / 1e9))


def usd(nano):
    return f"{nano // 10**9}.{nano % 10**9:09d}"


def show(frame, last):
    """Prints a frame; (epoch, seq) of the last book. A gap is said: then a gateway asks for the whole book."""
    _, kind, _, (epoch, _), seq, issued, lease, _, body, _ = frame
    if kind == HEARTBEAT:
        print(f"{moment(issued)} heartbeat, epoch {epoch}, frame {seq}, lease {lease / 1e9:g} s", flush=True)
        return last
    if kind != BOOK:
        return last
    if last and (epoch < last[0] or seq <= last[1]):
        print(f"old frame {seq} of epoch {epoch}: left out", flush=True)
        return last
    if last and seq != last[1] + 1:
        print(f"frames {last[1] + 1} to {seq - 1} were missed: ask for the whole book", flush=True)
    for _, family, prices in body:
        for sku, unit, version, _, before, amount, _, offer, not_before, _ in prices:
            told = f"{usd(before)} -> " if before else ""  # nothing was, where it is 0
            print(f"{moment(issued)} {sku} {told}{usd(amount)} USD a {unit} from {moment(not_before)}, "
                  f"offer {OFFERS[offer]}, version {version} of {family}", flush=True)
    return epoch, seq


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: subscriber.py PATH|HOST:PORT")
    place = os.path.expanduser(sys.argv[1])
    last = None
    for frame in frames(connect(place), "/" in place):
        last = show(frame, last)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
