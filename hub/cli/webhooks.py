"""`hub webhooks`: who calls the hub, and with which secret."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer, print_json
from hub.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.queries.webhook import SubscriptionView, WebhookList, WebhookView
    from hub.sync.connection.subscription import Repair

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show and mend how remotes call the hub.")

NameArgument = Annotated[str, typer.Argument(metavar="CONNECTION", help="Whose.", show_default=False)]
NO_URL = 'Write public_url = "https://..." under [serve] of hub.toml: where the remotes reach the hub.'


@app.command("list")
def list_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List subscriptions, and how the calls of the last seven days ended."""
    from hub.queries.webhook import webhook_list

    with opened(config) as one:
        now = one.now()
        found = webhook_list(one.database, one.plugins, one.config.serve.public_url, now)
    answer(found, lambda told: _render(told, now), as_json=as_json)


@app.command()
def check(name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Hold the subscriptions against what the remote has, and mend them; `hub serve` does this by itself."""
    from hub.operations.webhook import fill_gap, look_after

    with opened(config) as one:
        url = one.config.serve.public_url
        if url is None:
            raise ConfigError("nobody knows where the hub can be called", hint=NO_URL)
        made = look_after(one.hub, name, url)
        filled = fill_gap(one.hub, name)
    if as_json:
        print_json({"connection": name, "made": made, "gap_read": filled})
        return
    for sentence in _made(name, made):
        typer.echo(sentence)
    if not filled:
        typer.echo(f"What changed meanwhile could not be read yet. Next: `hub sync {name}`.")


@app.command()
def rotate(
    name: NameArgument,
    minutes: Annotated[
        int, typer.Option("--overlap", min=0, help="Minutes for which the former secret stays good.")
    ] = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new secret and tell the remote; calls signed with the former one are good for a while."""
    from hub.operations.webhook import rotate_secret

    with opened(config) as one:
        url = one.config.serve.public_url
        rotate_secret(one.hub, name, url, timedelta(minutes=minutes))
    if as_json:
        print_json({"connection": name, "overlap_minutes": minutes, "told": url is not None})
        return
    typer.echo(f"{name} has a new secret; the former one is good for {minutes} minutes.")
    if url is None:
        typer.echo(f"Tell it to the remote by then: `hub webhooks secret {name}` shows it.")


@app.command()
def secret(name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show address and secret, for a remote where webhooks are set up by hand."""
    from hub.operations.webhook import webhook_secret
    from hub.sync.connection.subscription import address_of

    with opened(config) as one:
        url = one.config.serve.public_url
        word, address = webhook_secret(one.hub, name), address_of(url, name) if url else None
    if as_json:
        print_json({"connection": name, "address": address, "secret": word})
    else:
        typer.echo(f"address  {address or f'none yet. {NO_URL}'}\nsecret   {word}")


def _made(name: str, made: list[Repair] | None) -> Iterator[str]:
    if made is None:
        yield f"{name} is subscribed to by hand: set its webhooks up there, with `hub webhooks secret {name}`."
    elif not made:
        yield f"The subscriptions of {name} are well."
    for repair in made or ():
        since = f"; what changed since {repair.gap_since} is read again" if repair.gap_since else ""
        yield f"{repair.topic} was subscribed to ({repair.reason}){since}."


def _render(found: WebhookList, now: datetime) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import many

    if not found.connections:
        yield "No connection here has webhooks: all are polled."
    for one in found.connections:
        yield f"{one.connection} is called at {one.address}" if one.address else f"{one.connection} has no address yet."
        yield _calls(one)
        if one.subscriptions:
            columns = [Column("Topic", long=True), Column("Seen alive"), Column("Made anew"), Column("Because")]
            yield grid(columns, [_row(subscription, now) for subscription in one.subscriptions])
    if any(one.address is None for one in found.connections):
        yield NO_URL
    if found.unknown:
        yield f"{many(found.unknown, 'call')} in seven days came for connections that there are not."


def _row(one: SubscriptionView, now: datetime) -> tuple[str, str, str, str]:
    from hub.cli.words import full_time

    repaired = full_time(one.repaired_at, now) if one.repaired_at else ""
    return one.topic, full_time(one.checked_at, now), repaired, one.repair or ""


def _calls(one: WebhookView) -> str:
    if not one.calls:
        return "  no call in seven days"
    return "  calls in seven days: " + ", ".join(f"{count} {outcome}" for outcome, count in one.calls.items())
