"""Gives records their ids: each follows from where the record was first seen.

A database that was put back from a backup gives the same documents the same ids again, so that what has our reference
elsewhere still names its record (docs/decisions/0016-ids-that-come-back.md).
"""

from __future__ import annotations

import hashlib
from functools import cache

from hub.clock import ALPHABET, PAIRS

LENGTH = 20
NUMBERED, HASHED = ALPHABET.index("n"), ALPHABET.index("h")
"""What the first character says. Ids that are made by the time begin with 0 until the year 2248."""
NUMBER = 55  # bits
PLACE = 40
REST = NUMBER + PLACE
HIGHEST = (1 << NUMBER) - 1


def identify(merchant: str, connection: str, stream: str, external_id: str) -> str:
    """Give the id of the record that was first seen as this: 20 characters, the same whenever it is asked for.

    Numbers keep their order and lie side by side, as their records are read and written.
    """
    number = _number(external_id)
    if number is None:
        return _text(HASHED << REST | _hash((merchant, connection, stream, external_id), REST))
    return _text(NUMBERED << REST | _place(merchant, connection, stream) << NUMBER | number)


def is_id(text: str) -> bool:
    """Tell whether a text has the shape of a record's id."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def _number(external_id: str) -> int | None:
    """Read an external id as the number that it is written as; None for all else, such as 007."""
    if not (external_id.isascii() and external_id.isdigit()) or len(external_id) > LENGTH:
        return None
    number = int(external_id)
    return number if number <= HIGHEST and str(number) == external_id else None


@cache
def _place(merchant: str, connection: str, stream: str) -> int:
    return _hash((merchant, connection, stream), PLACE)


def _hash(parts: tuple[str, ...], bits: int) -> int:
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big") & ((1 << bits) - 1)


def _text(value: int) -> str:
    return "".join([PAIRS[(value >> shift) & 1023] for shift in range(90, -1, -10)])
