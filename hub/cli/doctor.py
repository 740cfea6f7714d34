"""`hub doctor`: looks for what may be wrong, from hub.toml to every system's answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import Opened, opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer
from hub.errors import HubError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.queries.doctor import Check

app = typer.Typer(add_completion=False)

FAILED_CODE = 2


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not speak to any system.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at hub.toml, the database, the connectors and every connection; change nothing."""
    checks = list(_checks(config, offline=offline))
    answer(checks, _render, as_json=as_json, key="checks")
    if any(check.verdict == "failed" for check in checks):
        raise typer.Exit(FAILED_CODE)


def _checks(config: Path | None, *, offline: bool) -> Iterator[Check]:
    from hub.queries.doctor import Check, Verdict, check_plugins

    try:
        with opened(config) as one:
            yield Check("hub.toml", Verdict.OK, f"{one.config.path} can be read")
            yield from check_plugins(one.plugins)
            yield from _opened_checks(one, offline=offline)
    except HubError as error:
        yield Check("set-up", Verdict.FAILED, error.message, error.hint)


def _opened_checks(one: Opened, *, offline: bool) -> Iterator[Check]:
    from hub.queries.doctor import check_database, check_key, check_setup, check_work

    yield from check_database(one.database)
    yield from check_key(one.database)
    yield from _check_applied(one)
    found = list(check_setup(one.database, one.plugins, one.config.folder))
    yield from found
    yield from check_work(one.database, one.now())
    if not offline:
        yield from _check_connections(one, shut={check.name for check in found if check.verdict == "failed"})


def _check_applied(one: Opened) -> Iterator[Check]:
    from hub.cli.words import many
    from hub.operations.apply import plan_apply
    from hub.queries.doctor import Check, Verdict

    try:
        plan = plan_apply(one.database, one.plugins, one.config)
    except HubError as error:
        yield Check("hub.toml", Verdict.FAILED, error.message, error.hint)
        return
    if plan.changes:
        hint = "See them with `hub apply --dry-run`, then run `hub apply`."
        yield Check("hub.toml", Verdict.WARNING, f"{many(len(plan.changes), 'change')} in it not applied yet", hint)
    else:
        yield Check("hub.toml", Verdict.OK, "what it says is applied")


def _check_connections(one: Opened, shut: Collection[str]) -> Iterator[Check]:
    """Ask every connection but those that are `shut`, since their secrets cannot be read."""
    from hub.cli.words import duration
    from hub.operations.connection import try_connection
    from hub.queries.connection import connections
    from hub.queries.doctor import Check, Verdict

    for view in connections(one.database, one.plugins):
        if view.name in shut:
            continue
        tested = try_connection(one.hub, view.name)
        if tested.works:
            yield Check(view.name, Verdict.OK, f"{view.title} answers ({duration(tested.took)})")
        else:
            yield Check(view.name, Verdict.FAILED, tested.message, tested.hint)


def _said(check: Check) -> list[str]:
    from hub.cli.failure import sentence

    return [sentence(text) for text in (check.message, check.hint) if text]


def _render(checks: Iterable[Check]) -> Iterator[RenderableType]:
    from rich.text import Text

    from hub.cli.grid import Column, grid
    from hub.cli.words import many, state

    found = list(checks)
    rows = [(check.name, state(check.verdict), Text("\n".join(_said(check)))) for check in found]
    yield grid([Column("What"), Column("Verdict"), Column("", long=True)], rows)
    bad = [check for check in found if check.verdict != "ok"]
    yield f"{many(len(bad), 'thing')} to look at." if bad else Text("All is well.", style="green")
