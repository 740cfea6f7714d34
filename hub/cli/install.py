"""How the command line has a person let a connection in: it shows the link, and waits for their browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.failure import sentence, write_error
from hub.cli.opened import Opened
from hub.cli.output import plain
from hub.config import Listen, read_listen
from hub.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from hub.operations.install import Asked, Ended
    from hub.store.settings import ConnectionRow

LOOPBACK = "127.0.0.1:8480"
LOOK = 0.2
"""Seconds between two looks at whether somebody has come back."""
SHORT = 5.0
HANDLING = timedelta(minutes=2)
"""How long who came back in time may take."""

ListenOption = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help=f"Where to wait for the browser; {LOOPBACK} where hub.toml has no public_url.",
        show_default=False,
    ),
]
WaitOption = Annotated[int, typer.Option("--wait", min=1, metavar="MINUTES", help="How long the link is good.")]


def installed(one: Opened, row: ConnectionRow, listen: str | None, minutes: int, *, as_json: bool) -> None:
    """Have a person let a connection in, and show how it ended; the exit code is that of what went wrong."""
    from hub.operations.install import ask_consent

    with _door(one, listen) as redirect:
        asked = ask_consent(one.hub, row, redirect, timedelta(minutes=minutes))
        try:
            _show_link(asked, minutes, as_json=as_json)
            ended = _wait(one, asked)
        except KeyboardInterrupt:
            _withdraw(one, asked)
            raise typer.Abort("Stopped. The link is good for nothing any more, and nothing was kept.") from None
    _tell(ended, as_json=as_json)


def _wait(one: Opened, asked: Asked) -> Ended:
    from hub.operations.install import find_end

    while (ended := find_end(one.hub, asked)) is None:
        now = one.now()
        if now >= asked.until and (_withdraw(one, asked) or now >= asked.until + HANDLING):
            said = f"nobody let {asked.connection} in while the link was good; nothing was kept"
            raise AuthError(
                said, hint=f"Start again for a new link. The browser must be able to reach {asked.redirect}."
            )
        one.world.sleep(LOOK)
    return ended


def _withdraw(one: Opened, asked: Asked) -> bool:
    from hub.operations.install import withdraw

    return withdraw(one.hub, asked)


def _show_link(asked: Asked, minutes: int, *, as_json: bool) -> None:
    if as_json:
        link = {"connection": asked.connection, "link": asked.url, "redirect": asked.redirect, "until": asked.until}
        typer.echo(json.dumps(plain(link)))  # one line a step: a program reads the link while we wait
        return
    typer.echo(f"A person must let {asked.connection} in. Open this link in a browser, signed in to {asked.title}:\n")
    typer.echo(f"  {asked.url}\n")
    typer.echo(f"The browser comes back to {asked.redirect}. Allow this address first, in\n{asked.allow}.")
    typer.echo(f"Waiting for them, for {minutes} minutes. Stop with Ctrl-C.", err=True)


def _tell(ended: Ended, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(plain(ended)))
    elif ended.exit_code:
        write_error(ended.message, ended.hint)
    else:
        next_step = f"Next: add a route for it, or `hub sync {ended.connection}`."
        typer.echo("\n".join(filter(None, (sentence(ended.message), sentence(ended.hint), next_step))))
    if ended.exit_code:
        raise typer.Exit(ended.exit_code)


@contextmanager
def _door(one: Opened, listen: str | None) -> Iterator[str]:
    """Give the address that browsers come back to, and listen there, unless `hub serve` does so already."""
    from hub.operations.install import PATH
    from hub.web.server import serving

    serve = one.config.serve
    if listen is None and serve.public_url and serve.listen:
        with nullcontext() if _is_served(serve.listen) else serving(one.hub, serve.listen):
            yield f"{serve.public_url}{PATH}"
        return
    place = read_listen(listen or LOOPBACK)
    if place is None:
        raise ConfigError(f'the hub cannot listen at "{listen}"', hint=f'Write it like "{LOOPBACK}".')
    with serving(one.hub, place) as url:
        yield url.replace("127.0.0.1", "localhost") + PATH


def _is_served(place: Listen) -> bool:
    """Tell whether a hub answers there."""
    import httpx

    host = f"[{place.host}]" if ":" in place.host else place.host
    try:
        answer = httpx.get(f"http://{host}:{place.port}/health/live", timeout=SHORT, trust_env=False)
        return bool(answer.json()["live"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
