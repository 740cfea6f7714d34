"""Makes names and titles that strangers wrote safe to show: one line, no spoofed direction, never empty."""

from __future__ import annotations

import re
import unicodedata

from hub.model import Address

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"  # Unicode standard annex 9
DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
HIDDEN = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
LONGEST_NAME = 60
NOT_NAMES = frozenset({"null", "none", "nil", "undefined", "unknown", "guest", "customer", "n/a", "na", "test", "-"})
LINK = re.compile(r"://|@|(?i:www\.)|\w\.[a-z]{2,}\b|\w\.[A-Za-z]{2,}/")
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")


def one_line(text: str | None, longest: int = 200) -> str:
    """Take line breaks, control characters and direction marks out of a text, and cut it with a visible mark."""
    spaced = (" " if unicodedata.category(c) in HIDDEN else c for c in text or "" if c not in DIRECTION_MARKS)
    line = " ".join("".join(spaced).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def isolated(text: str) -> str:
    """Wrap a text that runs from right to left, so that it cannot reorder the words around it."""
    if any(unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in text):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return text


def person_name(address: Address | None) -> str:
    """Give the name to greet with; empty when there is none, or when it is an advertisement rather than a name."""
    if address is None:
        return ""
    name = one_line(_joined(address), LONGEST_NAME + 1)
    is_name = any(c.isalpha() for c in name) and name.lower() not in NOT_NAMES
    return name if is_name and len(name) <= LONGEST_NAME and not LINK.search(name) else ""


def _joined(address: Address) -> str:
    first, last = (address.first_name or "").strip(), (address.last_name or "").strip()
    if not address.name and CHINESE.fullmatch(first) and CHINESE.fullmatch(last):
        return last + first
    return address.full_name
