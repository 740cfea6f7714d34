"""How a sync ended, laid out for people and for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from hub.cli.failure import write_error
from hub.cli.opened import Opened
from hub.cli.output import answer, print_json
from hub.errors import HubError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.sync.execute import Report, Result

SPARE = {"unchanged": 2, "skipped": 1}
COUNTS = ("read", "written", "unchanged", "skipped", "parked")


def odd_totals(one: Opened, report: Report) -> str:
    """Say how many records came whose totals do not add up; they are kept as they are, and each run names its own."""
    from hub.cli.words import many
    from hub.store import runs

    wrote = [result.run for result in report.results if result.counts.written]
    with one.database.read() as tx:
        found = {run: odd for run in wrote if (odd := runs.count_records(tx, run, "discrepancy"))}
    if not found:
        return ""
    have = many(sum(found.values()), "order has", "orders have")
    return f"{have} totals that do not add up: see `hub runs show {next(iter(found))[-6:]}`."


def tell_report(report: Report, *, as_json: bool, notices: Mapping[str, int] | None = None, odd: str = "") -> None:
    """Show how a sync ended; the exit code is that of the first error."""
    if as_json:
        runs = [plain_result(result) for result in report.results]
        print_json({"runs": runs, "errors": list(map(plain_error, report.errors)), "notices": notices or {}})
    else:
        answer(report, render_report, as_json=False)
        if odd:
            typer.echo(odd)
        if notices:
            typer.echo(f"Notices: {', '.join(f'{count:,} {state}' for state, count in notices.items())}.")
        for result in report.failures:
            tell_failure(result)
    if report.errors:
        raise typer.Exit(report.errors[0].exit_code)


def tell_failure(result: Result) -> None:
    """Say what ended a run, and whose it was where the error itself does not."""
    if result.error is not None:
        said = result.error.message
        is_named = re.search(rf"(?<![\w./-]){re.escape(result.connection)}(?![\w-]|\.\w)", said)  # not as a host
        write_error(said if is_named else f"{result.connection}: {said}", result.error.hint)


def render_report(report: Report) -> Iterator[RenderableType]:
    """Lay out one line a run that did something, and what to look at next."""
    from hub.cli.grid import Column, grid
    from hub.cli.words import count, many, state

    busy = [result for result in report.results if result.counts.read or result.error]
    idle = len(report.results) - len(busy)
    if busy:
        columns = [Column("Connection"), Column("Stream"), Column("What"), Column("Result")]
        columns += [Column(name.capitalize(), number=True, spare=SPARE.get(name, 0)) for name in COUNTS]
        yield grid(
            columns,
            [
                (
                    result.connection,
                    result.stream,
                    str(result.kind),
                    state(result.state),
                    *(count(getattr(result.counts, name)) for name in COUNTS),
                )
                for result in busy
            ],
        )
    if idle and not report.errors:
        yield f"{many(idle, 'run')} found nothing new." if busy else "Nothing new anywhere."
    if any(result.counts.parked for result in report.results):
        yield "Parked records wait for others or for a person: see `hub status` and `hub problems list`."


def plain_result(result: Result) -> dict[str, Any]:
    """Give a run's result for programs."""
    names = ("connection", "stream", "kind", "state", "run")
    counts = {name: getattr(result.counts, name) for name in COUNTS}
    return {**{name: getattr(result, name) for name in names}, **counts}


def plain_error(error: HubError) -> dict[str, Any]:
    """Give an error for programs."""
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint, "context": error.context}
