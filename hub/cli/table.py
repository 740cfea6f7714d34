"""`hub table`: the value tables of connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened, require_known
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.table import ValueSet
    from hub.queries.table import ValueView

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show and set what a system's words mean: taxes, carriers, ..."
)


@app.command("set")
def set_command(
    connection: Annotated[str, typer.Argument(help="Whose word it is.", show_default=False)],
    table: Annotated[str, typer.Argument(help="taxes, payments, carriers, locations or units.", show_default=False)],
    remote: Annotated[str, typer.Argument(help="The word there.", show_default=False)],
    canonical: Annotated[str, typer.Argument(help="The word here.", show_default=False)],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a word means, and free the records that waited for it."""
    from hub.operations.problem import reprocess_stored
    from hub.operations.table import set_value

    with opened(config) as one:
        done = set_value(one.database, one.plugins, connection, table, remote, canonical, one.now())
        reprocess_stored(one.hub, done.stored)
    answer(done, _render_set, as_json=as_json)


@app.command("list")
def list_command(
    connection: Annotated[str | None, typer.Argument(help="Only of this one.", show_default=False)] = None,
    table: Annotated[str | None, typer.Argument(help="Only this table.", show_default=False)] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the value tables."""
    from hub.queries.table import value_list

    with opened(config) as one:
        require_known(one, connection)
        found = value_list(one.database, connection, table)
    answer(found, _render_list, as_json=as_json, key="values")


def _render_set(done: ValueSet) -> Iterator[RenderableType]:
    from hub.cli.words import many

    before = f" (it was {done.before})" if done.before not in (None, done.canonical) else ""
    yield f"In {done.connection}, {done.table} {done.remote} is now {done.canonical}{before}."
    if done.freed:
        yield f"{many(done.freed, 'record')} waited for this table. Next: `hub sync {done.connection}`."


def _render_list(found: Sequence[ValueView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid

    if not found:
        yield "No values yet. Add one with `hub table set CONNECTION TABLE THERE HERE`."
        return
    columns = [Column("Connection"), Column("Table"), Column("There", long=True), Column("Here", long=True)]
    yield grid(columns, [(one.connection, one.table, one.remote, one.canonical) for one in found])
