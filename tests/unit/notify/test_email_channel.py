"""The e-mail channel knows after every kind of conversation whether the buyer can have the mail."""

from __future__ import annotations

import email
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import policy
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from hub.config import MailServer
from hub.connector import Delivery, Message
from hub.errors import ConfigError
from hub.notify.channels.email import EmailChannel, open_email
from hub.testing.clock import ManualClock

CLOCK = ManualClock()


class Mailbox:
    """A real SMTP server's handler that keeps what it accepts; `refuse` answers a verb with an error."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuse: dict[str, str] = {}

    async def handle_MAIL(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]  # noqa: N802
        envelope.mail_from = address
        return self.refuse.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.refuse.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]  # noqa: N802
        if "DATA" not in self.refuse:
            self.mails.append(envelope)
        return self.refuse.get("DATA", "250 queued as 77")

    def last(self) -> email.message.EmailMessage:
        content = self.mails[-1].content
        assert isinstance(content, bytes)
        return email.message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]


@contextmanager
def serving(handler: Mailbox, **options: object) -> Iterator[int]:
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)  # type: ignore[arg-type]
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(box: Mailbox) -> Iterator[int]:
    with serving(box) as port:
        yield port


def channel(port: int, **options: object) -> EmailChannel:
    server = MailServer("127.0.0.1", port, secure=bool(options.pop("secure", False)), user=options.pop("user", None))  # type: ignore[arg-type]
    return EmailChannel(server=server, now=CLOCK.now, open_seconds=5.0, answer_seconds=5.0, **options)  # type: ignore[arg-type]


def message(**changes: str) -> Message:
    facts = {
        "id": "s1/delivered/email/buyer",
        "recipient": "ana@buyer.example",
        "sender": "Café Zürich <shop@cafe.example>",
        "subject": "Ваш заказ 1042 доставлен",
        "text": "Здравствуйте!\n.\n.. two dots\n",
        "html": "<p>Здравствуйте!</p>",
        "language": "ru",
    }
    return Message(**{**facts, **changes})


def test_a_mail_arrives_whole(box: Mailbox, port: int) -> None:
    attempt = channel(port).send(message())
    mail = box.last()
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert (attempt.delivery, attempt.detail) == (Delivery.SENT, "250 queued as 77")
    assert mail["subject"] == "Ваш заказ 1042 доставлен"
    assert mail["from"] == "Café Zürich <shop@cafe.example>"
    assert (mail["to"], mail["content-language"]) == ("ana@buyer.example", "ru")
    assert mail["date"].datetime == CLOCK.now()
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == "Здравствуйте!\n.\n.. two dots\n"
    assert html is not None
    assert "Здравствуйте!" in html.get_content()


def test_a_mail_is_seven_bits_wide_so_that_every_server_can_carry_it(box: Mailbox, port: int) -> None:
    channel(port).send(message())
    content = box.mails[-1].content
    assert isinstance(content, bytes)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 998


def test_a_line_that_begins_with_a_dot_does_not_end_the_mail(box: Mailbox, port: int) -> None:
    channel(port).send(message(text="one\n.\n..two\n.three\n", html=""))
    assert box.last().get_content().replace("\r\n", "\n") == "one\n.\n..two\n.three\n"


def test_every_attempt_has_the_same_message_id_and_every_notice_its_own(box: Mailbox, port: int) -> None:
    """T094"""
    for key in ("s1/delivered", "s1/delivered", "s1/in_transit"):
        channel(port).send(message(id=key))
    first, second, other = (email.message_from_bytes(m.content)["message-id"] for m in box.mails)  # type: ignore[arg-type]
    assert first == second != other
    assert first.endswith("@cafe.example>")


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_permanent_error_is_a_refusal(box: Mailbox, port: int, verb: str) -> None:
    box.refuse[verb] = "550 5.1.1 no such user"
    attempt = channel(port).send(message())
    assert attempt.delivery is Delivery.REFUSED
    assert "550 5.1.1 no such user" in attempt.detail


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_temporary_error_may_be_tried_again(box: Mailbox, port: int, verb: str) -> None:
    box.refuse[verb] = "451 4.7.1 greylisted"
    assert channel(port).send(message()).delivery is Delivery.FAILED


def test_a_server_that_wants_a_login_is_a_matter_of_set_up_not_of_this_mail(box: Mailbox, port: int) -> None:
    box.refuse["MAIL"] = "530 5.7.0 authentication required"
    assert channel(port).send(message()).delivery is Delivery.FAILED


def test_a_closed_port_is_a_failure() -> None:
    assert channel(free_port()).send(message()).delivery is Delivery.FAILED


Script = Sequence[tuple[bytes, bytes]]
GREETING = b"220 here\r\n"
OPENING: Script = [(b"EHLO", b"250 here\r\n"), (b"MAIL", b"250 ok\r\n"), (b"RCPT", b"250 ok\r\n")]


@contextmanager
def scripted(script: Script, *, after: Callable[[socket.socket], None] = lambda peer: None) -> Iterator[int]:
    """Serve one conversation over a raw socket: wait for each text, give its answer, then do `after` and hang up."""
    server = socket.create_server(("127.0.0.1", 0))

    def converse() -> None:
        peer, _ = server.accept()
        with peer:
            peer.settimeout(5)
            peer.sendall(GREETING)
            for wanted, answer in script:
                _read_until(peer, wanted)
                peer.sendall(answer)
            after(peer)

    thread = threading.Thread(target=converse)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        thread.join(10)
        server.close()


def _read_until(peer: socket.socket, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen.upper() or not seen.endswith(b"\r\n"):
        more = peer.recv(65536)
        if not more:
            break
        seen += more
    return seen


@pytest.mark.parametrize("length", range(len(OPENING) + 1))
def test_a_connection_lost_before_the_mail_is_a_failure(length: int) -> None:
    with scripted(OPENING[:length]) as port:
        assert channel(port).send(message()).delivery is Delivery.FAILED


def test_a_connection_lost_within_the_mail_is_a_failure() -> None:
    def hang_up(peer: socket.socket) -> None:
        peer.recv(10)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    big = message(text="line\n" * 1_000_000)
    with scripted([*OPENING, (b"DATA", b"354 go\r\n")], after=hang_up) as port:
        assert channel(port).send(big).delivery is Delivery.FAILED


def test_a_connection_lost_after_the_dot_leaves_the_outcome_unknown() -> None:
    def hang_up(peer: socket.socket) -> None:
        _read_until(peer, b"\r\n.\r\n")

    with scripted([*OPENING, (b"DATA", b"354 go\r\n")], after=hang_up) as port:
        assert channel(port).send(message()).delivery is Delivery.UNKNOWN


def test_a_server_that_never_answers_the_dot_leaves_the_outcome_unknown() -> None:
    done = threading.Event()

    def be_silent(peer: socket.socket) -> None:
        _read_until(peer, b"\r\n.\r\n")
        done.wait(10)

    with scripted([*OPENING, (b"DATA", b"354 go\r\n")], after=be_silent) as port:
        patient = EmailChannel(server=MailServer("127.0.0.1", port), answer_seconds=0.2)
        attempt = patient.send(message())
        done.set()
    assert attempt.delivery is Delivery.UNKNOWN
    assert "timed out" in attempt.detail


def test_nonsense_after_the_dot_leaves_the_outcome_unknown() -> None:
    with scripted([*OPENING, (b"DATA", b"354 go\r\n"), (b"\r\n.\r\n", b"hello?\r\n")]) as port:
        assert channel(port).send(message()).delivery is Delivery.UNKNOWN


def test_a_server_that_hangs_up_after_accepting_has_the_mail() -> None:
    with scripted([*OPENING, (b"DATA", b"354 go\r\n"), (b"\r\n.\r\n", b"250 mine\r\n")]) as port:
        assert channel(port).send(message()).delivery is Delivery.SENT


def test_line_breaks_in_names_cannot_add_headers(box: Mailbox, port: int) -> None:
    hostile = message(
        sender="Evil\r\nBcc: all@victims.example <shop@cafe.example>",
        subject="Hi\r\nBcc: all@victims.example\r\n\r\nbody",
    )
    assert channel(port).send(hostile).delivery is Delivery.SENT
    mail = box.last()
    assert mail["bcc"] is None
    assert mail["subject"] == "Hi Bcc: all@victims.example body"
    assert box.mails[-1].rcpt_tos == ["ana@buyer.example"]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a b@c.example", "a@c.example\r\nRCPT TO:<x@y.example>", "a@b@c.example"]
)
def test_what_is_no_address_is_refused_without_a_connection(address: str) -> None:
    assert channel(1).send(message(recipient=address)).delivery is Delivery.REFUSED


def test_a_domain_in_another_script_goes_out_as_dns_knows_it(box: Mailbox, port: int) -> None:
    assert channel(port).send(message(recipient="ana@bücher.example")).delivery is Delivery.SENT
    assert box.mails[-1].rcpt_tos == ["ana@xn--bcher-kva.example"]


def test_an_address_in_another_script_needs_a_server_that_can_carry_it(box: Mailbox, port: int) -> None:
    greek = message(recipient="δοκιμή@buyer.example")
    with serving(box, enable_SMTPUTF8=False) as old:
        assert channel(old).send(greek).delivery is Delivery.REFUSED
    assert channel(port).send(greek).delivery is Delivery.SENT
    assert box.mails[-1].rcpt_tos == ["δοκιμή@buyer.example"]


def test_what_the_server_says_is_kept_without_the_address(box: Mailbox, port: int) -> None:
    box.refuse["RCPT"] = "550 <ana@buyer.example>: no such user"
    attempt = channel(port).send(message())
    assert "ana@buyer.example" not in attempt.detail
    assert "no such user" in attempt.detail


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def _client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_starttls_is_taken_when_offered(box: Mailbox, authority: trustme.CA) -> None:
    with serving(box, tls_context=_server_tls(authority), require_starttls=True) as port:
        assert channel(port, tls=_client_tls(authority)).send(message()).delivery is Delivery.SENT


def test_smtps_speaks_tls_from_the_first_byte(box: Mailbox, authority: trustme.CA) -> None:
    with serving(box, ssl_context=_server_tls(authority)) as port:
        assert channel(port, secure=True, tls=_client_tls(authority)).send(message()).delivery is Delivery.SENT


def test_a_server_with_a_strange_certificate_gets_nothing(box: Mailbox, authority: trustme.CA) -> None:
    with serving(box, tls_context=_server_tls(authority)) as port:
        attempt = channel(port, tls=_client_tls(trustme.CA())).send(message())
    assert attempt.delivery is Delivery.FAILED
    assert "certificate" in attempt.detail
    assert not box.mails


def test_a_login_is_made_over_tls(box: Mailbox, authority: trustme.CA) -> None:
    def authenticate(server, session, envelope, mechanism, data):  # type: ignore[no-untyped-def]
        return AuthResult(success=data.password == b"right")

    options = {"tls_context": _server_tls(authority), "authenticator": authenticate, "auth_required": True}
    with serving(box, **options) as port:
        sender = channel(port, tls=_client_tls(authority), user="shop", password="right")
        assert sender.send(message()).delivery is Delivery.SENT


def test_a_wrong_password_is_no_refusal_of_the_mail() -> None:
    script = [(b"EHLO", b"250-here\r\n250 AUTH PLAIN\r\n"), (b"AUTH", b"535 5.7.8 wrong password\r\n")]
    with scripted(script) as port:
        attempt = channel(port, user="shop", password="wrong").send(message())
    assert attempt.delivery is Delivery.FAILED
    assert "535" in attempt.detail


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with scripted([(b"EHLO", b"250-there\r\n250 AUTH PLAIN\r\n")]) as port:
        elsewhere = MailServer("127.1", port, user="shop")  # resolves to this machine, but does not look like it
        attempt = EmailChannel(server=elsewhere, password="secret", open_seconds=5).send(message())
    assert attempt.delivery is Delivery.FAILED
    assert "password is not sent in the clear" in attempt.detail


def test_a_secret_is_read_through_its_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    opened = open_email("smtps://shop:env:MAIL_PASSWORD@mail.example", folder=tmp_path, now=CLOCK.now)
    assert (opened.server.host, opened.server.port, opened.server.secure) == ("mail.example", 465, True)
    assert opened.password == "s3cret"
    assert "s3cret" not in repr(opened)


def test_a_wrong_address_of_the_mail_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not the address of a mail server"):
        open_email("http://mail.example", folder=tmp_path, now=CLOCK.now)
