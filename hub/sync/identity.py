"""Gives records their ids: each follows from where the record was first seen.

A database that was put back from a backup gives the same documents the same ids again, so that what has our reference
elsewhere still names its record (docs/decisions/0016-ids-that-come-back.md).
"""

from __future__ import annotations

import hashlib
from functools import cache

from hub.clock import ALPHABET, PAIRS

LENGTH = 20
NUMBERED, HASHED = "n", "h"
"""What the first character says. Ids that are made by the time begin with 0 until the year 2248."""
NUMBER, PLACE_OF_NUMBER = 50, 45
HASH, PLACE_OF_HASH = 70, 25
"""How many bits of an id say what was seen, and how many where; a character has five."""
HIGHEST = (1 << NUMBER) - 1


def identify(merchant: str, connection: str, stream: str, external_id: str) -> str:
    """Give the id of the record that was first seen as this: 20 characters, the same whenever it is asked for.

    Numbers keep their order and lie side by side, as their records are read and written.
    """
    numbered, hashed = places(merchant, connection, stream)
    number = _number(external_id)
    if number is None:
        return hashed + _text(_hash((merchant, connection, stream, external_id), HASH), HASH)
    return numbered + _text(number, NUMBER)


@cache
def places(merchant: str, connection: str, stream: str) -> tuple[str, str]:
    """Give how the ids of all records begin that were first seen in a stream: for numbers, and for other texts."""
    where = (merchant, connection, stream)
    # one pair of characters has ten bits, so the kind takes half of the first
    numbered = NUMBERED + _text(_hash(where, PLACE_OF_NUMBER), PLACE_OF_NUMBER + 5)[1:]
    return numbered, HASHED + _text(_hash(where, PLACE_OF_HASH), PLACE_OF_HASH + 5)[1:]


def is_id(text: str) -> bool:
    """Tell whether a text has the shape of a record's id."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def _number(external_id: str) -> int | None:
    """Read an external id as the number that it is written as; None for all else, such as 007."""
    if not (external_id.isascii() and external_id.isdigit()) or len(external_id) > LENGTH:
        return None
    number = int(external_id)
    return number if number <= HIGHEST and str(number) == external_id else None


def _hash(parts: tuple[str, ...], bits: int) -> int:
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big") & ((1 << bits) - 1)


def _text(value: int, bits: int) -> str:
    return "".join([PAIRS[(value >> shift) & 1023] for shift in range(bits - 10, -1, -10)])
