"""Sends notices by SMTP and tells exactly what is known afterwards: sent, refused, certainly not sent, or unknown.

The conversation is led step by step, because everything turns on one moment: until the dot that ends the mail is on
its way nothing was sent, and after it only the server's answer tells.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from hub.clock import utc_now
from hub.config import MailServer, parse_mail_server, resolve_secret
from hub.connector import Attempt, Delivery, Message
from hub.errors import ConfigError
from hub.log import redact
from hub.notify.address import Mailbox, mailbox, named_mailbox
from hub.notify.channels.mail import build_mail

OPEN_SECONDS = 30.0
ANSWER_SECONDS = 300.0  # RFC 5321, 4.5.3.2.6: a server may think long about the final dot
LONGEST_DETAIL = 300
GO_AHEAD = 354
EXAMPLE = "smtp://user:env:NAME@host:587"
SETUP_CODES = frozenset({530, 534, 535, 538})  # RFC 4954: about our login, not about this mail


class _StoppedError(Exception):
    """The conversation is over before the final dot."""

    def __init__(self, delivery: Delivery, detail: str) -> None:
        super().__init__(detail)
        self.attempt = Attempt(delivery, _plain(detail))


def open_email(smtp: str, *, password: str | None = None, folder: Path, now: Callable[[], datetime]) -> EmailChannel:
    """Open the channel to the mail server at smtp(s)://user:env:NAME@host:port; secrets are read here.

    `password` is a reference that may stand beside the address instead of in it; `folder` is where hub.toml lies.
    """
    server = parse_mail_server(smtp)
    if server is None:
        raise ConfigError("the notices' smtp is not the address of a mail server", hint=f'Write it like "{EXAMPLE}".')
    reference = password or server.password
    return EmailChannel(
        server=server, password=resolve_secret(reference, folder=folder) if reference else None, now=now
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChannel:
    """A channel to people's mailboxes through one mail server. `password` is the secret itself, not its reference.

    A login is sent only over TLS, or to this very machine. `tls` is the trust to use; by default the system's.
    """

    server: MailServer
    password: str | None = field(default=None, repr=False)
    name: str = "email"
    tls: ssl.SSLContext | None = None
    now: Callable[[], datetime] = utc_now
    open_seconds: float = OPEN_SECONDS
    answer_seconds: float = ANSWER_SECONDS

    def send(self, message: Message) -> Attempt:
        """Try once; never raises for what the other side says."""
        sender, recipient = named_mailbox(message.sender), mailbox(message.recipient)
        if sender is None:
            return Attempt(Delivery.FAILED, "the sender's e-mail address is not one")
        if recipient is None:
            return Attempt(Delivery.REFUSED, "the recipient's e-mail address is not one")
        mail = build_mail(message, sender=sender, recipient=recipient, now=self.now())
        try:
            with self._conversation(sender) as smtp:
                self._propose(smtp, sender, recipient, len(mail))
                return self._hand_over(smtp, mail)
        except _StoppedError as stop:
            return stop.attempt

    @contextmanager
    def _conversation(self, sender: Mailbox) -> Iterator[smtplib.SMTP]:
        """Connect, secure and log in; say goodbye at the end, whatever happened."""
        with _before_the_dot("connecting"):
            smtp = self._connect(sender.domain)
            _send_at_once(smtp)
        try:
            with _before_the_dot("greeting"):
                self._secure(smtp)
                self._log_in(smtp)
            yield smtp
        finally:
            _say_goodbye(smtp)

    def _connect(self, hello: str) -> smtplib.SMTP:
        host, port = self.server.host, self.server.port
        if self.server.secure:
            return smtplib.SMTP_SSL(host, port, hello, timeout=self.open_seconds, context=self._trust())
        return smtplib.SMTP(host, port, hello, timeout=self.open_seconds)

    def _secure(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.server.secure:
            return
        if smtp.has_extn("starttls"):
            code, answer = smtp.starttls(context=self._trust())
            if code != 220:
                raise _StoppedError(Delivery.FAILED, f"STARTTLS: {code} {_text(answer)}")
            smtp.ehlo_or_helo_if_needed()
        elif self.server.user and not _is_this_machine(self.server.host):
            raise _StoppedError(Delivery.FAILED, "the server offers no TLS; a password is not sent in the clear")

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if not self.server.user:
            return
        try:
            smtp.login(self.server.user, self.password or "")
        except smtplib.SMTPAuthenticationError as error:
            answer = _text(error.smtp_error)
            raise _StoppedError(Delivery.FAILED, f"login refused: {error.smtp_code} {answer}") from None

    def _propose(self, smtp: smtplib.SMTP, sender: Mailbox, recipient: Mailbox, size: int) -> None:
        """Name the sender and the recipient, and ask to send the mail."""
        options = [f"size={size}"] if smtp.has_extn("size") else []
        if not (sender.is_ascii and recipient.is_ascii):
            if not smtp.has_extn("smtputf8"):
                raise _StoppedError(Delivery.REFUSED, "the server cannot carry such an address (no SMTPUTF8)")
            options += ["SMTPUTF8", "BODY=8BITMIME"]  # smtplib speaks UTF-8 once it sees the first
        with _before_the_dot("proposing"):
            _expect("MAIL", smtp.mail(sender.address, options))
            _expect("RCPT", smtp.rcpt(recipient.address))
            _expect("DATA", smtp.docmd("DATA"), want=GO_AHEAD)

    def _hand_over(self, smtp: smtplib.SMTP, mail: bytes) -> Attempt:
        """Send the mail, then the dot that makes the server answer for it."""
        with _before_the_dot("sending"):
            smtp.send(_dotted(mail))
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self.answer_seconds)
            smtp.send(b".\r\n")
            code, answer = smtp.getreply()
        except OSError as error:
            return Attempt(Delivery.UNKNOWN, _plain(f"no answer after the mail was handed over: {_reason(error)}"))
        return Attempt(_judged(code), _plain(f"{code} {_text(answer)}"))

    def _trust(self) -> ssl.SSLContext:
        return self.tls or ssl.create_default_context()


@contextmanager
def _before_the_dot(step: str) -> Iterator[None]:
    """Whatever breaks in here, the mail was certainly not sent. (smtplib's errors are OSErrors, too.)"""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _StoppedError(Delivery.FAILED, f"{step}: {error.smtp_code} {_text(error.smtp_error)}") from None
    except OSError as error:
        raise _StoppedError(Delivery.FAILED, f"{step}: {_reason(error)}") from None


def _expect(step: str, answer: tuple[int, bytes], *, want: int = 250) -> None:
    code, said = answer
    if code == want or (want == 250 and code == 251):
        return
    for_good = 500 <= code < 600 and code not in SETUP_CODES
    raise _StoppedError(Delivery.REFUSED if for_good else Delivery.FAILED, f"{step}: {code} {_text(said)}")


def _judged(code: int) -> Delivery:
    """Read the answer to the final dot."""
    if 200 <= code < 300:
        return Delivery.SENT
    if 400 <= code < 500:
        return Delivery.FAILED
    return Delivery.REFUSED if 500 <= code < 600 else Delivery.UNKNOWN


def _send_at_once(smtp: smtplib.SMTP) -> None:
    """Let the dot follow the mail at once: else it waits until the server has acknowledged the mail, for 40 ms."""
    if smtp.sock is not None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _dotted(mail: bytes) -> bytes:
    """Write the mail for DATA: CRLF at the end, and a second dot before a line that begins with one."""
    body = mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    return body.replace(b"\r\n.", b"\r\n..")


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    """Close politely if the server still listens; the outcome is known by now and cannot change."""
    try:
        if smtp.sock is not None:
            smtp.sock.settimeout(2.0)
            smtp.quit()
    except OSError:
        pass
    finally:
        smtp.close()


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return error.strerror or str(error) or type(error).__name__


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _plain(detail: str) -> str:
    """Keep what the server said on one line, without addresses: it is stored where an erasure does not look."""
    return redact(" ".join(detail.split()))[:LONGEST_DETAIL]
