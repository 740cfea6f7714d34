"""How long the hub remembers: [retention] of hub.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from hub.config.duration import format_duration, parse_duration
from hub.config.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long is kept what was received and sent before (`documents`), and what happened (`events`, with the runs).

    Records, their versions and the documents that they stand at now are kept as long as the records.
    """

    documents: timedelta = timedelta(days=90)
    events: timedelta = timedelta(days=400)


DEFAULT_RETENTION = Retention()


def read_retention(table: Table) -> Retention:
    """Read [retention]."""
    given = {name: table.duration(name, "90d") for name in asdict(DEFAULT_RETENTION)}
    table.close()
    return Retention(**{name: value for name, value in given.items() if value is not None})


def retention_of(kept: Mapping[str, str] | None) -> Retention:
    """Give the retention that a merchant's row keeps; it keeps only what is not the default."""
    return Retention(**{name: parse_duration(text) or timedelta() for name, text in (kept or {}).items()})


def kept_retention(retention: Retention) -> dict[str, str] | None:
    """Give what a merchant's row keeps of a retention: only what is not the default."""
    usual = asdict(DEFAULT_RETENTION)
    return {name: format_duration(value) for name, value in asdict(retention).items() if value != usual[name]} or None
