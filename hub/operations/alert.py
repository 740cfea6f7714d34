"""Tells the operators by mail what has changed: one mail a change, to each of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx

from hub.clock import utc_parse
from hub.connector import Channel, Delivery, Limit, Message
from hub.errors import HubError, LockedError
from hub.http import open_client
from hub.notify.channels.email import open_email
from hub.store import alerts, leases, settings
from hub.store.alerts import OK, Alert
from hub.store.settings import MerchantRow
from hub.sync.connection.backoff import back_off
from hub.sync.hub import Hub

SETTLING: Mapping[str, timedelta] = {"degraded": timedelta(minutes=5)}
"""So long something must last before the operators are told: what passes by itself needs nobody."""
DESK = "alerts"
"""The lease of who sends them: of two servers, one."""
DEAD_MAN_SECONDS = 10.0
log = logging.getLogger(__name__)
Open = Callable[[Mapping[str, Any]], Channel]


def send_alerts(hub: Hub, *, open_channel: Open | None = None) -> int:
    """Tell the operators what they do not know yet, unless another process is at it; tell how many alerts went out."""
    if not _waiting(hub):
        return 0
    try:
        lease = leases.acquire(hub.database, DESK, holder=hub.holder, now=hub.world.now(), is_dead=hub.is_dead)
    except LockedError:
        return 0
    try:
        open_one = open_channel or (lambda told: _email(hub, told))
        return sum(_tell(hub, one, row, open_one) for one, row in _waiting(hub))
    finally:
        leases.release(hub.database, lease)


def _waiting(hub: Hub) -> list[tuple[Alert, MerchantRow]]:
    """List the alerts that have lasted long enough, with the merchants that want to be told."""
    with hub.database.read() as tx:
        waiting = [one for one in alerts.untold(tx, hub.world.now()) if _has_settled(one, hub)]
        wanted = {row.name: row for row in settings.merchants(tx) if (row.alerts or {}).get("to")} if waiting else {}
    return [(one, wanted[one.merchant]) for one in waiting if one.merchant in wanted]


def _has_settled(one: Alert, hub: Hub) -> bool:
    return utc_parse(one.since) + SETTLING.get(one.condition, timedelta()) <= hub.world.now()


def _tell(hub: Hub, one: Alert, merchant: MerchantRow, open_channel: Open) -> int:
    """Send one alert to everybody who has not got it; whoever cannot be reached now is tried again later."""
    told = settings_of(merchant)
    reached, failed = set(one.reached), ""
    try:
        channel = open_channel(told)
        for recipient in told["to"]:
            if recipient not in reached:
                attempt = channel.send(_message(one, recipient, str(told["sender"])))
                if attempt.delivery is Delivery.FAILED:
                    failed = attempt.detail
                else:
                    reached.add(recipient)
    except HubError as error:
        failed = error.message
    now = hub.world.now()
    with hub.database.write() as tx:
        if not failed:
            alerts.tell(tx, one, now)
            return 1
        alerts.put_off(tx, one, reached, now + back_off(one.attempts + 1, hub.world))
    log.error("the alert about %s was not sent: %s", one.subject, failed)
    return 0


def settings_of(merchant: MerchantRow) -> dict[str, Any]:
    """Give a merchant's [alerts], with sender and mail server of its [notices] where it has none of its own."""
    own = {name: value for name, value in (merchant.alerts or {}).items() if value is not None}
    common = {name: (merchant.notices or {}).get(name) for name in ("sender", "smtp", "password")}
    if "smtp" in own:
        common["password"] = None  # it belongs to the other mail server
    return common | own


def _email(hub: Hub, told: Mapping[str, Any]) -> Channel:
    smtp, password = str(told.get("smtp") or ""), told.get("password")
    channel: Channel = open_email(smtp, password=password, folder=hub.folder, now=hub.world.now)
    return channel


def _message(one: Alert, recipient: str, sender: str) -> Message:
    sentence = f"{one.sentence[:1].upper()}{one.sentence[1:].rstrip('.')}."
    since = f"Since {utc_parse(one.since):%Y-%m-%d %H:%M} UTC."
    lines = [sentence, since] + ([f"What to do: {one.hint}"] if one.hint else []) + ["", "Everything else: hub status"]
    mark = "OK" if one.condition == OK else "ALERT"
    return Message(
        id=f"alert {one.merchant} {one.subject} {one.condition} {one.since} {recipient}",
        recipient=recipient,
        sender=sender,
        subject=f"[Entrepot] {mark}: {one.sentence.partition(': ')[0]}",
        text="\n".join(lines) + "\n",
    )


def call_dead_man(hub: Hub) -> None:
    """Tell whoever watches over us that we live; a call that fails is a line in the log and nothing else."""
    with hub.database.read() as tx:
        pages = {str((row.alerts or {}).get("dead_man") or "") for row in settings.merchants(tx)} - {""}
    for page in sorted(pages):
        base = str(httpx.URL(page).copy_with(raw_path=b"/"))
        with open_client(
            limit=Limit(),
            world=hub.world,
            base=base,
            connection="dead man",
            transport=hub.transport("dead man"),
            timeout=DEAD_MAN_SECONDS,
            attempts=1,
        ) as client:
            client.get(page)
