"""`hub init`: makes hub.toml and the database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.opened import FILE, Opened
from hub.cli.option import JsonOption
from hub.cli.output import print_json
from hub.clock import World
from hub.config import load_config
from hub.errors import ConfigError

KEY_FILE = "hub.key"
app = typer.Typer(add_completion=False)

TEMPLATE = """\
# What this hub connects. Change it, then run `hub apply`: it shows what will change before it does anything.

[hub]
database = "sqlite:///hub.db"

# A connection is one account in one system; `hub connectors` lists the kinds there are.
# Secrets never stand here: write env:NAME (an environment variable) or file:PATH.
#
# [connections.shop]
# connector = "woocommerce"
# url = "https://shop.example"
# key = "env:SHOP_KEY"
# secret = "env:SHOP_SECRET"
#
# [connections.erp]
# connector = "tryton"
# url = "http://127.0.0.1:8000"
# database = "tryton"
# user = "hub"
# password = "env:ERP_PASSWORD"

# A route says which records go where. `only` and `except` choose among them, `since` leaves the old ones out.
#
# [[routes]]
# entity = "order"
# source = "shop"
# target = "erp"
# only = [ { field = "status", in = ["open", "completed"] } ]
# since = 2026-01-01T00:00:00Z
#
# Stock leaves as what may be sold: what the source has, less the sales that it has not posted yet, less a buffer.
#
# [[routes]]
# entity = "inventory"
# source = "erp"
# target = "shop"
# buffer = 1
#
# A run that would move too much at once waits for a person. These are the caps that hold where you say nothing:
# caps = { prices = 5, price_move = 20, archived = 5, emptied = 30, least = 10 }

# Where `hub serve` listens for webhooks, and how the shops reach it: it then subscribes by itself.
#
# [serve]
# listen = "127.0.0.1:8480"
# public_url = "https://hub.example.com"

# When `hub serve` syncs what.
#
# [[schedules]]
# connection = "shop"
# every = "5m"
"""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to start.", show_default=False)] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make hub.toml and the database, or bring an older database up to date."""
    path = folder / FILE
    is_new = not path.exists()
    if is_new:
        _write(path)
    one = Opened(load_config(path), World())
    before, after = make_database(one)
    made_key = make_key(one, folder)
    one.any_database.close()
    if as_json:
        facts = {"config": str(path), "created": is_new, "key_created": made_key}
        print_json({**facts, "schema_before": before, "schema": after})
        return
    typer.echo(f"{path} {'made' if is_new else 'is there already and stays as it is'}.")
    if made_key:
        typer.echo(f"{folder / KEY_FILE} made: it encrypts the hub's own secrets. Keep it out of version control.")
    database = one.any_database.engine.url.database
    typer.echo(f"{database} {_database_words(before, after)}.")
    typer.echo(f"Next: describe your systems in {path}, then run `hub apply`.")


def make_database(one: Opened) -> tuple[str | None, str | None]:
    """Create the database or bring it up to date; tells its schema before and after."""
    from hub.store import schema

    database = one.any_database
    place = Path(database.engine.url.database or "")
    before = schema.version(database) if place.exists() else None
    schema.migrate(database)
    return before, schema.version(database)


def make_key(one: Opened, folder: Path) -> bool:
    """Make the key that the hub's own secrets are encrypted with, unless there is one; tell whether it was made.

    ConfigError where the database holds secrets already that no key here opens: a new one would not, either.
    """
    from hub.store.keyring import VARIABLE, make_key_file
    from hub.store.secrets import prove

    with one.any_database.read() as tx:
        prove(tx)
    if os.environ.get(VARIABLE):
        return False
    try:
        return make_key_file(folder)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(f"{folder / KEY_FILE} cannot be written: {reason}") from None


def _write(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEMPLATE, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(f"{path} cannot be written: {reason}", hint="Choose a folder that is yours.") from None


def _database_words(before: str | None, after: str | None) -> str:
    if before is None:
        return "made"
    return "is up to date" if before == after else f"brought from schema {before} to {after}"
