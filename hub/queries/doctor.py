"""What may be wrong with the hub itself: its database, its plugins, its set-up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from hub.clock import utc_parse
from hub.config import is_reference, resolve_secret
from hub.errors import HubError
from hub.plugins import Plugins
from hub.queries.schedule import unscheduled
from hub.store import checkpoints, overview, secrets, settings
from hub.store.database import Database
from hub.store.leases import holder_is_dead

LITTLE_SPACE = 500_000_000
LARGE_SKEW = 120


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what to do where it is not well."""

    name: str
    verdict: Verdict
    message: str
    hint: str = ""


def check_database(database: Database) -> Iterator[Check]:
    """Look at the database file: sound, writable, and with room to grow."""
    place = Path(database.engine.url.database or "")
    try:
        with database.write() as tx:
            said = overview.soundness(tx)
    except HubError as error:
        yield Check("database", Verdict.FAILED, error.message, error.hint)
        return
    if said != "ok":
        yield Check(
            "database",
            Verdict.FAILED,
            f"{place} is damaged: {said}",
            "Stop the hub, restore it from a backup, then run `hub restored`.",
        )
        return
    size = place.stat().st_size
    yield Check("database", Verdict.OK, f"{place} is sound and can be written ({size / 1e6:,.1f} MB)")
    free = shutil.disk_usage(place.parent).free
    roomy = free > max(LITTLE_SPACE, 2 * size)
    hint = "" if roomy else "Free some space before the disk is full."
    yield Check("disk", Verdict.OK if roomy else Verdict.WARNING, f"{free / 1e9:,.1f} GB free for it", hint)


def check_key(database: Database) -> Iterator[Check]:
    """Look whether the hub's key still opens what it keeps secret."""
    try:
        with database.read() as tx:
            count = secrets.prove(tx)
    except HubError as error:
        yield Check("key", Verdict.FAILED, error.message, error.hint)
        return
    if count:
        yield Check("key", Verdict.OK, f"it opens all that the hub keeps secret ({count:,})")


def check_plugins(plugins: Plugins) -> Iterator[Check]:
    """Look at the installed connectors."""
    names = ", ".join(plugins.connectors)
    if names:
        yield Check("connectors", Verdict.OK, f"{len(plugins.connectors)} can be used: {names}")
    else:
        yield Check("connectors", Verdict.FAILED, "no connector is installed", "Install a package that brings one.")
    for broken in plugins.broken:
        hint = f"Mend or remove the package {broken.distribution or broken.name}."
        yield Check("connectors", Verdict.FAILED, f"broken: {broken.name}, {broken.reason}", hint)
    for name in plugins.blocked:
        yield Check("connectors", Verdict.WARNING, f"switched off by HUB_BLOCKED_PLUGINS: {name}")


def check_setup(database: Database, plugins: Plugins, folder: Path) -> Iterator[Check]:
    """Look at what is configured: secrets that can be read, routes, schedules."""
    with database.read() as tx:
        connections, routes, unread = settings.connections(tx), settings.routes(tx), unscheduled(tx, plugins)
    for row in connections:
        yield from _check_secrets(row.name, row.settings, folder)
    if connections and not routes:
        hint = "Add [[routes]] to hub.toml and run `hub apply`."
        yield Check("routes", Verdict.WARNING, "no route: records are read and go nowhere", hint)
    for name in unread:
        hint = "Add [[schedules]] to hub.toml, or run `hub sync` from elsewhere."
        yield Check("schedules", Verdict.WARNING, f"none reads {name}: `hub serve` only writes there", hint)


def _check_secrets(name: str, values: Mapping[str, Any], folder: Path) -> Iterator[Check]:
    for key, reference in values.items():
        if not is_reference(reference):
            continue
        try:
            resolve_secret(reference, folder=folder)
        except HubError as error:
            yield Check(name, Verdict.FAILED, f"{key}: {error.message}", error.hint)
            continue
        path = folder / reference.removeprefix("file:")
        if reference.startswith("file:") and path.stat().st_mode & 0o044:
            yield Check(name, Verdict.WARNING, f"everybody here can read {path}", f"Run `chmod 600 {path}`.")


def check_work(database: Database, now: datetime) -> Iterator[Check]:
    """Look at work that got stuck, and at clocks that disagree."""
    with database.read() as tx:
        leases, marks = overview.held_leases(tx), checkpoints.every(tx)
    for name, holder, expires_at in leases:
        said = name.removeprefix("connection:")
        if holder_is_dead(holder):
            yield Check("work", Verdict.WARNING, f"the process that worked on {said} died; the next run takes over")
        elif utc_parse(expires_at) > now:
            yield Check("work", Verdict.OK, f"process {holder.split(':')[1]} is working on {said}")
    for (connection, stream, _), mark in marks.items():
        if abs(mark.skew) > LARGE_SKEW:
            ahead = f"{abs(mark.skew)} s {'ahead of' if mark.skew > 0 else 'behind'} ours"
            hint = "The hub allows for it; still, let one of the two follow a time server."
            yield Check("clock", Verdict.WARNING, f"the clock of {connection} ({stream}) is {ahead}", hint)
