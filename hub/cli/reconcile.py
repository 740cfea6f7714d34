"""`hub reconcile`: proves that a day's orders are all there, on both sides and in every target."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import Opened, opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import plain, print_json, show
from hub.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.carried import TargetDay
    from hub.operations.reconcile import Difference, Reconciliation
    from hub.sync.day import Day

app = typer.Typer(add_completion=False)
DISAGREES = 1
SHOWN = 50


@app.command()
def reconcile(
    connection: Annotated[str, typer.Argument(help="Whose orders.", show_default=False)],
    day: Annotated[str | None, typer.Option("--day", help="Which day, as 2026-03-01; yesterday by default.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="The time zone of the day, as Europe/Berlin.")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="Which of its streams of orders.")] = None,
    close: Annotated[bool, typer.Option("--close", help="Sign the day off where everything agrees.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a day of orders afresh, and compare it with what the hub and every target have.

    The day is one of a time zone: --zone, else that of the connection's schedule that reconciles, else UTC. The exit
    code is 1 where anything differs, also from what was signed off.
    """
    from hub.operations import reconcile as operation

    with opened(config) as one:
        done = operation.reconcile(one.hub, connection, _day(one, connection, day, zone), stream)
        if close and done.sides_agree:
            operation.close_day(one.hub, done)
    if as_json:
        print_json({"agrees": done.agrees, **plain(done)})
    else:
        show(render(done, closed_now=close))
    if not done.sides_agree or (done.later and not close):
        raise typer.Exit(DISAGREES)


def _day(one: Opened, connection: str, text: str | None, zone: str | None) -> Day:
    """Say which day is meant."""
    from zoneinfo import ZoneInfo

    from hub.operations.connection import find_connection
    from hub.store import schedules
    from hub.sync.day import Day

    find_connection(one.database, connection)
    with one.database.read() as tx:
        zones = [s.zone for s in schedules.every(tx) if (s.connection, s.does) == (connection, schedules.RECONCILE)]
    name = zone or next(filter(None, zones), "UTC")
    try:
        now: datetime = one.now().astimezone(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        raise ConfigError(f'there is no time zone "{name}"', hint='Write it like "Europe/Berlin".') from None
    try:
        chosen = date.fromisoformat(text) if text else now.date() - timedelta(days=1)
    except ValueError:
        raise ConfigError(f'"{text}" is no day', hint="Write it like 2026-03-01.") from None
    return Day(chosen, name)


def render(view: Reconciliation, *, closed_now: bool = False) -> Iterator[RenderableType]:
    """Lay out the totals of both sides, those of each target, and what differs."""
    from rich.text import Text

    yield f"{view.day} ({view.zone}), {view.stream} of {view.connection}"
    yield _sides(view)
    for target in view.targets:
        yield ""
        yield f"To {target.connection}, by the route {target.route}"
        yield _target(target)
        yield from (f"{count:,} skipped by the rule: {rule}" for rule, count in sorted(target.skipped.items()))
        yield from _listed([(one.external_id, one.number or "", one.reason) for one in target.missing])
    yield from _listed([_row(one) for one in (*view.differences, *view.later)])
    yield ""
    yield Text(_verdict(view, closed_now=closed_now), style="green" if view.agrees else "red")


def _sides(view: Reconciliation) -> RenderableType:
    from hub.cli.grid import Column, grid
    from hub.cli.words import count

    ours = {one.currency: one for one in view.ours}
    theirs = {one.currency: one for one in view.theirs}
    rows = []
    for currency in sorted(ours | theirs):
        for name, side in ((view.connection, theirs.get(currency)), ("hub", ours.get(currency))):
            amounts = (f"{one:,.2f}" for one in ((side.gross, side.tax, side.refunded) if side else (0, 0, 0)))
            rows.append((currency, name, count(side.orders if side else 0), *amounts))
    columns = [Column("Currency"), Column("Side")]
    columns += [Column(title, number=True) for title in ("Orders", "Gross", "Tax", "Refunded")]
    return grid(columns, rows) if rows else "No orders on either side."


def _target(target: TargetDay) -> RenderableType:
    from hub.cli.grid import Column, grid
    from hub.cli.words import count

    columns = [Column("Currency"), Column("Side"), Column("Orders", number=True), Column("Gross", number=True)]
    rows = []
    for one in target.sums:
        rows.append((one.currency, "due", count(one.due), f"{one.due_gross:,.2f}"))
        rows.append((one.currency, target.connection, count(one.there), f"{one.there_gross:,.2f}"))
    return grid(columns, rows) if rows else "Nothing was due."


def _row(one: Difference) -> tuple[str, str, str]:
    return one.external_id, one.number or "", f"{one.reason}: {one.detail}" if one.detail else str(one.reason)


def _listed(rows: list[tuple[str, str, str]]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid

    if rows:
        yield ""
        yield grid([Column("Id"), Column("Number"), Column("Why", long=True)], rows[:SHOWN])
    if len(rows) > SHOWN:
        yield f"... and {len(rows) - SHOWN:,} more: see --json."


def _verdict(view: Reconciliation, *, closed_now: bool) -> str:
    if not view.sides_agree:
        return "The sides do not agree."
    if not view.is_over:
        return f"Everything agrees so far; the day is not over yet in {view.zone}."
    if closed_now:
        return "Everything agrees; the day is closed."
    if view.later:
        return f"Everything agrees, and {len(view.later)} changed since the day was closed: sign it off with --close."
    return "Everything agrees, as it was closed." if view.closed_at else "Everything agrees."
