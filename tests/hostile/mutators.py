"""Damage that knows nothing of what it damages: bits, lengths, pieces of files."""

import struct
from collections.abc import Callable
from random import Random
from typing import Final

Mutator = Callable[[Random, bytes, bytes], bytes | None]  # of chance, a file, another file; None where it cannot be
LENGTHS: Final = tuple(
    struct.pack(order + form, value & (256 ** struct.calcsize(form) - 1))
    for order in "<>"
    for form in "BHIQ"
    for value in (0, 1, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x7FFFFFFF, 0xFFFF, 65)
)
MOST: Final = 4_000_000  # bytes of an input


def place(rng: Random, data: bytes) -> int:
    """Where something happens: half of the time in the header."""
    return rng.randrange(min(len(data), 512) if rng.random() < 0.5 else len(data)) if data else 0


def flip_bits(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Some bits are others."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 16, 64)) if made else 0):
        made[place(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(made)


def truncate(rng: Random, data: bytes, _other: bytes) -> bytes:
    """The end is missing."""
    return data[: place(rng, data)]


def behead(rng: Random, data: bytes, _other: bytes) -> bytes:
    """The beginning is missing."""
    return data[place(rng, data) :]


def splice(rng: Random, data: bytes, other: bytes) -> bytes:
    """It goes on as another file."""
    return (data[: place(rng, data)] + other[place(rng, other) :])[:MOST]


def duplicate(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A piece is there several times."""
    at = place(rng, data)
    piece = data[at : at + rng.choice((1, 8, 64, 1024, 8192))]
    return (data[:at] + piece * rng.choice((2, 2, 3, 50)) + data[at:])[:MOST]


def delete(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A piece is missing."""
    at = place(rng, data)
    return data[:at] + data[at + rng.choice((1, 2, 8, 64, 1024)) :]


def extreme_length(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A number of the format has an extreme value."""
    made = data
    for _ in range(rng.choice((1, 1, 3))):
        at, number = place(rng, made), rng.choice(LENGTHS)
        made = made[:at] + number + made[at + len(number) :]
    return made


def noise(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A piece is noise, or zeros."""
    at, length = place(rng, data), rng.choice((4, 32, 256, 4096))
    piece = rng.randbytes(length) if rng.random() < 0.7 else bytes(length)
    return data[:at] + piece + data[at + length :]


def swap(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Two pieces change places."""
    a, b = sorted((place(rng, data), place(rng, data)))
    length = min(rng.choice((4, 64, 1024)), b - a)
    return data[:a] + data[b : b + length] + data[a + length : b] + data[a : a + length] + data[b + length :]


def prepend(rng: Random, data: bytes, other: bytes) -> bytes:
    """Something comes before it."""
    return rng.choice((b"\xef\xbb\xbf", b"\x00", b"\n", b"RIFF", other[:64])) + data


BYTES: Final[tuple[Mutator, ...]] = (
    flip_bits, truncate, behead, splice, duplicate, delete, extreme_length, noise, swap, prepend,
)  # fmt: skip
