"""`hub serve`: keeps everything in step until it is stopped."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption
from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.config import Listen
    from hub.sync.hub import Hub

app = typer.Typer(add_completion=False)

JsonLogOption = Annotated[bool, typer.Option("--json", help="Write the log as one JSON object a line.")]


@app.command()
def serve(config: ConfigOption = None, as_json: JsonLogOption = False) -> None:
    """Take webhooks in, run the schedules, write what is owed and send the notices that are due, until stopped.

    Stop it with Ctrl-C or SIGTERM: what is under way is finished first.
    """
    from hub import log
    from hub.operations.serve import schedule_words
    from hub.operations.serve import serve as run

    with opened(config) as one, ExitStack() as until_stopped:
        words, listen = list(schedule_words(one.hub)), one.config.serve.listen
        if not words and listen is None:
            raise ConfigError("nothing is scheduled", hint="Add [[schedules]] to hub.toml and run `hub apply`.")
        log.configure(os.environ.get("HUB_LOG", "INFO"), json=as_json)
        if listen is not None:
            words.append(f"webhooks at {until_stopped.enter_context(_listening(one.hub, listen))}")
        said = "" if as_json else f"Serving {', '.join(words)}. Stop with Ctrl-C."
        url = one.config.serve.public_url
        run(one.hub, public_url=url, ready=lambda: typer.echo(said, err=True) if said else None)
    if not as_json:
        typer.echo("Stopped.", err=True)


def _listening(hub: Hub, listen: Listen) -> AbstractContextManager[str]:
    from hub.web.server import serving  # slow to load, and not every hub listens

    return serving(hub, listen)
