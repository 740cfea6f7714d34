"""`hub backfill`: reads a stream's past, beside the live sync."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import print_json
from hub.cli.progress import shown_progress
from hub.cli.report import odd_totals, tell_report
from hub.errors import ConfigError

app = typer.Typer(add_completion=False)


@app.command()
def backfill(
    connection: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    stream: Annotated[str, typer.Argument(help="Which of its streams.", show_default=False)],
    since: Annotated[
        str | None, typer.Option("--since", help="From this day or time; the beginning by default.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this day or time; now by default.")] = None,
    later: Annotated[bool, typer.Option("--later", help="Only note it: `hub serve` reads it beside its work.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the past of a stream in a lane of its own; the live sync stays where it is.

    It reads in slices: between two of them the connection is free for live work. A back-fill that was stopped goes on
    where it was, by the same command or by `hub serve`.
    """
    from hub.connector import Lane, Window
    from hub.operations.connection import find_connection
    from hub.sync.backfill import backfill as run
    from hub.sync.backfill import begin_backfill
    from hub.sync.execute import Report

    with opened(config, connected=True) as one:
        find_connection(one.database, connection)
        bounds = Window(_moment(since), _moment(until) or one.now(), lane=Lane.BACKFILL)
        if bounds.since and bounds.until and bounds.since >= bounds.until:
            raise ConfigError(
                "the back-fill would end before it begins", hint="Give --since an earlier day than --until."
            )
        if later:
            begin_backfill(one.hub, connection, stream, bounds)
            _say_noted(connection, stream, as_json=as_json)
            return
        with shown_progress(as_json=as_json) as progress:
            result = run(one.hub, connection, stream, bounds, progress=progress)
        report = Report([result])
        tell_report(report, as_json=as_json, odd=odd_totals(one, report))


def _say_noted(connection: str, stream: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"connection": connection, "stream": stream, "noted": True})
    else:
        typer.echo(f"{stream} of {connection} will be read by `hub serve`. Watch it with `hub runs -c {connection}`.")


def _moment(text: str | None) -> datetime | None:
    """Read a day (its start in UTC) or a time with its zone."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time(tzinfo=UTC))
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f'"{text}" is no time', hint="Write 2026-01-01 or 2026-01-01T12:00:00Z.") from None
    if moment.tzinfo is None:
        raise ConfigError(f'"{text}" does not say its zone', hint=f"Write {text}Z for UTC.")
    return moment
