"""The buyers' mailboxes, behind a mail server that sometimes fails."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.api import Attempt, Delivery, Message
from hub.testing.simulation.baton import Baton
from hub.testing.simulation.mischief import OF_MAIL, Mischief

OUTCOMES = {
    "mail_failed": (Delivery.FAILED, False),
    "mail_refused": (Delivery.REFUSED, False),
    "mail_kept": (Delivery.UNKNOWN, True),
    "mail_lost": (Delivery.UNKNOWN, False),
}
"""By fault: what the channel says, and whether the buyer has the mail."""


@dataclass(slots=True)
class Mailbox:
    """A channel for e-mail, and everything that arrived through it: (notice key, recipient), in order."""

    baton: Baton
    mischief: Mischief
    name: str = "email"
    mails: list[tuple[str, str]] = field(default_factory=list)

    def send(self, message: Message) -> Attempt:
        """Try once."""
        self.baton.seam("smtp before the dot")
        fault = self.mischief.take(OF_MAIL, "mail")
        delivery, arrives = OUTCOMES[fault.kind] if fault else (Delivery.SENT, True)
        if arrives:
            self.mails.append((message.id, message.recipient))
            self.baton.told(f"mail {message.id}")
        self.baton.seam("smtp after the dot")
        return Attempt(delivery, delivery.value)
