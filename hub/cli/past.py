"""How the past of a record is shown: where a value comes from, what was received, what a replay changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from hub.cli.grid import Column, grid, pairs
from hub.cli.words import clean, clock_time, full_time
from hub.clock import utc_now

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.replay import Replay
    from hub.queries.past import Past
    from hub.queries.provenance import Why

LONGEST = 60
MAPPING = {True: "the mapping in use", False: "a mapping that was changed since", None: "a mapping nobody remembers"}


def render_why(view: Why) -> Iterator[RenderableType]:
    """Say where a value comes from, then the values before it."""
    now, newest = utc_now(), view.steps[0]
    yield Text(clean(f"{view.path}: {_short(newest.value)}"), style="bold")
    place = f"{newest.source} {view.stream}" if view.stream else newest.source
    rows = [
        ("Said by", place),
        ("Since", full_time(newest.since, now)),
        ("Version", f"{newest.version} of the record"),
        ("Run", newest.run or ""),
        ("Read from", view.rule),
        ("Rule", f"{view.place} ({view.layer}); {MAPPING[view.is_current]}" if view.rule else ""),
    ]
    yield pairs([row for row in rows if row[1]])
    if len(view.steps) > 1:
        yield ""
        columns = [Column("Before", long=True), Column("Since"), Column("Said by"), Column("Version", number=True)]
        before = view.steps[1:]
        yield grid(columns, [(_short(s.value), clock_time(s.since, now), s.source, str(s.version)) for s in before])


def render_event(view: Past) -> Iterator[RenderableType]:
    """Show one document that was received or sent."""
    one = view.view
    yield Text(f"{one.connection} {one.stream} {one.way} {full_time(one.at, utc_now())}", style="bold")
    yield Text(json.dumps(view.document, ensure_ascii=False, indent=2))


def render_replay(view: Replay, places: Sequence[str] | None) -> Iterator[RenderableType]:
    """Show what a replay changes; `places` is where it is owed to, None for a plan."""
    if not view.differences:
        yield "The record says the same already; nothing to change."
        return
    columns = [Column("Field"), Column("Now", long=True), Column("Then", long=True)]
    yield grid(columns, [(one.path, _short(one.before), _short(one.after)) for one in view.differences])
    if view.missing:
        yield Text(f"It refers to {', '.join(view.missing)}, which the hub does not know.", style="red")
    if places is None:
        yield "This was a plan: nothing was changed."
    else:
        yield "Done." + (f" The next sync writes it to {', '.join(places)}." if places else "")


def _short(value: Any) -> str:
    if value in (None, ""):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
