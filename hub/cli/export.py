"""`hub export`: writes what is configured as a hub.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import print_json
from hub.errors import ConfigError

app = typer.Typer(add_completion=False)


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="Write it to a file (stdout).", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write everything that is configured, through whatever door it came, as a hub.toml."""
    from hub.operations.export import export as operation

    with opened(config) as one:
        database, plugins = one.database, one.plugins
        file = one.config
        text = operation(database, plugins, path=file.path, database_text=file.database, serve=file.serve)
    if as_json:
        print_json({"toml": text})
    elif to is None:
        typer.echo(text, nl=False)
    else:
        _write(to, text, force=force)
        typer.echo(f"{to} written.")


def _write(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not force:
        raise ConfigError(f"{path} is there already", hint="Name another file, or add --force to replace it.")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {(error.strerror or 'unknown reason').lower()}") from None
