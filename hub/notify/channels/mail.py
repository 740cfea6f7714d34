"""Builds the e-mail of a notice: plain text and HTML, all of it in seven bits, every header on one safe line."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from hashlib import sha256

from hub.connector import Message
from hub.notify.address import Mailbox
from hub.notify.name import one_line

LONGEST_SUBJECT = 180


def message_id(key: str, domain: str) -> str:
    """Give the Message-ID of a notice: the same for every attempt, so that a mailbox can tell a repetition."""
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def build_mail(message: Message, *, sender: Mailbox, recipient: Mailbox, now: datetime) -> bytes:
    """Write a message as RFC 5322 wants it; only an address that is not ASCII makes headers UTF-8 (RFC 6532)."""
    policy = SMTP if sender.is_ascii and recipient.is_ascii else SMTPUTF8
    mail = EmailMessage(policy=policy.clone(cte_type="7bit"))
    mail["From"] = _header_address(sender)
    mail["To"] = _header_address(recipient)
    mail["Subject"] = _unspoofed(message.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message.id, sender.domain)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies, please
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = one_line(message.language, 20)  # last: setting the content drops such headers
    return mail.as_bytes()


def _header_address(box: Mailbox) -> Address:
    return Address(display_name=box.name, username=box.local, domain=box.domain)


def _unspoofed(subject: str) -> str:
    """Keep a subject on one line; the isolates that protect its direction stay."""
    line = " ".join("".join(c if c.isprintable() or c in "\u2068\u2069" else " " for c in subject).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"
