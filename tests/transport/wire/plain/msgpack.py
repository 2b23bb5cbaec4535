"""msgpack.py - packb in plain Python, for machines without python3-msgpack: the specification's shortest forms."""

import struct


def _head(n, tiny, tiny_below, forms):
    """The head of a text, binary or array of length n."""
    if n < tiny_below:
        return bytes([tiny | n])
    for code, width, limit in forms:
        if n < limit:
            return bytes([code]) + n.to_bytes(width, "big")
    raise ValueError("too long")


def _whole(x):
    if -32 <= x < 128:
        return struct.pack("b" if x < 0 else "B", x)
    for code, form, low, high in ((0xcc, ">B", 0, 2**8), (0xcd, ">H", 0, 2**16), (0xce, ">I", 0, 2**32), (0xcf, ">Q", 0, 2**64),
                                  (0xd0, ">b", -2**7, 0), (0xd1, ">h", -2**15, 0), (0xd2, ">i", -2**31, 0), (0xd3, ">q", -2**63, 0)):
        if low <= x < high:
            return bytes([code]) + struct.pack(form, x)
    raise OverflowError("beyond 64 bits")


def packb(x):
    if x is None or isinstance(x, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[x]
    if isinstance(x, int):
        return _whole(x)
    if isinstance(x, float):
        return b"\xcb" + struct.pack(">d", x)
    if isinstance(x, str):
        text = x.encode()
        return _head(len(text), 0xa0, 32, ((0xd9, 1, 2**8), (0xda, 2, 2**16), (0xdb, 4, 2**32))) + text
    if isinstance(x, bytes):
        return _head(len(x), 0, 0, ((0xc4, 1, 2**8), (0xc5, 2, 2**16), (0xc6, 4, 2**32))) + x
    return _head(len(x), 0x90, 16, ((0xdc, 2, 2**16), (0xdd, 4, 2**32))) + b"".join(packb(each) for each in x)
