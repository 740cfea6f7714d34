"""A remote in memory that calls the hub: signed JSON, and subscriptions that can be lost."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from hub.api import AuthError, BadResponseError, Hook, RejectedError, Subscription, Touched, Webhooks
from hub.testing.memory import MemoryConnector, MemoryRemote

SIGNATURE = "x-signature"


def signed(secret: str, *touched: Touched, **more: Any) -> Hook:
    """Make a call that says what was touched, signed with a secret; `more` makes its bytes different."""
    body = orjson.dumps({"touched": [asdict(one) for one in touched], **more})
    return Hook({SIGNATURE: _sign(secret, body)}, body)


def receive(hook: Hook, secrets: Sequence[str], /) -> Sequence[Touched]:
    """Verify such a call and say what it touched."""
    signature = hook.headers.get(SIGNATURE, "").encode()
    fits = [hmac.compare_digest(_sign(secret, hook.body).encode(), signature) for secret in secrets]
    if not any(fits):
        raise AuthError("the signature does not fit")
    try:
        return [Touched(**one) for one in orjson.loads(hook.body)["touched"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BadResponseError("the body cannot be read") from None


def _sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


CALLS = Webhooks(receive=receive, topics=("orders", "customers"))


@dataclass(slots=True)
class Exchange:
    """The subscriptions that a remote keeps, with the secrets that it would sign with, by external id.

    `strict`: it takes one a topic and address only, and counts those that it has given up on.
    """

    kept: dict[str, Subscription] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    serial: int = 0
    strict: bool = False

    def disable(self, topic: str) -> None:
        """Give up on a subscription, as remotes do when calls fail."""
        for external_id, one in self.kept.items():
            if one.topic == topic:
                self.kept[external_id] = replace(one, active=False)

    def drop(self, topic: str) -> None:
        """Lose the subscriptions to a topic."""
        for external_id in [one.external_id for one in self.kept.values() if one.topic == topic]:
            del self.kept[external_id]

    def topics(self) -> list[str]:
        """List the topics that are delivered."""
        return sorted(one.topic for one in self.kept.values() if one.active)


class CallingConnector(MemoryConnector):
    """A connector to a remote in memory that can have itself called."""

    def __init__(self, remote: MemoryRemote, exchange: Exchange) -> None:
        super().__init__(remote)
        self._exchange = exchange

    def subscriptions(self) -> Iterator[Subscription]:
        """List what the remote keeps."""
        yield from list(self._exchange.kept.values())

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        """Have a topic delivered to an address."""
        if self._exchange.strict and (topic, address) in {
            (one.topic, one.address) for one in self._exchange.kept.values()
        }:
            raise RejectedError("this address is subscribed already")
        self._exchange.serial += 1
        made = Subscription(str(self._exchange.serial), topic, address)
        self._exchange.kept[made.external_id], self._exchange.secrets[made.external_id] = made, secret
        return made

    def unsubscribe(self, subscription: Subscription) -> None:
        """Take a subscription back; one that is gone is no error."""
        self._exchange.kept.pop(subscription.external_id, None)
