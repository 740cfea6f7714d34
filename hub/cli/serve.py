"""`hub serve`: keeps everything in step until it is stopped."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption
from hub.errors import ConfigError

app = typer.Typer(add_completion=False)

JsonLogOption = Annotated[bool, typer.Option("--json", help="Write the log as one JSON object a line.")]


@app.command()
def serve(config: ConfigOption = None, as_json: JsonLogOption = False) -> None:
    """Run the schedules, write what is owed and send the notices that are due, until stopped.

    Stop it with Ctrl-C or SIGTERM: what is under way is finished first.
    """
    from hub import log
    from hub.operations.serve import schedule_words
    from hub.operations.serve import serve as run

    with opened(config) as one:
        words = list(schedule_words(one.hub))
        if not words:
            raise ConfigError("nothing is scheduled", hint="Add [[schedules]] to hub.toml and run `hub apply`.")
        if not as_json:
            typer.echo(f"Serving {', '.join(words)}. Stop with Ctrl-C.", err=True)
        log.configure(os.environ.get("HUB_LOG", "INFO"), json=as_json)
        run(one.hub)
    if not as_json:
        typer.echo("Stopped.", err=True)
