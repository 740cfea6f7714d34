"""`hub backup`: copies the database while the hub is at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import print_json

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="The file to copy it into.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the database into a file; the hub may go on working meanwhile.

    To put it back: stop the hub, copy the file over the database, and run `hub restored`.
    """
    from hub.operations.backup import back_up

    with opened(config) as one:
        made = back_up(one.database, to, force=force)
    if as_json:
        print_json({"path": str(made.path), "bytes": made.size})
        return
    typer.echo(f"{made.path} written ({made.size / 1e6:,.1f} MB). Keep a copy of hub.key and hub.toml, too.")
