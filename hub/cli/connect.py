"""`hub connect`: adds, installs, tests, lists, pauses and resumes connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.install import ListenOption, WaitOption, installed
from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer, print_json
from hub.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.connection import Tested
    from hub.queries.connection import ConnectionView

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Add, install, test, list and pause connections.")

NameArgument = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name.", show_default=False)]


@app.command()
def add(
    name: NameArgument,
    connector: Annotated[str, typer.Argument(help="What kind of system; see `hub connectors`.", show_default=False)],
    settings: Annotated[list[str] | None, typer.Argument(help="KEY=VALUE of each setting.", show_default=False)] = None,
    merchant: Annotated[str | None, typer.Option("--merchant", help="Whose it is.", show_default=False)] = None,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Try it before it is kept.")] = True,
    listen: ListenOption = None,
    wait: WaitOption = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a connection without touching hub.toml.

    Secrets are references: key=env:NAME reads an environment variable, key=file:PATH a file. A system that wants a
    person's consent, and lets nobody in with these settings alone, is installed as by `hub connect install`.
    """
    from hub.operations import connection as operation
    from hub.operations.install import wants_consent

    with opened(config) as one:
        values = _values(settings or [])
        row = operation.new_connection(one.database, one.plugins, name, connector, values, merchant=merchant)
        try:
            operation.add_connection(one.hub, row, test=test)
        except AuthError:
            if not wants_consent(one.plugins, row):
                raise
            installed(one, row, listen, wait, as_json=as_json)
            return
    if as_json:
        print_json({"connection": name, "tested": test})
    else:
        typer.echo(
            f"{name} {'works and was' if test else 'was'} added. Next: add a route for it, or `hub sync {name}`."
        )


@app.command()
def install(
    name: NameArgument,
    listen: ListenOption = None,
    wait: WaitOption = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a person let a connection in with their browser: for the first time, or again.

    Shows the link to open, and waits until their browser comes back. What has been read, and which records are the
    same, is kept. With --json each step is one line: the link, then how it ended.
    """
    from hub.operations.connection import find_connection

    with opened(config) as one:
        installed(one, find_connection(one.database, name), listen, wait, as_json=as_json)


@app.command("test")
def try_connections(
    names: Annotated[list[str] | None, typer.Argument(metavar="CONNECTION", help="Which; all by default.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try whether connections work, without reading or writing any record."""
    from hub.operations import connection as operation
    from hub.queries.connection import connections

    with opened(config) as one:
        chosen = names or [view.name for view in connections(one.database, one.plugins)]
        if not chosen:
            raise ConfigError("nothing is connected yet", hint="Describe a connection in hub.toml and run `hub apply`.")
        tested = [operation.try_connection(one.hub, name, streams=True) for name in chosen]
        for result in tested:
            if result.works:
                operation.mend_connection(one.database, result.name, one.now())
    answer(tested, _render_tests, as_json=as_json, key="connections")
    failed = [result.exit_code for result in tested if not result.works]
    if failed:
        raise typer.Exit(failed[0])


@app.command("list")
def list_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the connections and their states."""
    from hub.queries.connection import connections

    with opened(config) as one:
        found = connections(one.database, one.plugins)
    answer(found, _render_list, as_json=as_json, key="connections")


@app.command()
def pause(
    name: NameArgument,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; shown by `hub status`.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop syncing a connection until it is resumed; what is owed to it is kept."""
    from hub.operations import connection as operation

    with opened(config) as one:
        changed = operation.pause(one.database, name, one.now(), reason)
    said = f"{name} is paused. Go on with `hub connect resume {name}`." if changed else f"{name} was paused already."
    _say(name, "paused", said, changed=changed, as_json=as_json)


@app.command()
def resume(name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Sync a connection again; it goes on where it stopped."""
    from hub.operations import connection as operation

    with opened(config) as one:
        changed = operation.resume(one.database, name, one.now())
    said = f"{name} is resumed. Next: `hub sync {name}`." if changed else f"{name} was not paused."
    _say(name, "ok", said, changed=changed, as_json=as_json)


def _say(name: str, state: str, sentence: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        print_json({"connection": name, "state": state, "changed": changed})
    else:
        typer.echo(sentence)


def _values(words: Sequence[str]) -> dict[str, str]:
    values = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise ConfigError(
                f'"{word}" is no setting', hint="Write settings as KEY=VALUE, for example url=https://..."
            )
        values[key] = value
    return values


def _render_tests(tested: Sequence[Tested]) -> Iterator[RenderableType]:
    from hub.cli.failure import sentence
    from hub.cli.grid import Column, grid
    from hub.cli.words import duration, state

    columns = [Column("Connection"), Column("Result"), Column("Took", number=True), Column("What to do", long=True)]
    yield grid(
        columns,
        [
            (
                one.name,
                state("works" if one.works else "failed"),
                duration(one.took),
                " ".join(sentence(text) for text in (one.message, one.hint, *one.cautions) if text),
            )
            for one in tested
        ],
    )


def _render_list(found: Sequence[ConnectionView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import count, state

    if not found:
        yield "Nothing is connected yet. Describe a connection in hub.toml and run `hub apply`."
        return
    columns = [
        Column("Connection"),
        Column("System"),
        Column("Merchant"),
        Column("State"),
        Column("Records", number=True),
        Column("Made by"),
        Column("Why", long=True),
    ]
    yield grid(
        columns,
        [
            (v.name, v.title, v.merchant, state(v.state), count(v.records), MADE_BY[v.managed_by], v.reason or "")
            for v in found
        ],
    )


MADE_BY = {"file": "hub.toml", "operator": "by hand"}
