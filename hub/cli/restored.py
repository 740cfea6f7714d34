"""`hub restored`: says that the database was put back from a backup."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import print_json

app = typer.Typer(add_completion=False)


@app.command()
def restored(
    by: Annotated[str, typer.Option("--by", help="Who put it back.")] = "operator",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that the database was put back from a backup, before anything runs again.

    For a day the hub reads every system before it writes to it, and looks for what is there before it creates it.
    """
    from hub.cli.words import full_time, many
    from hub.operations.restored import restored as note

    with opened(config) as one:
        noted, now = note(one.hub, by), one.now()
    if as_json:
        print_json({"at": noted.at, "until": noted.until, "notices": noted.notices})
        return
    typer.echo(f"Until {full_time(noted.until, now)} everything is looked for before it is created.")
    if noted.notices:
        typer.echo(f"{many(noted.notices, 'notice')} may have been sent since the backup: see `hub notices list`.")
    typer.echo("Tokens that were renewed since are used up; `hub connect` where a system refuses them.")
