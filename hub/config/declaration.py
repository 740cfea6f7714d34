"""What hub.toml declares, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from hub.config.cap import DEFAULT_CAPS, Caps
from hub.config.locator import Lines
from hub.config.retention import DEFAULT_RETENTION, Retention

DEFAULT_MERCHANT = "default"
DEFAULT_DATABASE = "sqlite:///hub.db"
DEFAULT_STATUSES = (
    "in_transit",
    "delayed",
    "out_for_delivery",
    "attempt_failed",
    "ready_for_pickup",
    "delivered",
    "return_to_sender",
    "lost",
    "cancelled",
)
DEFAULT_MAX_AGE = timedelta(hours=12)
DEFAULT_LATE = timedelta(minutes=30)
DEFAULT_SILENT = 20
DEFAULT_GROWING = 20
DEFAULT_FULL = 20


class Direction(StrEnum):
    """Whether a route carries changes from source to target only, or both ways."""

    ONE_WAY = "one-way"
    TWO_WAY = "two-way"


class Operator(StrEnum):
    """How a rule compares a field with its value."""

    IS = "is"
    NOT = "not"
    IN = "in"
    NOT_IN = "not_in"
    BEFORE = "before"
    AFTER = "after"
    EXISTS = "exists"


class Does(StrEnum):
    """What is done when a schedule is due."""

    SYNC = "sync"
    RECONCILE = "reconcile"


class CustomKind(StrEnum):
    """What a declared custom field may hold."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Merchant:
    """One business; matching, policy and routes never cross from one to another."""

    name: str
    title: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One configured account. `settings` are the connector's own; secrets in them are references."""

    name: str
    connector: str
    merchant: str = DEFAULT_MERCHANT
    settings: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on a canonical field. Values are canonical JSON: amounts and times as text."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which records of an entity go from which connection to which; `buffer` is stock that is never offered."""

    entity: str
    source: str
    target: str
    direction: Direction = Direction.ONE_WAY
    streams: Mapping[str, str] = field(default_factory=dict)
    only: tuple[Rule, ...] = ()
    except_: tuple[Rule, ...] = ()
    write: tuple[str, ...] | None = None
    skip: tuple[str, ...] = ()
    since: datetime | None = None
    caps: Caps = DEFAULT_CAPS
    buffer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a connection's streams are synced: `every` so often, or by `cron` in `zone`; no streams means all.

    Or when the day before, in that zone, is reconciled.
    """

    connection: str
    streams: tuple[str, ...] = ()
    every: timedelta | None = None
    cron: str | None = None
    zone: str = "UTC"
    does: Does = Does.SYNC


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """How buyers are told about their shipments; the first language is the fallback."""

    sender: str
    smtp: str
    password: str | None = None
    languages: tuple[str, ...] = ("en",)
    statuses: tuple[str, ...] = DEFAULT_STATUSES
    max_age: timedelta = DEFAULT_MAX_AGE


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the hub listens for HTTP."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """How `hub serve` is reached: where it listens, if at all, and under which URL the remotes find it."""

    listen: Listen | None = None
    public_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """How operators are told that something is wrong; the mail server is that of the notices unless it is named.

    `late` is how long a schedule may be overdue, `silent` how many orders must be missing, `growing` how many new
    problems an hour are too many, `full` how many percent of the disk must stay free. `dead_man` is a URL to call.
    """

    to: tuple[str, ...] = ()
    sender: str | None = None
    smtp: str | None = None
    password: str | None = None
    late: timedelta = DEFAULT_LATE
    silent: int = DEFAULT_SILENT
    growing: int = DEFAULT_GROWING
    full: int = DEFAULT_FULL
    dead_man: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole hub.toml. `lines` tells where each key path stands."""

    path: Path
    database: str = DEFAULT_DATABASE
    merchants: Mapping[str, Merchant] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    policies: Mapping[str, str] = field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()
    notices: Notices | None = None
    serve: Serve = Serve()
    alerts: Alerts | None = None
    retention: Retention = DEFAULT_RETENTION
    custom: Mapping[str, Mapping[str, CustomKind]] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines, compare=False, repr=False)

    @property
    def folder(self) -> Path:
        """The folder of the file, from which relative paths in it are read."""
        return self.path.absolute().parent

    @property
    def database_url(self) -> str:
        """The database URL with a relative SQLite path made absolute."""
        place = self.database.removeprefix("sqlite:///")
        return self.database if place == self.database else f"sqlite:///{self.folder / place}"
