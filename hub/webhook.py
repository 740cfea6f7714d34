"""The author's types for how a remote calls us: webhooks, what they say, and the subscriptions to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it came: header names in lower case, and the raw bytes that were signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Touched:
    """What a webhook says: a record was created, changed or deleted. What it is now, the hub asks for by id.

    `topic` is the remote's word for what happened. `event` is the remote's id of the event where it has a sound one,
    else empty; `version` is the remote's version text where the hook carries one.
    """

    stream: str
    external_id: str
    topic: str
    event: str = ""
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a webhook demands of a person, such as to erase somebody: it becomes a problem, which waits for them.

    `subject` tells it from others, so that the same demand makes one problem however often it comes. `message` and
    `hint` say what is demanded and what to do by when; they hold ids, and no personal data.
    """

    subject: str
    message: str
    hint: str


class Receive(Protocol):
    """Verify a webhook's bytes with one of the secrets that are valid now, in constant time, and say what it touched.

    Raises AuthError when no secret fits, BadResponseError when the bytes cannot be read. Nothing: a greeting.
    """

    def __call__(self, hook: Hook, secrets: Sequence[str], /) -> Sequence[Touched | Demand]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """How a connector's remote calls the hub: the topics that are subscribed to, and how a call is read.

    `secret` names the setting with the secret that the remote signs with, where that is the remote's own (an app's);
    empty: the hub makes one for each connection and hands it to `subscribe`.
    """

    receive: Receive
    topics: Sequence[str]
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A remote's promise to call us. Not `active`: the remote has given up on it and delivers no more."""

    external_id: str
    topic: str
    address: str
    active: bool = True
