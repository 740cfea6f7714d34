"""What every connector must do whose remote calls the hub."""

from __future__ import annotations

from collections.abc import Sequence

from hub.api import AuthError, Hook
from hub.testing.subject import Subject

SECRETS = ("a-former-secret", "a-new-secret")
ADDRESS = "https://hub.example.test/webhooks/shop"
SIGNATURES = ("", "0", "0" * 64, "AAAA", "é")


class CallingChecks(Subject):
    """Nobody is let in without a signature, and what is subscribed to can be seen and taken back."""

    def test_a_call_without_a_good_signature_is_refused(self) -> None:
        for headers in self._forged():
            for secrets in (SECRETS, ()):
                assert self._refuses(Hook(headers, b'{"id": 1}'), secrets), f"it takes {headers} for signed"

    def test_subscriptions_can_be_seen_and_taken_back(self) -> None:
        if self.spec.webhooks is None or not hasattr(self.spec.connector, "subscribe"):
            return
        with self.connected() as hub:
            for topic in self.spec.webhooks.topics:
                made = hub.connector.subscribe(topic, ADDRESS, SECRETS[1])
                assert (made.topic, made.address, made.active) == (topic, ADDRESS, True)
                assert made in list(hub.connector.subscriptions()), f"{topic} is not listed as it was made"
                hub.connector.unsubscribe(made)
                assert made.external_id not in {one.external_id for one in hub.connector.subscriptions()}

    def _forged(self) -> list[dict[str, str]]:
        """Put nonsense where a signature may stand, under whatever name."""
        if self.spec.webhooks is None:
            return []
        named = [{name: text} for name in self.signature_headers for text in SIGNATURES]
        return [{}, *named]

    def _refuses(self, hook: Hook, secrets: Sequence[str]) -> bool:
        assert self.spec.webhooks is not None
        try:
            self.spec.webhooks.receive(hook, secrets)
        except AuthError:
            return True
        return False
