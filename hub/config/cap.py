"""Caps of a route: how much one run may move before a person has to agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from hub.config.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that one run may do to the records that a target has, in percent of them.

    `prices`: products with a price that moves by more than `price_move` percent. `archived`: records that are archived
    or cancelled. `emptied`: stock levels that fall to zero. Up to `least` records are never too many.
    """

    prices: int = 5
    price_move: int = 20
    archived: int = 5
    emptied: int = 30
    least: int = 10


DEFAULT_CAPS = Caps()
NO_CAPS = Caps(prices=100, archived=100, emptied=100)


def read_caps(table: Table) -> Caps:
    """Read a route's `caps`: a table, or false for none."""
    if table.values.get("caps") is False:
        table.know("caps")
        return NO_CAPS
    inner = table.table("caps")
    inner.know(*asdict(DEFAULT_CAPS))
    given = {name: _number(inner, name) for name in asdict(DEFAULT_CAPS) if name in inner.values}
    inner.close()
    return Caps(**given)


def _number(table: Table, name: str) -> int:
    value = table.get(name, int)
    most = None if name in ("price_move", "least") else 100
    if value is not None and (value < 0 or (most is not None and value > most)):
        table.wrong(name, f"cannot be {value}", "write percent, from 0 to 100" if most else "write 0 or more")
    return value or 0


def caps_of(kept: Mapping[str, int] | None) -> Caps:
    """Give the caps that a route row keeps; it keeps only what is not the default."""
    return Caps(**(kept or {}))


def kept_caps(caps: Caps) -> dict[str, int] | None:
    """Give what a route row keeps of caps: only what is not the default."""
    usual = asdict(DEFAULT_CAPS)
    return {name: value for name, value in asdict(caps).items() if value != usual[name]} or None
