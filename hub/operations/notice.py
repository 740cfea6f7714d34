"""Notices: sends what is due, holds them back, and releases what is held."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import cast

from hub.connector import Channel
from hub.errors import ConfigError
from hub.notify.channels.email import open_email
from hub.notify.dispatch import send_due
from hub.notify.news import Outlet
from hub.notify.release import release_held
from hub.notify.rules import read_rules
from hub.store import notices, settings
from hub.store.database import Database
from hub.store.settings import MerchantRow
from hub.sync.hub import Hub

ALL = 1_000_000
DUE = ("pending", "sending")


def send_notices(hub: Hub, *, stopping: Callable[[], bool] = lambda: False) -> Mapping[str, int]:
    """Send the notices that are due, and tell how many came to which state; nothing is opened when none is."""
    with hub.database.read() as tx:
        if not notices.in_state(tx, DUE, limit=1):
            return {}
        merchants = [merchant for merchant in settings.merchants(tx) if merchant.notices]
    outlets = {merchant.name: _outlet(hub, merchant) for merchant in merchants}
    return send_due(hub.database, outlets, holder=hub.holder, world=hub.world, stopping=stopping).counts


def _outlet(hub: Hub, merchant: MerchantRow) -> Outlet:
    told = merchant.notices or {}
    smtp, password = str(told.get("smtp", "")), told.get("password")
    email = open_email(smtp, password=password, folder=hub.folder, now=hub.world.now)
    channels = {**hub.plugins.channels, email.name: cast("Channel", email)}
    return Outlet(rules=read_rules(told), shop=merchant.title or merchant.name, channels=channels)


def release(database: Database, notice_ids: Collection[str], now: datetime) -> int:
    """Let held notices go out with the next sending; without ids all of them. Tells how many."""
    with database.write() as tx:
        _refuse_others(notice_ids, {notice.id for notice in notices.in_state(tx, ["held"], limit=ALL)}, "held")
        return release_held(tx, now=now, ids=set(notice_ids) or None)


def hold(database: Database, notice_ids: Collection[str], now: datetime) -> int:
    """Hold notices back that wait to be sent; without ids all of them. Tells how many."""
    with database.write() as tx:
        waiting = {notice.id for notice in notices.in_state(tx, ["pending"], limit=ALL)}
        _refuse_others(notice_ids, waiting, "waiting")
        chosen = sorted(notice_ids or waiting)
        for notice_id in chosen:
            notices.change(tx, notice_id, state="held", now=now, reason="held back by the operator")
    return len(chosen)


def _refuse_others(notice_ids: Collection[str], known: Collection[str], state: str) -> None:
    for notice_id in notice_ids:
        if notice_id not in known:
            raise ConfigError(f"there is no {state} notice {notice_id}", hint="List them with `hub notices list`.")
