"""The webhooks that the store owes: signed, without order, and some of them twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
from random import Random
from typing import Any

import orjson

from hub.api import Document, Hook


class Hooks:
    """Collects what happened; `deliver` hands it out as Shopify would."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._waiting: list[tuple[str, bytes, str]] = []
        self._events = 0

    def told(self, topic: str, body: Document) -> None:
        """Remember something to tell."""
        self._events += 1
        self._waiting.append((topic, orjson.dumps(body), f"event-{self._events}"))

    def deliver(self, random: Random | None = None) -> list[Hook]:
        """Give everything that waits: shuffled, a third of it twice, where chance is given."""
        owed, self._waiting = self._waiting, []
        hooks = [self.signed(topic, body, event) for topic, body, event in owed]
        if random is not None:
            hooks += random.sample(hooks, len(hooks) // 3)
            random.shuffle(hooks)
        return hooks

    def signed(self, topic: str, body: bytes, event: str = "event-0", **more: Any) -> Hook:
        """Sign a body."""
        digest = hmac.digest(self.secret.encode(), body, hashlib.sha256)
        headers = {
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
            "x-shopify-shop-domain": "sandbox.myshopify.com",
            "x-shopify-event-id": event,
            "x-shopify-webhook-id": f"{event}-delivery",
            "x-shopify-api-version": "2026-10",
        }
        return Hook({**headers, **more}, body)
