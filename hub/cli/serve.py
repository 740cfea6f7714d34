"""`hub serve`: keeps everything in step until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import Opened, opened
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
        log.configure(log.asked_level("INFO"), json=as_json)
        address = until_stopped.enter_context(_listening(one.hub, listen)) if listen is not None else None
        said = list(_start_words(one, words, address))
        run(one.hub, public_url=one.config.serve.public_url, ready=lambda: _say(said, as_json=as_json))
    if not as_json:
        typer.echo("Stopped.", err=True)


def _start_words(one: Opened, schedules: Sequence[str], address: str | None) -> Iterator[str]:
    """Say what this server does, whether another one is at work on the same database, and what nobody reads."""
    from hub.operations.serve import leader
    from hub.queries.schedule import unscheduled

    other = leader(one.hub)
    does = ["what falls due between the schedules"] if other else list(schedules)
    yield f"Serving {', '.join(does + [f'webhooks at {address}'] * (address is not None))}. Stop with Ctrl-C."
    if other:
        yield (
            f"{other.capitalize()} serves this database already, and runs its schedules.\n"
            "This one runs them when that ends. Until then both do what else falls due:\n"
            "each write and each notice goes out once, but an alert may be mailed twice."
        )
    with one.database.read() as tx:
        unread = unscheduled(tx, one.plugins)
    if unread:
        yield f"No schedule reads {', '.join(unread)}."


def _say(lines: Sequence[str], *, as_json: bool) -> None:
    """Say the start on stderr; in a log of JSON only what is worth a warning."""
    if not as_json:
        typer.echo("\n".join(lines), err=True)
        return
    for line in lines[1:]:
        logging.getLogger(__name__).warning(line.replace("\n", " "))


def _listening(hub: Hub, listen: Listen) -> AbstractContextManager[str]:
    from hub.web.server import serving  # slow to load, and not every hub listens

    return serving(hub, listen)
