"""Notices over real SMTP: a journey from door to door, and a hub that is killed between the mail and the answer."""

from __future__ import annotations

import email
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from hub.clock import utc_text
from hub.notify.channels.email import open_email
from hub.notify.dispatch import Tally, send_due
from hub.notify.news import Outlet
from hub.notify.plan import plan_notice
from hub.notify.rules import read_rules
from hub.store import notices, records, settings
from hub.store.database import Database
from hub.store.leases import this_holder
from hub.store.records import RecordRow
from hub.store.schema import migrate
from hub.store.settings import MerchantRow
from hub.testing.clock import ManualClock

RULES = {"sender": "Müller <shop@mueller.example>", "languages": ["de", "en", "ru"]}
EVERY = ["pending", "sending", "sent", "refused", "failed", "unknown", "held", "skipped"]
PATIENCE = 20


class PostBox:
    """What a real mail server has accepted."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:  # type: ignore[no-untyped-def]  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def box() -> PostBox:
    return PostBox()


@pytest.fixture
def port(box: PostBox) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    migrate(database)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("mueller", "Müller"))
    yield database
    database.close()


def put(database: Database, entity: str, record_id: str, data: dict[str, object], now: str) -> None:
    row = RecordRow(record_id, "mueller", entity, 1, json.dumps(data), *records.promoted(data), now, "shop", None)
    with database.write() as tx:
        records.put_many(tx, [row])


def put_order(database: Database, clock: ManualClock, language: str = "ru") -> None:
    order = {
        "number": "#1042",
        "status": "open",
        "currency": "EUR",
        "total": "64.90",
        "email": "anna@buyer.example",
        "language": language,
        "billing_address": {"first_name": "Анна", "last_name": "Ким", "country": "DE"},
        "lines": [{"id": "1", "title": "Чайник", "quantity": "2", "total": "64.90"}],
    }
    put(database, "order", "order-1", order, utc_text(clock.now()))


def move(database: Database, clock: ManualClock, before: str, after: str) -> None:
    """Accept a status change, as the engine does: the record and its notice in one transaction."""
    now = utc_text(clock.now())
    shipment: dict[str, object] = {
        "order": "order-1",
        "status": after,
        "carrier": "dhl",
        "tracking_number": "JD7",
        "tracking_url": "https://track.example/JD7",
        "events": [{"id": "1", "status": after, "at": now}],
    }
    put(database, "shipment", "ship-1", shipment, now)
    with database.write() as tx:
        plan_notice(
            tx,
            read_rules(RULES),
            merchant="mueller",
            shipment_id="ship-1",
            data=shipment,
            before=before,
            after=after,
            world=clock.world(),
        )


def send(database: Database, clock: ManualClock, folder: Path, port: int) -> Tally:
    channel = open_email(f"smtp://127.0.0.1:{port}", folder=folder, now=clock.now)
    outlet = Outlet(rules=read_rules(RULES), shop="Müller", channels={"email": channel})
    return send_due(database, {"mueller": outlet}, holder=this_holder(), world=clock.world())


def states(database: Database) -> dict[str, str]:
    with database.read() as tx:
        return {notice.status: notice.state for notice in notices.in_state(tx, EVERY)}


def test_a_journey_from_door_to_door_tells_each_step_once(
    database: Database, clock: ManualClock, tmp_path: Path, box: PostBox, port: int
) -> None:
    """T088: polls repeat, carriers repeat; the buyer hears each status once, in the order's language."""
    put_order(database, clock)
    journey = [
        "label_created",
        "picked_up",
        "in_transit",
        "out_for_delivery",
        "attempt_failed",
        "out_for_delivery",
        "delivered",
    ]
    for before, after in pairwise(journey):
        for _ in range(3):
            move(database, clock, before, after)
            send(database, clock, tmp_path, port)
        clock.advance(3600)
    assert [mail["subject"] for mail in box.mails] == [
        "Ваш заказ #1042 из Müller уже в пути",
        "Ваш заказ #1042 из Müller передан курьеру",
        "Не удалось вручить ваш заказ #1042 из Müller",
        "Ваш заказ #1042 из Müller доставлен",
    ]
    assert len({mail["message-id"] for mail in box.mails}) == 4
    text = box.mails[0].get_body(("plain",))
    assert text is not None
    for words in ("Здравствуйте, Анна Ким!", "JD7", "2 × Чайник", "64,90\xa0€", "https://track.example/JD7"):
        assert words in text.get_content()


def test_a_mail_server_that_is_away_delays_the_notice_and_does_not_double_it(
    database: Database, clock: ManualClock, tmp_path: Path, box: PostBox, port: int
) -> None:
    put_order(database, clock)
    move(database, clock, "label_created", "in_transit")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed = probe.getsockname()[1]
    assert send(database, clock, tmp_path, closed)["pending"] == 1
    assert send(database, clock, tmp_path, port)["sent"] == 0, "it is not yet time to try again"
    clock.advance(300)
    assert send(database, clock, tmp_path, port)["sent"] == 1
    assert send(database, clock, tmp_path, port)["sent"] == 0
    assert len(box.mails) == 1


SENDER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from hub.clock import World, utc_parse
    from hub.notify.channels.email import open_email
    from hub.notify.dispatch import send_due
    from hub.notify.news import Outlet
    from hub.notify.rules import read_rules
    from hub.store.database import Database
    from hub.store.leases import this_holder

    url, port, now = sys.argv[1:]
    world = World(now=lambda: utc_parse(now))
    rules = read_rules({"sender": "Müller <shop@mueller.example>", "languages": ["de", "en", "ru"]})
    channel = open_email(f"smtp://127.0.0.1:{port}", folder=Path.cwd(), now=world.now)
    outlet = Outlet(rules=rules, shop="Müller", channels={"email": channel})
    send_due(Database(url), {"mueller": outlet}, holder=this_holder(), world=world)
""")


class SilentServer:
    """Speaks SMTP up to `until` and then says nothing more; `reached` tells when the client has come that far."""

    def __init__(self, until: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.reached = threading.Event()
        self._until = until
        self._thread = threading.Thread(target=self._converse)
        self._thread.start()

    def _converse(self) -> None:
        peer, _ = self._socket.accept()
        with peer, suppress(ConnectionResetError):  # whoever is killed may leave what was sent unread
            peer.settimeout(PATIENCE)
            peer.sendall(b"220 here\r\n")
            seen = b""
            while more := peer.recv(65536):
                seen += more
                if self._until in seen.upper():
                    self.reached.set()
                elif seen.endswith(b"\r\n"):
                    peer.sendall(b"354 go\r\n" if seen.upper().endswith(b"DATA\r\n") else b"250 ok\r\n")

    def close(self) -> None:
        self._thread.join(PATIENCE)
        self._socket.close()


@pytest.mark.parametrize("until", [b"EHLO", b"MAIL", b"DATA\r\n", b"\r\n.\r\n"])
def test_a_hub_killed_while_sending_never_sends_a_second_copy(
    database: Database, clock: ManualClock, tmp_path: Path, box: PostBox, port: int, until: bytes
) -> None:
    """T133: whatever the moment, the notice is `unknown` afterwards and a person is asked."""
    put_order(database, clock)
    move(database, clock, "label_created", "in_transit")
    server = SilentServer(until)
    arguments = [f"sqlite:///{tmp_path / 'hub.db'}", str(server.port), utc_text(clock.now())]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen([sys.executable, "-c", SENDER, *arguments], env=environment) as process:
        assert server.reached.wait(PATIENCE)
        process.send_signal(signal.SIGKILL)
    server.close()
    assert states(database) == {"in_transit": "sending"}
    assert send(database, clock, tmp_path, port)["unknown"] == 1
    clock.advance(timedelta(hours=1).total_seconds())
    assert send(database, clock, tmp_path, port)["sent"] == 0
    assert states(database) == {"in_transit": "unknown"}
    assert box.mails == []
