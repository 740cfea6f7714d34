"""`hub table`: the value tables of connections."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened, require_known
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.table import ValueSet, ValueUnset
    from hub.queries.table import ValueView

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show and set what a system's words mean: taxes, carriers, ..."
)


ConnectionArgument = Annotated[str, typer.Argument(help="Whose word it is.", show_default=False)]
TableArgument = Annotated[
    str, typer.Argument(help="taxes, payments, carriers, locations or units.", show_default=False)
]
RemoteArgument = Annotated[str, typer.Argument(help="The word there.", show_default=False)]


@app.command("set")
def set_command(
    connection: ConnectionArgument,
    table: TableArgument,
    remote: RemoteArgument,
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


@app.command()
def unset(
    connection: ConnectionArgument,
    table: TableArgument,
    remote: RemoteArgument,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what was said by mistake that a word means.

    What was read with it stays as it is until it is read again. From now on the word counts as it stands, or waits for
    a row where the connection's mapping wants one.
    """
    from hub.operations.table import unset_value

    with opened(config) as one:
        done = unset_value(one.database, connection, table, remote)
    answer(done, _render_unset, as_json=as_json)


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


def _render_unset(done: ValueUnset) -> Iterator[RenderableType]:
    from hub.cli.words import many

    yield f"In {done.connection}, {done.table} {done.remote} does not mean {done.canonical} any more."
    yield f"What was read with it keeps {done.canonical} until it is read again."
    yield f"From now on {done.remote} counts as it stands, or waits where a row is needed."
    if done.others:
        yield f"{done.canonical} is still written as {done.others[0]}."
    else:
        yield f"No row is left by which {done.canonical} is written: there, too, the word counts or waits."
    if done.waiting:
        yield f"{many(done.waiting, 'record')} {'waits' if done.waiting == 1 else 'wait'} for this table already."
    words = " ".join(map(shlex.quote, (done.connection, done.table, done.remote)))
    yield f"Next: say what it means with `hub table set {words} HERE`."


def _render_list(found: Sequence[ValueView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid

    if not found:
        yield "No values yet. Add one with `hub table set CONNECTION TABLE THERE HERE`."
        return
    columns = [Column("Connection"), Column("Table"), Column("There", long=True), Column("Here", long=True)]
    yield grid(columns, [(one.connection, one.table, one.remote, one.canonical) for one in found])
