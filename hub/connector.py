"""The author's types: what a connector declares, receives and yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, Protocol, runtime_checkable

import httpx
from pydantic import BaseModel

from hub.access import Install, Token
from hub.document import Document
from hub.errors import RecordError
from hub.webhook import Subscription, Webhooks

API_VERSION = 1
UNDONE = "undone"
"""For `hub.retry`: repeat what was certainly not done, and nothing whose answer was lost, since people may have changed
it by then."""


class Entity(StrEnum):
    """The canonical kinds of record."""

    CUSTOMER = "customer"
    PRODUCT = "product"
    INVENTORY = "inventory"
    ORDER = "order"
    REFUND = "refund"
    RETURN = "return"
    SHIPMENT = "shipment"
    CHECKOUT = "checkout"


class Lane(StrEnum):
    """Why a window is read; each lane of a stream has a checkpoint of its own."""

    LIVE = "live"
    BACKFILL = "backfill"
    SWEEP = "sweep"


class Cursor(StrEnum):
    """How a stream tells what changed."""

    MODIFIED = "modified"
    """It can be asked for what was modified between two times."""
    NONE = "none"
    """It can only be read whole; what did not change is recognized by its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of record that a connector exchanges.

    `after` names streams of the same connector that its records refer to: they are pulled and pushed first.
    `batch` is the most writes one call of `upsert` gets. `keyed` says that the remote itself honors `Write.key`,
    so that a repeated create is safe. `blind_to` names canonical fields that neither the cursor nor a webhook shows;
    the hub reads the stream whole every `reread` seconds for them.
    """

    name: str
    entity: Entity
    reads: bool = True
    writes: bool = False
    tracks: bool = False
    cursor: Cursor = Cursor.MODIFIED
    after: Sequence[str] = ()
    batch: int = 1
    keyed: bool = False
    blind_to: Sequence[str] = ()
    reread: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What to read: everything modified in [since, until), from `resume` on.

    `since` None: from the beginning. `until` None: to the end. `resume` is what the last committed page carried.
    Reading more than the window asks for is harmless, reading less is a loss.
    """

    since: datetime | None = None
    until: datetime | None = None
    resume: Any = None
    lane: Lane = Lane.LIVE


@dataclass(frozen=True, slots=True)
class Page:
    """Documents, and the point from which reading goes on once they are stored.

    Where the remote's answer is nothing but a list of them, `Unread.cut` gives them without reading them all at once.
    `resume` is any JSON value; None says that the window is exhausted. Everything at or before it has been yielded.
    `expected` is how many documents the whole window has, where the remote tells.
    `remote_time` is the remote's clock at the answer, where it tells.
    """

    documents: Sequence[Document]
    resume: Any = None
    expected: int | None = None
    remote_time: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One record to create or to change in the remote.

    `document` is a patch in the remote's shape. `external_id` None: create it. `key` is the same for every attempt
    of this write. `record_id` is our reference: put it where `find` can see it. `base` is the last document seen.
    """

    record_id: str
    key: str
    external_id: str | None
    document: Document
    base: Document | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """The remote took the write; `document` is the record as it stands there now, None where the answer has none."""

    write: Write
    external_id: str
    version: str | None = None
    document: Document | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """The remote refused this write and no other."""

    write: Write
    error: RecordError


@dataclass(frozen=True, slots=True)
class Limit:
    """The pace a remote allows: requests a second, and how many at once after a rest.

    `patience` is for remotes that set no limit and may be small: an answer that takes longer than so many seconds says
    that the remote is busy, and it is then left in peace for as long as it took beyond them. None: it needs no rest.
    """

    per_second: float = 5.0
    burst: int = 10
    patience: float | None = None


class Connector(Protocol):
    """What every connector can do; the rest are capabilities below."""

    def check(self) -> None:
        """Prove that the settings work, or raise what is wrong."""


@runtime_checkable
class Cautions(Protocol):
    """Can say what limits a connection that works: a history that ends, a version near its end."""

    def cautions(self) -> Iterator[str]: ...


@runtime_checkable
class Reads(Protocol):
    """Can page through a window of a stream."""

    def read(self, stream: str, window: Window) -> Iterator[Page]: ...


@runtime_checkable
class Fetches(Protocol):
    """Can read single records by id; an id that is gone is left out."""

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]: ...


@runtime_checkable
class Upserts(Protocol):
    """Can write; one outcome for each write, in order."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]: ...


@runtime_checkable
class Finds(Protocol):
    """Can tell whether a write has arrived, by our reference: its external id, or None."""

    def find(self, stream: str, write: Write) -> str | None: ...


@runtime_checkable
class Searches(Protocol):
    """Can look records up as a person would: by number, e-mail or SKU."""

    def search(self, stream: str, text: str) -> Iterator[Document]: ...


@runtime_checkable
class Tracks(Protocol):
    """Can ask a carrier where parcels are: documents of the tracking stream, one a known number."""

    def track(self, stream: str, numbers: Sequence[str]) -> Iterator[Document]: ...


@runtime_checkable
class Subscribes(Protocol):
    """Can have itself called: keeps subscriptions in the remote."""

    def subscriptions(self) -> Iterator[Subscription]: ...

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription: ...

    def unsubscribe(self, subscription: Subscription) -> None: ...


@runtime_checkable
class Renews(Protocol):
    """Is let in with tokens that expire. The hub keeps them: one renewal at a time, stored before it is used."""

    def use(self, token: Token) -> None:
        """Sign requests with this token from now on."""

    def renew(self, token: Token | None) -> Token:
        """Ask the remote for the next token; None: the first one, from the settings."""


class Factory(Protocol):
    """A connector's class: it is called with its settings and the hub's HTTP client."""

    def __call__(self, settings: Any, http: httpx.Client, /) -> Connector: ...


class Decode(Protocol):
    """Turn a remote value into the canonical one; `tables` are the connection's value tables."""

    def __call__(self, value: Any, tables: Mapping[str, Mapping[str, str]], /) -> Any: ...


class Encode(Protocol):
    """Turn a canonical value into the remote one; `base` is what the remote holds there now, None if nothing."""

    def __call__(self, value: Any, tables: Mapping[str, Mapping[str, str]], base: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Codec:
    """A named pair of functions for what a mapping file cannot say.

    Values are canonical JSON, money and times as text. `loses` says what decoding drops, for `hub mapping check`. Raise
    `version` when it begins to decode differently: every document is then decoded again.
    """

    name: str
    decode: Decode | None = None
    encode: Encode | None = None
    loses: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notice ready to be sent: to whom, from whom, and what it says. `id` is stable over every attempt."""

    id: str
    recipient: str
    sender: str
    subject: str
    text: str
    html: str = ""
    language: str = "en"


class Delivery(StrEnum):
    """What a channel knows after it tried to send."""

    SENT = "sent"
    REFUSED = "refused"
    """Refused for good: never again."""
    FAILED = "failed"
    """Certainly not sent; may be tried again."""
    UNKNOWN = "unknown"
    """May have been sent; never sent again by itself."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a message: how it ended, and what the other side said."""

    delivery: Delivery
    detail: str = ""


class Channel(Protocol):
    """A way to reach a person."""

    @property
    def name(self) -> str:
        """The name that notices and configuration use."""

    def send(self, message: Message) -> Attempt:
        """Try once; never raises for what the other side says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSpec:
    """Everything the hub needs to know of a connector.

    `connector` is called with (settings, http client); with `http=False` it is called with (settings).
    `mappings` is a folder with one file a stream. `webhooks` says how the remote calls us, where it can. `install` says
    how a person lets us in with a browser, where the remote wants that. `record_url` shows a record to a person in the
    remote's own pages: `{stream}`, `{id}` and any setting by name are filled in.
    `sunset` is the day on which the remote switches off the version of its interface that the connector speaks, where
    that is known: the operator is told 60 days before.
    """

    name: str
    title: str
    connector: Any
    settings: type[BaseModel]
    streams: Sequence[Stream]
    mappings: Traversable
    api: int = API_VERSION
    codecs: Sequence[Codec] = ()
    http: bool = True
    limit: Limit = field(default_factory=Limit)
    record_url: Mapping[str, str] = field(default_factory=dict)
    webhooks: Webhooks | None = None
    install: Install | None = None
    sunset: date | None = None

    def stream(self, name: str) -> Stream:
        """Find one of the streams by name; KeyError when there is none."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(f"{self.name} has no stream {name!r}; it has {', '.join(s.name for s in self.streams)}")
