"""`hub connectors`: which kinds of systems this hub can speak with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from hub.cli.opened import installed_plugins
from hub.cli.option import JsonOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.queries.plugin import ConnectorView, StreamView

app = typer.Typer(add_completion=False)


@app.command()
def connectors(as_json: JsonOption = False) -> None:
    """List the connectors that are installed, with what each can do and what is broken."""
    from hub.queries.plugin import connector_list

    answer(connector_list(installed_plugins()), _render, as_json=as_json, key="connectors")


def _render(found: Sequence[ConnectorView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import state

    if not found:
        yield "No connector is installed."
        return
    columns = [Column("Connector"), Column("State"), Column("Streams", long=True), Column("Settings", long=True)]
    columns += [Column("From", long=True)]
    yield grid(
        columns,
        [
            (
                one.name,
                state(one.state),
                one.reason or ", ".join(map(_ways, one.streams)),
                ", ".join(one.settings),
                one.origin,
            )
            for one in found
        ],
    )
    if any(one.streams for one in found):
        yield "Arrows: > is read, < is written, <> both, * is tracked."


def _ways(stream: StreamView) -> str:
    return f"{stream.name} {'<' * stream.writes}{'>' * stream.reads}{'*' * stream.tracks}"
