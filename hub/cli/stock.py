"""`hub stock`: why a shop says that so much is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.stock import Live
    from hub.queries.stock import StockView

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Explain what shops are told of stock.")


@app.callback()
def stock() -> None:
    """Explain what shops are told of stock."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The sums of an item, and what the shops show now."""

    levels: Sequence[StockView]
    live: Sequence[Live]


@app.command()
def explain(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="SKU or barcode of a variant.", show_default=False)],
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Ask the shops what they show now.")] = True,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the sum behind an item's stock in each shop, the last push, and what the shop shows now."""
    from hub.operations.stock import live_levels
    from hub.queries.stock import explain as explained

    with opened(config) as one:
        levels = explained(one.database, sku)
        live = live_levels(one.hub, levels) if ask else []
    answer(Explained(levels, live), _render, as_json=as_json)


def _render(found: Explained) -> Iterator[RenderableType]:
    from rich.text import Text

    from hub.cli.grid import Column, grid
    from hub.cli.words import clean

    live = {(one.target, one.external_id): one for one in found.live}
    columns = [Column("Pieces", number=True), Column("What", long=True)]
    for position, view in enumerate(found.levels):
        if position:
            yield ""
        title = " ".join(part for part in (view.sku, view.title, f"in {view.target}", _place(view)) if part)
        yield Text(clean(title), style="bold")
        yield grid(columns, list(_sum(view, live.get((view.target, view.external_id or "")))))


def _sum(view: StockView, live: Live | None) -> Iterator[tuple[str, str]]:
    from hub.cli.words import full_time
    from hub.clock import utc_now

    if not view.sold:
        yield "-", f"{view.target} does not have this item, so it is told nothing"
        return
    now = utc_now()
    told = f", told {full_time(view.told_at, now)}" if view.told_at else ""
    yield _number(view.figure), f"{view.source} has{told}"
    for sale in view.sales:
        why = (
            f"written to {view.source}, whose stock was not read since" if sale.written else f"not in {view.source} yet"
        )
        yield _number(-sale.pieces), f"order {sale.number} of {sale.connection or 'nobody'}: {why}"
    elsewhere = sum((sale.pieces for sale in view.sales), Decimal(0)) - view.taken
    if elsewhere:
        yield _number(elsewhere), "of these sales fall on other locations"
    if view.buffer:
        yield _number(Decimal(-view.buffer)), "kept back by the route's buffer"
    yield _number(view.level), "may be sold"
    if view.pushed_at:
        yield "", f"last pushed {full_time(view.pushed_at, now)}"
    elif view.shown != view.level:
        yield "", "not pushed yet"
    if view.shown is not None:
        yield _number(view.shown), f"{view.target} said last"
    if live is not None:
        yield _live(view, live)


def _live(view: StockView, live: Live) -> tuple[str, str]:
    if live.failure:
        return "?", f"{live.target} cannot be asked: {live.failure}"
    if live.shows is None:
        return "-", f"{live.target} shows no number now"
    differs = "" if live.shows == view.level else "; the next sync brings it right"
    return _number(live.shows), f"{live.target} shows now{differs}"


def _place(view: StockView) -> str:
    return f"at {view.location}" if view.location else ""


def _number(pieces: Decimal) -> str:
    return format(pieces.normalize(), "f")
