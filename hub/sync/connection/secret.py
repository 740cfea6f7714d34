"""The secrets that a connection's webhooks are signed with: made by the hub, or the remote's own from the settings."""

from __future__ import annotations

from datetime import timedelta

from pydantic import SecretStr

from hub.connector import ConnectorSpec
from hub.errors import ConfigError
from hub.store import secrets
from hub.store.keyring import new_secret
from hub.store.secrets import SecretRow
from hub.store.settings import ConnectionRow
from hub.sync.connection.session import read_settings
from hub.sync.hub import Hub

SECRET = "webhook"
OVERLAP = timedelta(minutes=10)
"""How long the former secret is good beside the new one."""


def current_secret(hub: Hub, row: ConnectionRow, spec: ConnectorSpec) -> SecretRow:
    """Give the newest webhook secret of a connection: the one in its settings, else ours; the first is made here."""
    held, now = _held_secret(hub, row, spec), hub.world.now()
    with hub.database.read() as tx:
        known = secrets.valid(tx, row.name, SECRET, now)
    if known and held in (None, known[0].text):
        return known[0]
    with hub.database.write() as tx:
        known = secrets.valid(tx, row.name, SECRET, now)
        if not known or held not in (None, known[0].text):
            number = secrets.add(tx, row.name, SECRET, held or new_secret(), now)
            secrets.retire(tx, row.name, SECRET, number, now + OVERLAP)
        return secrets.valid(tx, row.name, SECRET, now)[0]


def _held_secret(hub: Hub, row: ConnectionRow, spec: ConnectorSpec) -> str | None:
    if spec.webhooks is None or not spec.webhooks.secret:
        return None
    value = getattr(read_settings(hub, row, spec), spec.webhooks.secret)
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text:
        raise ConfigError(
            f"Nobody knows what {spec.title} signs its webhooks with.",
            hint=f"Put it into {spec.webhooks.secret} of [connections.{row.name}].",
        )
    return str(text)
