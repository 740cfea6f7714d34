"""`hub status`: how everything is, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from hub.cli.opened import Opened, opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from hub.queries.status import ConnectionStatus, Status, StreamStatus

app = typer.Typer(add_completion=False)


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the state, lag and backlog of every connection, and what needs a person."""
    from hub.queries.status import status as query

    with opened(config) as one:
        view = query(one.database, one.plugins, now=one.now())
        answer(view, render, as_json=as_json)
        if not as_json:
            _tell_unapplied(one)


def render(view: Status) -> Iterator[RenderableType]:
    """Lay the page out: connections and streams, then what needs a person."""
    from hub.cli.grid import Column, grid
    from hub.cli.words import many
    from hub.queries.words import plural

    if not view.connections:
        yield "Nothing is connected yet. Describe a connection in hub.toml and run `hub apply`."
        return
    columns = [Column("Connection"), Column("Stream"), Column("State"), Column("Synced", number=True, spare=1)]
    columns += [Column("Records", number=True, spare=2), Column("To read", number=True, spare=3)]
    columns += [Column(title, number=True) for title in ("To write", "Waiting")] + [Column("Next try")]
    yield grid(columns, [row for one in view.connections for row in _rows(one, view)])
    if view.records:
        yield ""
        counted = (many(count, name, plural(name)) for name, count in sorted(view.records.items()) if count)
        yield f"Records: {', '.join(counted)}."
    sent = {name: count for name, count in view.notices.items() if name in ("sent", "pending", "failed")}
    if sent:
        yield "Notices: " + ", ".join(f"{count:,} {name}" for name, count in sent.items()) + "."
    if view.unscheduled:
        yield f"No schedule reads {', '.join(view.unscheduled)}."
    yield ""
    yield from _needs(view)


def _rows(one: ConnectionStatus, view: Status) -> Iterator[tuple[str | Text, ...]]:
    from hub.cli.words import state

    streams = one.streams or (None,)
    for number, stream in enumerate(streams):
        name = one.name if number == 0 else ""
        if stream is None:
            yield name, "", state(one.state), "", "", "", "", "", ""
        else:
            yield (
                name,
                stream.name,
                state(_state_of(one, stream)),
                *_numbers(stream),
                _next_try(one, view) if name else "",
            )


def _next_try(one: ConnectionStatus, view: Status) -> str:
    """Say when a connection that failed is tried again by itself."""
    from hub.cli.words import ago

    if one.retry_at is None or one.state == "paused":
        return ""
    return ago(one.retry_at, view.at) if one.retry_at > view.at else "now"


def _state_of(one: ConnectionStatus, stream: StreamStatus) -> str:
    if one.state not in ("ok", "degraded"):
        return one.state
    return stream.last_state or ("never synced" if stream.reads else "-")


def _numbers(stream: StreamStatus) -> tuple[str, ...]:
    from hub.cli.words import count, duration

    synced = "-" if stream.lag is None else "now" if stream.lag < 1 else f"{duration(stream.lag)} ago"
    counts = (stream.records, stream.to_read, stream.to_write + stream.in_flight, stream.waiting)
    return synced, *map(count, counts)


def _needs(view: Status) -> Iterator[RenderableType]:
    from rich.text import Text

    from hub.cli.grid import Column, grid

    if not view.needs:
        yield Text("Nothing needs a person.", style="green")
        return
    columns = [Column("Needs a person", long=True), Column("Start with")]
    yield grid(columns, [(Text(need.sentence, style="yellow"), need.command) for need in view.needs])


def _tell_unapplied(one: Opened) -> None:
    """Say when hub.toml was changed and not applied: nothing would otherwise show why the change does nothing."""
    from hub.errors import ConfigError
    from hub.operations.apply import plan_apply

    try:
        plan = plan_apply(one.database, one.plugins, one.config)
    except ConfigError:
        typer.echo("hub.toml cannot be applied as it is: see `hub apply --dry-run`.", err=True)
        return
    if plan.changes and (one.config.connections or len(plan.changes) > 1):  # a new hub.toml has nothing to tell
        changes = "a change" if len(plan.changes) == 1 else f"{len(plan.changes)} changes"
        typer.echo(f"hub.toml has {changes} not applied yet: see `hub apply --dry-run`.", err=True)
