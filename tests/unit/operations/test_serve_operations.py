"""What the server does between two schedules: write what is owed, send what is due."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from office import CONNECTIONS, ROUTES, Office, customer

from hub.api import UnavailableError, Write
from hub.errors import ConfigError
from hub.operations import notice
from hub.operations.connection import pause
from hub.operations.serve import connections_with_work, leader, schedule_words, write_owed
from hub.schedule.scheduler import LEASE
from hub.store import notices
from hub.store.leases import TERM, acquire
from hub.store.notices import Notice


def down(_when: str, _write: Write) -> None:
    raise UnavailableError("no answer", hint="Wait.")


def add_notice(office: Office, notice_id: str, state: str) -> None:
    facts = ("default", f"shipment {notice_id}", "delivered", "email", "buyer", "a@b.example", "en", state)
    with office.database.write() as tx:
        notices.add(tx, Notice(notice_id, *facts, None, 0, None, "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"))


def states(office: Office) -> dict[str, str]:
    with office.database.read() as tx:
        return {one.id: one.state for one in notices.in_state(tx, ["pending", "held"])}


def test_what_is_owed_is_written_without_waiting_for_a_schedule(office: Office) -> None:
    office.apply()
    office.shop.put("customers", customer())
    office.sync("shop")
    assert connections_with_work(office.hub) == ["erp"]
    write_owed(office.hub, threading.Event())
    assert len(office.erp.tables["customers"]) == 1
    assert connections_with_work(office.hub) == []


def test_a_paused_connection_gets_nothing(office: Office) -> None:
    office.apply()
    office.shop.put("customers", customer())
    office.sync("shop")
    pause(office.database, "erp", office.clock())
    assert connections_with_work(office.hub) == []


def test_a_connection_in_trouble_does_not_keep_the_others_from_their_writes(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.apply(CONNECTIONS + ROUTES.replace('target = "erp"', 'target = "erp"\ndirection = "two-way"', 1))
    office.erp.fail = down
    office.shop.put("customers", customer("7"))
    office.erp.put("customers", customer("8", email="new@example.com"))
    office.sync("shop")
    office.sync("erp")
    assert connections_with_work(office.hub) == ["erp", "shop"]
    write_owed(office.hub, threading.Event())
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == ["erp: no answer Wait."]
    assert len(office.shop.tables["customers"]) == 2


def test_an_unanswered_write_is_followed_up_without_waiting_for_a_schedule(office: Office) -> None:
    """The connection may have no schedule, and nothing else may ever be due there."""
    office.apply()
    office.erp.fail = down
    office.shop.put("customers", customer())
    office.sync()
    office.erp.fail = lambda _when, _write: None
    assert connections_with_work(office.hub) == ["erp"]
    write_owed(office.hub, threading.Event())
    assert len(office.erp.tables["customers"]) == 1
    assert connections_with_work(office.hub) == []


def test_schedules_are_told_in_words(office: Office) -> None:
    text = '[[schedules]]\nconnection = "shop"\nstreams = ["orders"]\nevery = "5m"\n'
    cron = '[[schedules]]\nconnection = "erp"\ncron = "0 3 * * mon"\nzone = "Europe/Berlin"\n'
    office.apply(CONNECTIONS + ROUTES + text + cron)
    assert list(schedule_words(office.hub)) == [
        "erp all streams at 0 3 * * mon (Europe/Berlin)",
        "shop orders every 5m",
    ]


@pytest.mark.parametrize(
    ("holder", "later", "dead", "told"),
    [
        ("desk:4711:1", timedelta(), False, "process 4711 on desk"),
        ("desk:4711:1", timedelta(), True, None),
        ("desk:4711:1", TERM, False, None),
        ("", timedelta(), False, None),
        ("ours", timedelta(), False, None),
    ],
)
def test_another_server_is_known_by_its_lease(
    office: Office, holder: str, later: timedelta, dead: bool, told: str | None
) -> None:
    """Neither one that died counts, nor one whose lease has run out, nor this one itself."""
    hub = replace(office.hub, is_dead=lambda _holder: dead)
    assert leader(hub) is None
    acquire(hub.database, LEASE, holder=hub.holder if holder == "ours" else holder, now=office.clock() - later)
    assert leader(hub) == told


def test_without_a_notice_that_is_due_no_mail_server_is_asked(office: Office) -> None:
    office.apply(
        CONNECTIONS + '[notices]\nsender = "a@b.example"\nsmtp = "smtp://127.0.0.1:1"\npassword = "env:NONE"\n'
    )
    assert notice.send_notices(office.hub) == {}
    add_notice(office, "n1", "pending")
    with pytest.raises(ConfigError, match="the environment variable NONE is not set"):
        notice.send_notices(office.hub)


def test_held_notices_are_released_and_waiting_ones_held(office: Office) -> None:
    add_notice(office, "n1", "held")
    add_notice(office, "n2", "held")
    assert notice.release(office.database, ["n1"], office.clock()) == 1
    assert states(office) == {"n1": "pending", "n2": "held"}
    assert notice.hold(office.database, [], office.clock()) == 1
    assert notice.release(office.database, [], office.clock()) == 2
    with pytest.raises(ConfigError, match="there is no held notice n9"):
        notice.release(office.database, ["n9"], office.clock())
