"""`hub apply`: shows what hub.toml changes, then changes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import Opened, opened
from hub.cli.option import ConfigOption, JsonOption, YesOption
from hub.cli.output import answer, print_json
from hub.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.plan import Change, FieldChange, Plan

app = typer.Typer(add_completion=False)

SIGNS = {"create": ("+", "green"), "change": ("~", "yellow"), "remove": ("-", "red")}


@app.command()
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")] = False,
    yes: YesOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the hub to what hub.toml says, and show every change first."""
    from hub.operations import apply as operation

    with opened(config) as one:
        _make_database_if_missing(one)
        plan = operation.plan_apply(one.database, one.plugins, one.config)
        if not as_json:
            answer(plan, _render, as_json=False)
        asked = bool(plan.changes) and not dry_run
        wanted = asked and (yes or (not as_json and _ask()))
        if wanted:
            operation.apply(one.database, one.plugins, one.config, plan, one.now())
        if as_json:
            print_json({"changes": plan.changes_only(), "applied": wanted})
        elif wanted or not asked:
            _tell_next(one, done=wanted, dry_run=dry_run)
        else:
            typer.echo("Nothing was changed.")


def _tell_next(one: Opened, *, done: bool, dry_run: bool) -> None:
    """Say what comes next, where that is not just to go on as before."""
    from hub.queries.connection import connections

    if not dry_run and not connections(one.database, one.plugins):
        typer.echo(f"{'Done. ' if done else ''}Next: describe a connection in hub.toml, then `hub apply` again.")
    elif done:
        typer.echo("Done. Next: `hub connect test`, then `hub sync`.")


def _make_database_if_missing(one: Opened) -> None:
    from hub.cli.init import make_database, make_key
    from hub.store import schema

    if schema.version(one.any_database) is None:
        make_database(one)
        make_key(one, one.config.folder)


def _ask() -> bool:
    if not sys.stdin.isatty():
        raise ConfigError("nothing was changed, since nobody can be asked here", hint="Add --yes to do it.")
    try:
        return typer.confirm("Do it?")
    except typer.Abort:
        raise typer.Abort("\nNothing was changed.") from None


def _render(plan: Plan) -> Iterator[RenderableType]:
    if not plan.changes:
        yield "Everything is as hub.toml says; nothing to change."
        return
    for change in plan.changes:
        yield from _lines(change)
    yield ""
    yield _summary(plan)


def _lines(change: Change) -> Iterator[RenderableType]:
    from rich.text import Text

    from hub.cli.grid import pairs
    from hub.cli.paragraph import Indented
    from hub.cli.words import clean

    sign, color = SIGNS[change.action]
    yield Text.assemble((sign, color), " ", (f"{change.kind} ", "bold"), clean(change.name))
    if change.fields and change.action != "remove":
        values = [(field.name, Text.assemble(*_values(field))) for field in change.fields]
        yield Indented(pairs(values, style=""), 4)


def _values(field: FieldChange) -> Iterator[str | tuple[str, str]]:
    from hub.cli.words import clean

    if field.before is not None:
        yield clean(field.before), "red" if field.after is None else "dim"
        yield " -> " if field.after is not None else " (taken out)"
    if field.after is not None:
        yield clean(field.after)


def _summary(plan: Plan) -> str:
    from hub.operations.plan import Action

    words = {Action.CREATE: "to create", Action.CHANGE: "to change", Action.REMOVE: "to remove"}
    return ", ".join(f"{plan.count(action)} {said}" for action, said in words.items() if plan.count(action)) + "."
