"""Reads the schedules of hub.toml."""

from __future__ import annotations

from datetime import timedelta

from hub.config.declaration import Does, Schedule
from hub.config.suggestion import did_you_mean
from hub.config.table import Table

SHORTEST = timedelta(seconds=1)


def read_schedule(table: Table) -> Schedule:
    """Read one of [[schedules]]."""
    schedule = Schedule(
        connection=table.needed("connection", "shop"),
        streams=table.texts("streams") or (),
        every=_every(table),
        cron=_cron(table),
        zone=_zone(table),
        does=table.choice("does", Does, Does.SYNC),
    )
    if ("every" in table.values) == ("cron" in table.values):
        table.wrong(None, "needs either every or cron", 'for example every = "5m"')
    elif "every" in table.values and "zone" in table.values:
        table.wrong("zone", "says nothing beside every", "it belongs to cron")
    elif schedule.does is Does.RECONCILE and "cron" not in table.values:
        table.wrong(None, "reconciles a day, so it needs cron", 'for example cron = "0 4 * * *"')
    table.close()
    return schedule


def _every(table: Table) -> timedelta | None:
    every = table.duration("every", "5m")
    if every is not None and every < SHORTEST:
        table.wrong("every", "is too short", "at least 1s")
    return every


def _cron(table: Table) -> str | None:
    text = table.text("cron") or None
    if text:
        from hub.config.cron import cron_mistake  # few files have one

        mistake = cron_mistake(text)
        if mistake:
            table.wrong("cron", mistake)
    return text


def _zone(table: Table) -> str:
    name = table.text("zone", "UTC")
    if name != "UTC":
        from zoneinfo import ZoneInfo, available_timezones  # few files have one

        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            hint = did_you_mean(name, available_timezones()) or 'write it like "Europe/Berlin"'
            table.wrong("zone", f'cannot be "{name}"', hint)
    return name
