"""`hub runs`: what the hub did, run by run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened, require_known
from hub.cli.option import ConfigOption, JsonOption, LimitOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from hub.queries.run import RunPage, RunView

app = typer.Typer(add_completion=False, invoke_without_command=True, help="Show what the hub did, run by run.")

ConnectionOption = Annotated[
    str | None, typer.Option("--connection", "-c", help="Only of this connection.", show_default=False)
]
SHORT = 6
SPARE = {"unchanged": 3, "skipped": 4, "read": 1}
COUNTS = ("read", "written", "unchanged", "skipped", "parked")


@app.callback()
def runs(
    context: typer.Context,
    connection: ConnectionOption = None,
    stream: Annotated[str | None, typer.Option("--stream", "-s", help="Only of this stream.")] = None,
    limit: LimitOption = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest runs; `hub runs show RUN` shows one with its events."""
    if context.invoked_subcommand is not None:
        return
    from hub.queries.run import run_list

    with opened(config) as one:
        require_known(one, connection)
        found = run_list(one.database, connection=connection, stream=stream, limit=limit)
    answer(found, _render, as_json=as_json, key="runs")


@app.command()
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, or the end of it.", show_default=False)],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one run with its events."""
    from hub.queries.run import run_page

    with opened(config) as one:
        page = run_page(one.database, run)
    answer(page, _render_page, as_json=as_json)


def _render(found: Sequence[RunView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import clock_time, count, duration, state
    from hub.clock import utc_now

    if not found:
        yield "No run yet. Start one with `hub sync`."
        return
    now = utc_now()
    columns = [Column("Started"), Column("Run"), Column("Where", long=True), Column("Result")]
    columns += [Column(name.capitalize(), number=True, spare=SPARE.get(name, 0)) for name in COUNTS]
    columns += [Column("Took", number=True, spare=2)]
    rows: list[tuple[str | Text, ...]] = [
        (
            clock_time(run.started_at, now),
            run.id[-SHORT:],
            _where(run),
            state(run.state),
            *(count(getattr(run, name)) for name in COUNTS),
            duration(run.took.total_seconds()) if run.took else "",
        )
        for run in found
    ]
    yield grid(columns, rows)
    yield f"More of one with `hub runs show {found[0].id[-SHORT:]}`."


def _where(run: RunView) -> str:
    lane = "" if run.lane == "live" else f" ({run.lane})"
    return f"{run.connection} {run.stream} {run.kind}{lane}"


def _render_page(page: RunPage) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid, pairs
    from hub.cli.words import clock_time, full_time, said, state
    from hub.clock import utc_now

    now, run = utc_now(), page.run
    yield pairs(
        [
            ("Run", run.id),
            ("Where", _where(run)),
            ("Result", state(run.state)),
            ("Started", full_time(run.started_at, now)),
            ("Ended", full_time(run.ended_at, now) if run.ended_at else "still running"),
            ("Counts", ", ".join(f"{getattr(run, name):,} {name}" for name in COUNTS)),
        ]
    )
    if run.message:
        yield ""
        yield run.message
    if page.events:
        yield ""
        columns = [Column("At"), Column("What"), Column("Record"), Column("There"), Column("", long=True)]
        rows = [
            (clock_time(e.at, now), e.kind, page.names.get(e.record or "", ""), e.external_id or "", said(e.detail))
            for e in page.events
        ]
        yield grid(columns, rows)
