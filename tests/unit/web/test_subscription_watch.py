"""Subscriptions: made, looked after, made anew; gaps are read, secrets rotate, others' subscriptions stay."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import order
from pydantic import BaseModel, SecretStr

from hub.api import ConfigError, RejectedError, Subscription, Touched, Webhooks
from hub.errors import LockedError
from hub.operations.webhook import INTERVAL, Watch, look_after, rotate_secret, webhook_secret
from hub.store import leases, secrets, subscriptions
from hub.store.settings import ConnectionRow, put_connection
from hub.testing.calls import CALLS, CallingConnector, Exchange, receive, signed
from hub.testing.memory import MemoryRemote

URL = "https://hub.example"
ADDRESS = f"{URL}/webhooks/shop"


@pytest.fixture
def watch(porch: Any) -> Watch:
    """A watch over a shop that is subscribed to."""
    watch = Watch(porch.house.hub, URL)
    watch.look()
    assert porch.exchange.topics() == ["customers", "orders"]
    return watch


def look(porch: Any, watch: Watch) -> None:
    """Let one interval go by."""
    porch.house.clock.forward(seconds=INTERVAL.total_seconds())
    watch.look()


def repairs(porch: Any) -> dict[str, str | None]:
    with porch.house.hub.database.read() as tx:
        return {topic: row.repair for topic, row in subscriptions.of_connection(tx, "shop").items() if row.repair}


def gaps(porch: Any) -> list[str]:
    with porch.house.hub.database.read() as tx:
        return [row.gap_since for row in subscriptions.of_connection(tx, "shop").values() if row.gap_since]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    caplog.clear()
    return found


def delivered_by(porch: Any) -> set[int]:
    """Call once by each subscription, signed as it would be."""
    kept, words = porch.exchange.kept.values(), porch.exchange.secrets
    hooks = [signed(words[one.external_id], Touched("orders", "1", one.topic)) for one in kept]
    return set(porch.call(*hooks))


def test_what_is_subscribed_to_is_delivered(porch: Any, watch: Watch) -> None:
    assert {one.address for one in porch.exchange.kept.values()} == {ADDRESS}
    assert delivered_by(porch) == {200}


def test_a_second_look_changes_nothing(porch: Any, watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    before = dict(porch.exchange.kept)
    caplog.clear()
    look(porch, watch)
    assert porch.exchange.kept == before
    assert warnings(caplog) == []


@pytest.mark.parametrize("harm", ["drop", "disable"])
def test_a_lost_subscription_is_made_anew_within_an_interval_and_the_gap_is_read(
    porch: Any, watch: Watch, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    """T014: seen within one interval, made anew, the gap read, a warning given once."""
    house = porch.house
    house.sync_well()
    caplog.clear()
    getattr(porch.exchange, harm)("orders")
    house.shop.put("orders", order("1"))
    look(porch, watch)
    assert porch.exchange.topics() == ["customers", "orders"]
    assert repairs(porch) == {"orders": {"drop": "gone", "disable": "disabled"}[harm]}
    assert house.data("shop", "orders", "1")["number"] == "1"
    assert gaps(porch) == []
    [warning] = warnings(caplog)
    assert "the subscription to orders was made" in warning
    assert delivered_by(porch) == {200}
    look(porch, watch)
    assert warnings(caplog) == []


def test_what_a_remote_has_given_up_on_is_taken_back_before_it_is_made_anew(porch: Any, watch: Watch) -> None:
    """T014: some take one subscription a topic and address only, dead or alive."""
    porch.exchange.strict = True
    porch.exchange.disable("orders")
    look(porch, watch)
    assert porch.exchange.topics() == ["customers", "orders"]
    assert len(porch.exchange.kept) == 2


def test_what_only_a_sweep_shows_is_read_after_a_gap_too(porch: Any) -> None:
    """T014, T021: nobody told of an edit that moves no date."""
    house = porch.house
    house.swap("shop", lambda remote: CallingConnector(remote, porch.exchange), blind_to=("note",), reread=7 * 86400)
    watch = Watch(house.hub, URL)
    watch.look()
    house.shop.put("orders", order("1"))
    house.sync_well()
    house.clock.forward(hours=1)
    house.shop.tables["orders"]["1"]["note"] = "edited in silence"
    porch.exchange.drop("orders")
    look(porch, watch)
    assert house.data("shop", "orders", "1")["note"] == "edited in silence"


def test_a_gap_that_cannot_be_read_now_stays_until_it_can(porch: Any, watch: Watch) -> None:
    house = porch.house
    house.sync_well()
    porch.exchange.drop("orders")
    lease = leases.acquire(house.hub.database, "connection:shop", holder=leases.this_holder(), now=house.clock())
    house.clock.forward(seconds=INTERVAL.total_seconds() - 60)
    look_after(house.hub, "shop", URL)
    watch.look()
    assert len(gaps(porch)) == 1
    leases.release(house.hub.database, lease)
    watch.look()
    assert gaps(porch) == []


def test_what_others_have_subscribed_is_left_alone(porch: Any, watch: Watch) -> None:
    foreign = Subscription("900", "orders", "https://elsewhere.example/hook")
    porch.exchange.kept["900"] = foreign
    porch.exchange.kept["901"] = replace(foreign, external_id="901", active=False)
    look(porch, watch)
    assert porch.exchange.kept["900"] == foreign
    assert "901" in porch.exchange.kept


def test_one_at_our_address_that_nobody_here_has_made_is_replaced(porch: Any, watch: Watch) -> None:
    """Its secret is not ours to know: a database that was restored, or a crash before the new one was noted."""
    with porch.house.hub.database.write() as tx:
        subscriptions.remove(tx, "shop", "orders")
    before = next(one.external_id for one in porch.exchange.kept.values() if one.topic == "orders")
    look(porch, watch)
    assert repairs(porch) == {"orders": "foreign"}
    assert before not in porch.exchange.kept
    assert porch.exchange.topics() == ["customers", "orders"]
    assert delivered_by(porch) == {200}


def test_one_too_many_is_taken_back(porch: Any, watch: Watch) -> None:
    porch.exchange.kept["900"] = Subscription("900", "orders", ADDRESS)
    porch.exchange.kept["901"] = Subscription("901", "orders/forgotten", ADDRESS)
    look(porch, watch)
    assert porch.exchange.topics() == ["customers", "orders"]
    assert repairs(porch) == {}


def test_a_hub_that_moved_is_called_at_its_new_address(porch: Any, watch: Watch) -> None:
    look(porch, Watch(porch.house.hub, "https://new.example"))
    assert {one.address for one in porch.exchange.kept.values()} == {"https://new.example/webhooks/shop"}
    assert repairs(porch) == {"orders": "moved", "customers": "moved"}


def test_a_topic_that_is_no_longer_wanted_is_taken_back(porch: Any, watch: Watch) -> None:
    porch.change_webhooks(replace(CALLS, topics=("orders",)))
    look(porch, watch)
    assert porch.exchange.topics() == ["orders"]
    with porch.house.hub.database.read() as tx:
        assert list(subscriptions.of_connection(tx, "shop")) == ["orders"]


def test_a_rotated_secret_reaches_the_remote_and_the_former_one_ends(porch: Any, watch: Watch) -> None:
    """T012: calls that were signed before are still good for ten minutes."""
    old = list(porch.exchange.secrets.values())
    made = rotate_secret(porch.house.hub, "shop", URL)
    signing = {porch.exchange.secrets[one] for one in porch.exchange.kept}
    assert signing == {made.text}
    assert made.text not in old
    late = signed(old[0], Touched("orders", "1", "orders"))
    assert porch.call(late) == [200]
    porch.house.clock.forward(minutes=10)
    assert porch.call(late) == [401]
    assert delivered_by(porch) == {200}
    assert repairs(porch) == {"orders": "rotated", "customers": "rotated"}
    assert gaps(porch) == []


def test_a_rotation_that_broke_off_is_finished_by_the_next_look(porch: Any, watch: Watch) -> None:
    with porch.house.hub.database.write() as tx:
        secrets.add(tx, "shop", "webhook", "made just before the crash", porch.house.clock())
    assert delivered_by(porch) == {200}
    look(porch, watch)
    assert {porch.exchange.secrets[one] for one in porch.exchange.kept} == {"made just before the crash"}
    porch.house.clock.forward(minutes=10)
    assert porch.call(porch.hook()) == [401]


def test_without_an_address_a_person_tells_the_remote(porch: Any) -> None:
    made = rotate_secret(porch.house.hub, "shop", None, overlap=timedelta(days=1))
    assert webhook_secret(porch.house.hub, "shop") == made.text
    porch.house.clock.forward(hours=23)
    assert porch.call(porch.hook(), signed(made.text)) == [200, 200]
    porch.house.clock.forward(hours=1)
    assert porch.call(porch.hook(), signed(made.text)) == [401, 200]


class AppSettings(BaseModel):
    """An app that signs with its own secret."""

    app_secret: SecretStr


@pytest.fixture
def app(porch: Any) -> Any:
    """A porch whose shop signs with the secret in its settings."""
    porch.change_webhooks(Webhooks(receive=receive, topics=("orders",), secret="app_secret"))
    connectors: Any = porch.house.hub.plugins.connectors
    connectors["shop"] = replace(connectors["shop"], settings=AppSettings)
    put_app_secret(porch, "first")
    return porch


def put_app_secret(porch: Any, word: str) -> None:
    with porch.house.hub.database.write() as tx:
        put_connection(tx, ConnectionRow("shop", "default", "shop", {"app_secret": word}))


def test_a_remote_may_sign_with_a_secret_of_its_own(app: Any) -> None:
    """T012: after the setting changes, the former secret is good for ten minutes."""
    first, second = (signed(word, Touched("orders", "1", "orders")) for word in ("first", "second"))
    assert app.call(first, second) == [200, 401]
    put_app_secret(app, "second")
    assert app.call(second, first) == [200, 200]
    app.house.clock.forward(minutes=10)
    assert app.call(second, first) == [200, 401]
    with pytest.raises(ConfigError, match="signs with a secret of its own") as caught:
        rotate_secret(app.house.hub, "shop", URL)
    assert "app_secret" in caught.value.hint


def test_such_a_remotes_subscription_is_as_good_as_one_of_ours(app: Any) -> None:
    app.exchange.kept["7"] = Subscription("7", "orders", ADDRESS)
    watch = Watch(app.house.hub, URL)
    watch.look()
    put_app_secret(app, "second")
    look(app, watch)
    assert list(app.exchange.kept) == ["7"]
    app.exchange.drop("orders")
    look(app, watch)
    assert repairs(app) == {"orders": "gone"}


class Refusing(CallingConnector):
    """A remote that lets nobody subscribe."""

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        raise RejectedError("you may not subscribe", hint="Give the key the right to.")


def test_what_the_remote_refuses_is_a_problem_until_it_no_longer_does(
    porch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    house, watch = porch.house, Watch(porch.house.hub, URL)
    house.swap("shop", lambda remote: Refusing(remote, porch.exchange))
    watch.look()
    look(porch, watch)
    assert [(one.kind, one.attempts) for one in house.problems()] == [("repair", 2)]
    assert warnings(caplog) == [
        "shop: its webhooks cannot be looked after: you may not subscribe Give the key the right to."
    ]
    house.swap("shop", lambda remote: CallingConnector(remote, porch.exchange))
    look(porch, watch)
    assert house.problems() == []


class Choosy(CallingConnector):
    """A remote that has a topic which our credentials do not reach."""

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        if topic == "orders":
            raise RejectedError("you may not hear of orders", hint="Give the key the right to.")
        return super().subscribe(topic, address, secret)


def test_a_topic_that_is_refused_spares_the_others(porch: Any) -> None:
    """It is told as a problem; the topics that come after it are subscribed to all the same."""
    house, watch = porch.house, Watch(porch.house.hub, URL)
    house.swap("shop", lambda remote: Choosy(remote, porch.exchange))
    watch.look()
    assert porch.exchange.topics() == ["customers"]
    assert [one.message for one in house.problems()] == ["you may not hear of orders"]
    assert delivered_by(porch) == {200}


def test_somebody_else_who_looks_after_them_is_left_to_it(porch: Any) -> None:
    house = porch.house
    leases.acquire(house.hub.database, "webhooks:shop", holder=leases.this_holder(), now=house.clock())
    with pytest.raises(LockedError):
        look_after(house.hub, "shop", URL)
    Watch(house.hub, URL).look()
    assert porch.exchange.kept == {}


def test_a_paused_connection_is_not_looked_after(porch: Any) -> None:
    with porch.house.hub.database.write() as tx:
        tx.exec_driver_sql("UPDATE connection SET state = 'paused'")
    Watch(porch.house.hub, URL).look()
    assert porch.exchange.kept == {}


def test_a_connection_without_webhooks_says_so(porch: Any) -> None:
    with pytest.raises(ConfigError, match="Erp does not call the hub"):
        look_after(porch.house.hub, "erp", URL)
    with pytest.raises(ConfigError, match="Erp does not call the hub"):
        webhook_secret(porch.house.hub, "erp")


def test_the_double_forgets_what_is_unsubscribed() -> None:
    exchange = Exchange()
    shop = CallingConnector(MemoryRemote(), exchange)
    made = shop.subscribe("orders", ADDRESS, "word")
    shop.unsubscribe(made)
    shop.unsubscribe(made)
    assert list(shop.subscriptions()) == []
