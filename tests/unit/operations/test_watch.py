"""What operators are told: one mail a change, for what needs them and for nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from office import CONNECTIONS, ROUTES, Office, customer, order

from hub.api import Attempt, AuthError, Delivery, Message, UnavailableError
from hub.clock import short_text, utc_text
from hub.operations.alert import call_dead_man, send_alerts, settings_of
from hub.operations.connection import pause, resume
from hub.operations.watch import watch
from hub.store import alerts, problems, settings
from hub.store.problems import Place
from hub.sync.execute import sync_connection

ALERTS = """
[alerts]
to = ["ops@acme.example"]
sender = "Entrepot <hub@acme.example>"
smtp = "smtp://127.0.0.1:25"
"""
SCHEDULE = '\n[[schedules]]\nconnection = "shop"\nevery = "5m"\n'


@dataclass
class Post:
    """A mail server: `answers` are given in turn, after that everything is sent."""

    sent: list[Message] = field(default_factory=list)
    answers: list[Delivery] = field(default_factory=list)
    name: str = "email"

    def send(self, message: Message) -> Attempt:
        delivery = self.answers.pop(0) if self.answers else Delivery.SENT
        if delivery is Delivery.SENT:
            self.sent.append(message)
        return Attempt(delivery, "451 not now")


@dataclass
class Tower:
    """An office that is watched over."""

    office: Office
    post: Post
    started: datetime
    free: float = 50

    def look(self, **passed: float) -> list[str]:
        """Let time pass, look once, and give the subjects of the mails that went out."""
        self.office.clock.forward(**passed)
        before = len(self.post.sent)
        watch(self.office.hub, since=self.started, free=lambda: self.free)
        send_alerts(self.office.hub, open_channel=lambda _told: self.post)
        return [message.subject for message in self.post.sent[before:]]


@pytest.fixture
def tower(office: Office) -> Tower:
    office.apply(CONNECTIONS + ROUTES + ALERTS)
    return Tower(office, Post(), office.clock())


def test_what_is_well_from_the_start_is_no_news(tower: Tower) -> None:
    assert tower.look() == []
    assert tower.look(minutes=1) == []


def test_of_two_servers_one_sends_the_mail(tower: Tower) -> None:
    """The second one looks just when the first has sent and has not noted it yet."""
    hub, second = tower.office.hub, replace(tower.office.hub, holder="another machine")

    class Slow(Post):
        def send(self, message: Message) -> Attempt:
            attempt = super().send(message)
            assert send_alerts(second, open_channel=lambda _told: self) == 0
            return attempt

    tower.post = Slow()
    tower.free = 10
    assert len(tower.look(hours=1)) == 1
    assert send_alerts(hub, open_channel=lambda _told: tower.post) == 0


def test_one_mail_tells_that_credentials_are_refused_and_one_that_they_are_good_again(tower: Tower) -> None:
    """T141: one alert, however often it is looked at, and the schedule rests meanwhile."""
    shop = tower.office.plugins.connectors["shop"]
    wait = {"hint": "Make a new one.", "context": {"status": "401"}}

    def refused(_settings: object) -> object:
        raise AuthError("the key is refused", **wait)  # type: ignore[arg-type]

    object.__setattr__(shop, "connector", refused)
    sync_connection(tower.office.hub, "shop")
    assert tower.look() == ["[Entrepot] ALERT: shop refuses our credentials"]
    for _ in range(3):
        sync_connection(tower.office.hub, "shop")
        assert tower.look(minutes=10) == []
    assert tower.post.sent[0].text.startswith("Shop refuses our credentials: the key is refused.\nSince 2026-03-01")
    assert "hub connect test shop" in tower.post.sent[0].text
    resume(tower.office.database, "shop", tower.office.clock())
    assert tower.look() == ["[Entrepot] OK: shop works again"]


def test_an_outage_that_passes_within_minutes_is_told_to_nobody(tower: Tower) -> None:
    with tower.office.database.write() as tx:
        settings.set_connection_state(tx, "shop", "degraded", "no answer", tower.office.clock())
    assert tower.look() == []
    assert tower.look(minutes=4) == []
    resume(tower.office.database, "shop", tower.office.clock())
    assert tower.look(minutes=4) == []


def test_an_outage_that_lasts_is_told_once(tower: Tower) -> None:
    with tower.office.database.write() as tx:
        settings.set_connection_state(tx, "shop", "degraded", "no answer", tower.office.clock())
    tower.look()
    assert tower.look(minutes=6) == ["[Entrepot] ALERT: shop is in trouble"]
    assert tower.look(hours=6) == []


def test_a_pause_by_one_operator_is_told_to_the_others(tower: Tower) -> None:
    pause(tower.office.database, "shop", tower.office.clock(), "stocktaking")
    assert tower.look() == ["[Entrepot] ALERT: shop is paused"]


def test_a_mail_that_fails_is_tried_again_later_and_only_to_those_who_do_not_have_it(office: Office) -> None:
    office.apply(CONNECTIONS + ALERTS.replace('"ops@acme.example"', '"a@acme.example", "b@acme.example"'))
    tower = Tower(office, Post(answers=[Delivery.SENT, Delivery.FAILED]), office.clock())
    pause(office.database, "shop", office.clock())
    tower.look()
    assert [message.recipient for message in tower.post.sent] == ["a@acme.example"]
    assert tower.look(seconds=1) == []
    tower.look(minutes=1)
    tower.look(minutes=1)
    assert [message.recipient for message in tower.post.sent] == ["a@acme.example", "b@acme.example"]
    assert len({message.id for message in tower.post.sent}) == 2


def test_a_change_while_a_mail_waits_is_told_as_it_is_then(tower: Tower) -> None:
    tower.post.answers = [Delivery.FAILED]
    pause(tower.office.database, "shop", tower.office.clock())
    tower.look()
    resume(tower.office.database, "shop", tower.office.clock())
    assert tower.look(minutes=5) == []


def test_nobody_is_written_to_where_nobody_is_named(office: Office) -> None:
    office.apply(CONNECTIONS)
    tower = Tower(office, Post(), office.clock())
    pause(office.database, "shop", office.clock())
    assert tower.look() == []
    with office.database.read() as tx:
        assert [one.condition for one in alerts.standing(tx)] == ["paused"]


def test_a_schedule_that_reads_nothing_for_too_long_is_late(office: Office) -> None:
    office.apply(CONNECTIONS + ROUTES + SCHEDULE + ALERTS)
    tower = Tower(office, Post(), office.clock())
    office.sync("shop")
    assert tower.look() == []
    assert tower.look(minutes=20) == []
    [late] = tower.look(minutes=20)
    assert late.startswith("[Entrepot] ALERT: nothing was read from shop since ")
    office.sync("shop")
    assert tower.look() == ["[Entrepot] OK: shop is read in time again"]


def test_a_hub_that_was_off_is_not_late_as_soon_as_it_starts(office: Office) -> None:
    office.apply(CONNECTIONS + ROUTES + SCHEDULE + ALERTS)
    office.sync("shop")
    office.clock.forward(days=3)
    assert Tower(office, Post(), office.clock()).look() == []


def test_a_connection_in_trouble_is_told_once_and_not_as_late_too(office: Office) -> None:
    office.apply(CONNECTIONS + ROUTES + SCHEDULE + ALERTS)
    tower = Tower(office, Post(), office.clock())
    pause(office.database, "shop", office.clock())
    assert len(tower.look(hours=2)) == 1


def buy(office: Office, days: int, an_hour: int, until: timedelta = timedelta()) -> None:
    """Let orders come evenly for some days up to a while ago."""
    start, end = office.clock() - timedelta(days=days), office.clock() - until
    count = int((end - start).total_seconds() / 3600 * an_hour)
    rows = office.shop.tables.setdefault("orders", {})
    for number in range(1, count + 1):
        placed = start + (end - start) * number / count
        document = {**order(f"{days}-{number}"), "placed": short_text(placed), "updated": utc_text(office.clock())}
        rows[str(document["id"])] = document
    office.shop.put("customers", customer())


@pytest.fixture
def busy(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> Tower:
    """A shop whose orders tell when they were placed."""
    spec = tower.office.plugins.connectors["shop"]
    text = spec.mappings.joinpath("orders.yaml").read_text() + "  placed_at: placed\n"
    files: dict[str, str] = spec.mappings._files  # type: ignore[attr-defined]
    monkeypatch.setitem(files, "orders.yaml", text)
    return tower


def test_silence_where_many_orders_are_usual_is_told(busy: Tower) -> None:
    """T136: none for six hours where forty an hour are normal."""
    buy(busy.office, days=3, an_hour=8)
    sync_connection(busy.office.hub, "shop")
    assert busy.look(minutes=20) == []
    [silent] = busy.look(hours=6)
    assert silent.startswith("[Entrepot] ALERT: no order has come from shop for as long as 5")
    assert busy.look(hours=1) == []
    fresh = {**order("fresh"), "placed": short_text(busy.office.clock())}
    busy.office.shop.put("orders", fresh)
    sync_connection(busy.office.hub, "shop")
    assert busy.look() == ["[Entrepot] OK: orders come again from shop"]


def test_a_quiet_night_is_no_silence(busy: Tower) -> None:
    buy(busy.office, days=4, an_hour=1)
    sync_connection(busy.office.hub, "shop")
    assert busy.look(hours=8) == []


def test_a_shop_without_a_history_is_not_judged(busy: Tower) -> None:
    buy(busy.office, days=1, an_hour=40, until=timedelta(hours=2))
    sync_connection(busy.office.hub, "shop")
    assert busy.look(hours=5) == []


def test_many_new_problems_within_an_hour_are_told_once(tower: Tower) -> None:
    with tower.office.database.write() as tx:
        for number in range(25):
            place = Place("default", "shop", "orders", "pull", str(number))
            now = tower.office.clock()
            problems.report(tx, place, UnavailableError("x"), problem_id=f"p{number}", now=now)
    assert tower.look() == ["[Entrepot] ALERT: 25 problems of shop began within an hour"]
    assert tower.look(minutes=10) == []
    assert tower.look(hours=1) == ["[Entrepot] OK: the problems of shop grow no more"]


def test_a_disk_with_less_than_a_fifth_free_is_told(tower: Tower) -> None:
    tower.free = 19
    assert tower.look() == ["[Entrepot] ALERT: only 19 % of the disk that holds the database is free"]
    tower.free = 30
    assert tower.look() == ["[Entrepot] OK: the disk has room again"]


def test_sender_and_mail_server_are_those_of_the_notices_unless_named(office: Office) -> None:
    notices = '[notices]\nsender = "a@b.example"\nsmtp = "smtps://x:env:P@h"\npassword = "env:P"\n'
    office.apply(CONNECTIONS + notices + '[alerts]\nto = ["ops@b.example"]\n')
    with office.database.read() as tx:
        [row] = settings.merchants(tx)
    told = settings_of(row)
    assert (told["sender"], told["smtp"], told["password"]) == ("a@b.example", "smtps://x:env:P@h", "env:P")


def test_somebody_outside_is_told_each_minute_that_the_hub_lives(office: Office) -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(str(request.url))
        return httpx.Response(200)

    office.apply(CONNECTIONS + ALERTS + 'dead_man = "https://alive.example/ping/hub?x=1"\n')
    facts: dict[str, Any] = {name: getattr(office.hub, name) for name in ("database", "plugins", "folder", "world")}
    hub = type(office.hub)(**facts, transport=lambda _name: httpx.MockTransport(answer))
    call_dead_man(hub)
    assert calls == ["https://alive.example/ping/hub?x=1"]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "P", "secret")
