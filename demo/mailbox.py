"""A real SMTP server that keeps what it is given, as files that a mail program opens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """The mails that arrived, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mails: list[EmailMessage] = []
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take one mail (the name is aiosmtpd's)."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(content, policy=default)
        self.mails.append(mail)
        (self.folder / f"{len(self.mails):04d}.eml").write_bytes(content)
        return "250 OK"


def free_port() -> int:
    """Find a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_mailbox(folder: Path) -> Iterator[tuple[Mailbox, str]]:
    """Start the server on a free port; give the mailbox and its smtp:// address."""
    mailbox = Mailbox(folder)
    port = free_port()  # the controller cannot take a free one by itself
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
