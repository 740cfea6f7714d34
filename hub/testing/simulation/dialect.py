"""How a remote behaves: what it makes of what it is given, and what it can and cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
WORD = re.compile(r"q\d+q", re.IGNORECASE)
"""Every value that a person writes holds such a word, which no remote takes out; it tells the edit it comes from."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A remote's manners.

    pages: lists are numbered pages of a frozen window, else it pages by a cursor of (time, id). keyed: it honors the
    idempotency key of a create. finds: it can be asked for our reference. bare: its answers to writes hold only the id.
    hooks: it calls us when something changes. blind: a changed note does not count as a change, so that only hooks and
    re-reading show it. tokens: it lets us in with tokens that expire. tells_time: lists tell its clock. exclusive:
    `since` means after. skew: seconds its clock is ahead. grain: seconds that its timestamps are cut to. late: seconds
    until a change becomes visible. size: rows a page. batch: writes a call. makes: what it makes of texts.
    """

    pages: bool = True
    keyed: bool = False
    finds: bool = True
    bare: bool = False
    hooks: bool = False
    blind: bool = False
    tokens: bool = False
    tells_time: bool = True
    exclusive: bool = False
    skew: float = 0.0
    grain: float = 1.0
    late: float = 0.0
    size: int = 3
    batch: int = 2
    makes: str = "trim"


def path(where: str, field: str) -> str:
    """Tell where a remote keeps a field."""
    return (ERP_PATHS if where == "erp" else SHOP_PATHS).get(field, field)


def word(value: object) -> str:
    """Tell the word that says which edit a value comes from; empty when there is none."""
    found = WORD.search(value) if isinstance(value, str) else None
    return found.group().lower() if found else ""


def _trim(text: str) -> str:
    return " ".join(text.split())


def _strip_tags(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text).strip()


SHOP_PATHS = {"first_name": "first", "last_name": "last", "staff_note": "staff"}
ERP_PATHS = {"first_name": "name.first", "last_name": "name.last", "staff_note": "internal.memo"}
MAKES: Mapping[str, Callable[[str], str]] = {
    "same": lambda text: text,
    "trim": _trim,
    "upper": lambda text: _trim(text).upper(),
    "plain": _strip_tags,
    "short": lambda text: text.strip()[:24].strip(),
}
"""What remotes make of texts. Doing it twice changes nothing more."""
KEPT = frozenset(
    {"id", "ref", "updated", "email", "status", "currency", "total", "company", "purchase_order", "channel", "number"}
    | {"tracking_number", "order", "customer", "events"}
)
"""What no remote touches."""


def normalized(dialect: Dialect, document: Document) -> Document:
    """Give what a remote keeps of a document."""
    make = MAKES[dialect.makes]
    return {name: value if name in KEPT else _made(make, value) for name, value in document.items()}


def _made(make: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, str):
        return make(value)
    if isinstance(value, dict):
        return {name: inner if name in KEPT else _made(make, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_made(make, inner) for inner in value]
    return value
