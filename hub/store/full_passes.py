"""Streams that are being read whole: what should be found, and what has been seen so far. It survives a crash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, select

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.links import LinkState
from hub.store.tables import full_pass, link, seen


@dataclass(frozen=True, slots=True)
class FullPass:
    """One pass over a stream; `generation` counts them. `known` links were there when it began, up to `asked`."""

    connection: str
    stream: str
    lane: str
    generation: int
    asked: int
    known: int
    began_at: str


NAMES = tuple(FullPass.__slots__)
PUT = Upsert(full_pass, NAMES, NAMES[:3], NAMES[3:])
SEEN = ("connection", "stream", "lane", "generation", "external_id")
SEE = Upsert(seen, SEEN, SEEN, [])


def begin(tx: Connection, place: tuple[str, str, str], asked: int, known: int, now: datetime) -> FullPass:
    """Begin a pass over (connection, stream, lane)."""
    before = get(tx, place)
    forget(tx, place)
    one = FullPass(*place, before.generation + 1 if before else 1, asked, known, utc_text(now))
    PUT.many(tx, [tuple(getattr(one, name) for name in NAMES)])
    return one


def count_known(tx: Connection, place: tuple[str, str, str], asked: int) -> int:
    """Count the links that a pass which begins now should find."""
    return int(tx.execute(_known(place, asked).with_only_columns(func.count())).scalar_one())


def get(tx: Connection, place: tuple[str, str, str]) -> FullPass | None:
    """Find the pass under way; None when there is none."""
    row = tx.execute(select(full_pass).where(*_here(place))).one_or_none()
    return FullPass(*row) if row else None


def see(tx: Connection, one: FullPass, external_ids: Iterable[str]) -> None:
    """Stamp what a pass has come across with its generation."""
    stamp = (one.connection, one.stream, one.lane, one.generation)
    SEE.many(tx, [(*stamp, external_id) for external_id in external_ids])


def count_seen(tx: Connection, one: FullPass) -> int:
    """Count what a pass has come across."""
    return int(tx.execute(select(func.count()).select_from(seen).where(*_stamped(one))).scalar_one())


def missing(tx: Connection, one: FullPass) -> list[str]:
    """List what was known when a pass began and is not among what it has seen."""
    place = (one.connection, one.stream, one.lane)
    found = exists().where(*_stamped(one), seen.c.external_id == link.c.external_id)
    return list(tx.execute(_known(place, one.asked).where(~found)).scalars())


def forget(tx: Connection, place: tuple[str, str, str]) -> None:
    """Forget what the last pass has come across; its number stays."""
    c = seen.c
    tx.execute(delete(seen).where(c.connection == place[0], c.stream == place[1], c.lane == place[2]))


def every_of(tx: Connection, connection: str, stream: str) -> list[FullPass]:
    """List the last passes over a stream, one a lane."""
    c = full_pass.c
    rows = tx.execute(select(full_pass).where(c.connection == connection, c.stream == stream).order_by(c.lane))
    return [FullPass(*row) for row in rows]


def _known(place: tuple[str, str, str], asked: int) -> Select[str]:
    """Choose what a pass should find: links that were alive before it began and were not read or written since."""
    return select(link.c.external_id).where(
        link.c.connection == place[0],
        link.c.stream == place[1],
        link.c.state == LinkState.ACTIVE,
        link.c.asked <= asked,
        link.c.answered <= asked,
    )


def _here(place: tuple[str, str, str]) -> list[ColumnElement[bool]]:
    c = full_pass.c
    return [c.connection == place[0], c.stream == place[1], c.lane == place[2]]


def _stamped(one: FullPass) -> list[ColumnElement[bool]]:
    c = seen.c
    here = [c.connection == one.connection, c.stream == one.stream, c.lane == one.lane]
    return [*here, c.generation == one.generation]
