"""The desk where webhooks are taken in: verified, committed, then answered; nothing is dropped and nothing crashes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx
import pytest
from house import order

from hub.api import Hook, Touched, UnavailableError
from hub.store import secrets
from hub.testing.calls import SIGNATURE, signed


def test_what_a_call_touched_is_dirty_once_it_is_answered(porch: Any) -> None:
    assert porch.call(porch.hook("1"), porch.hook("2")) == [200, 200]
    assert porch.dirty() == ["1", "2"]
    assert porch.counts() == {("shop", "accepted"): 2}


def test_a_call_may_touch_several_records_or_none(porch: Any) -> None:
    two = signed(porch.secret, Touched("orders", "1", "orders"), Touched("customers", "7", "orders"))
    assert porch.call(two, signed(porch.secret)) == [200, 200]
    assert (porch.dirty(), porch.dirty(stream="customers")) == (["1"], ["7"])
    assert porch.counts() == {("shop", "accepted"): 1, ("shop", "greeting"): 1}


def test_the_same_delivery_three_times_makes_one_order_and_is_told_twice(porch: Any) -> None:
    """T001: two of the three at the same moment; none is dropped, the record is just asked for once."""
    porch.house.shop.put("orders", order("1"))
    assert porch.call(porch.hook("1"), porch.hook("1"), at_once=True) == [200, 200]
    assert porch.call(porch.hook("1")) == [200]
    assert porch.counts() == {("shop", "accepted"): 1, ("shop", "duplicate"): 2}
    assert porch.told("duplicate") == ["1", "1"]
    porch.house.sync_well()
    assert len(porch.house.erp.tables["orders"]) == 1
    porch.call(porch.hook("1"))
    porch.house.sync_well()
    assert len(porch.house.erp.tables["orders"]) == 1


def test_an_event_is_recognized_by_the_remotes_id_for_it_where_it_has_one(porch: Any) -> None:
    porch.call(porch.hook("1", event="e1", attempt=1), porch.hook("1", event="e1", attempt=2))
    porch.call(porch.hook("1", event="e2", attempt=1))
    assert porch.counts() == {("shop", "accepted"): 2, ("shop", "duplicate"): 1}


def test_a_repeated_delivery_still_has_its_record_asked_for(porch: Any) -> None:
    """Two changes may look alike: a deletion, a restoration, and another deletion carry the same bytes."""
    porch.call(porch.hook("1"))
    porch.house.sync_well()
    assert porch.dirty() == []
    porch.call(porch.hook("1"))
    assert porch.dirty() == ["1"]


def test_an_old_event_that_comes_again_changes_nothing_and_is_told_as_stale(porch: Any) -> None:
    """T005: the order is completed; an event of three days ago comes again."""
    house = porch.house
    porch.house.shop.put("orders", order("1"))
    first = house.shop.tables["orders"]["1"]["updated"]
    house.clock.forward(hours=72)
    house.shop.put("orders", order("1", status="completed"))
    house.sync_well()
    writes = len(house.erp.writes)
    assert porch.call(porch.hook("1", version=first)) == [200]
    assert porch.counts() == {("shop", "stale"): 1}
    assert porch.told("stale") == ["1"]
    house.sync_well()
    assert house.data("shop", "orders", "1")["status"] == "completed"
    assert len(house.erp.writes) == writes


def test_a_hook_of_the_version_that_is_known_is_neither_old_nor_dropped(porch: Any) -> None:
    porch.house.shop.put("orders", order("1"))
    porch.house.sync_well()
    version = porch.house.shop.tables["orders"]["1"]["updated"]
    porch.call(porch.hook("1", version=version), porch.hook("2", version=version))
    assert porch.counts() == {("shop", "accepted"): 2}
    assert porch.dirty() == ["1", "2"]


def test_webhook_and_poll_that_see_one_order_make_one(porch: Any) -> None:
    """T002: whichever comes second finds nothing to change."""
    porch.house.shop.put("orders", order("1"))
    porch.call(porch.hook("1"))
    report = porch.house.sync_well()
    shop = [result.counts for result in report.results if (result.connection, result.stream) == ("shop", "orders")]
    assert [(counts.written, counts.unchanged) for counts in shop] == [(1, 0), (0, 1)]
    assert len(porch.house.erp.tables["orders"]) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {SIGNATURE: ""}, {SIGNATURE: "0" * 64}, {SIGNATURE: "cut"}, {SIGNATURE: "ünïcödé".encode("latin-1")}],
    ids=["missing", "empty", "wrong", "truncated", "no ascii"],
)
def test_a_bad_signature_is_refused_and_nothing_but_a_counter_stored(porch: Any, headers: dict[str, Any]) -> None:
    """T010: whatever is wrong with it."""
    assert porch.call(Hook(headers, porch.hook().body)) == [401]
    assert porch.dirty() == []
    assert porch.counts() == {("shop", "refused"): 1}
    assert porch.call(porch.hook()) == [200]


def test_a_body_that_was_changed_or_cut_on_its_way_is_refused(porch: Any) -> None:
    good = porch.hook()
    assert porch.call(Hook(good.headers, good.body + b" "), Hook(good.headers, good.body[:-1])) == [401, 401]


def test_a_connection_without_a_secret_takes_nobodys_word(porch: Any) -> None:
    with porch.house.hub.database.write() as tx:
        secrets.remove(tx, "shop", "webhook")
    assert porch.call(porch.hook(), signed("")) == [401, 401]


def test_what_is_signed_and_cannot_be_read_is_told_apart(porch: Any) -> None:
    body = b"not json"
    good = signed(porch.secret)
    signature = hmac.new(porch.secret.encode(), body, hashlib.sha256).hexdigest()
    assert porch.call(Hook({**good.headers, SIGNATURE: signature}, body)) == [400]
    assert porch.counts() == {("shop", "unreadable"): 1}


@pytest.mark.parametrize("external_id", ["", None, 7])
def test_a_call_about_a_record_without_an_id_is_unreadable(porch: Any, external_id: Any) -> None:
    assert porch.call(porch.hook(external_id), porch.hook("1")) == [400, 200]
    assert porch.dirty() == ["1"]


def test_a_call_about_what_is_not_read_is_a_greeting(porch: Any) -> None:
    assert porch.call(signed(porch.secret, Touched("coupons", "1", "coupons"))) == [200]
    assert porch.counts() == {("shop", "greeting"): 1}
    assert porch.dirty(stream="coupons") == []


def test_both_secrets_are_good_while_one_replaces_the_other(porch: Any) -> None:
    """T012: for ten minutes, and not a second longer."""
    new = porch.add_secret("new word")
    until = porch.house.clock() + timedelta(minutes=10)
    with porch.house.hub.database.write() as tx:
        secrets.retire(tx, "shop", "webhook", new, until)
    fresh = signed("new word", Touched("orders", "2", "orders"))
    assert porch.call(porch.hook("1"), fresh) == [200, 200]
    porch.house.clock.forward(minutes=9, seconds=59)
    assert porch.call(porch.hook("1"), fresh) == [200, 200]
    porch.house.clock.forward(seconds=1)
    assert porch.call(porch.hook("1"), fresh) == [401, 200]


def test_an_expired_secret_is_refused_although_the_door_was_read_before(porch: Any) -> None:
    """T012: doors are remembered for some seconds; what they may be opened with is judged at each call."""
    new = porch.add_secret("new word")
    with porch.house.hub.database.write() as tx:
        secrets.retire(tx, "shop", "webhook", new, porch.house.clock() + timedelta(seconds=2))
    hook = porch.hook()

    async def around(client: httpx.AsyncClient) -> list[int]:
        before = await client.post("/webhooks/shop", content=hook.body, headers=dict(hook.headers))
        porch.house.clock.forward(seconds=2)
        after = await client.post("/webhooks/shop", content=hook.body, headers=dict(hook.headers))
        return [before.status_code, after.status_code]

    assert porch.visit(around) == [200, 401]


def test_a_new_secret_is_good_at_once_although_the_door_was_read_before(porch: Any) -> None:
    fresh = signed("new word", Touched("orders", "2", "orders"))

    async def around(client: httpx.AsyncClient) -> list[int]:
        statuses = []
        for step in (lambda: None, lambda: porch.add_secret("new word")):
            step()
            answer = await client.post("/webhooks/shop", content=fresh.body, headers=dict(fresh.headers))
            statuses.append(answer.status_code)
            porch.house.clock.forward(seconds=1)
        return statuses

    assert porch.visit(around) == [401, 200]


def test_a_call_for_a_shop_that_is_not_connected_touches_nobody(porch: Any) -> None:
    """T013: recorded under no name, since anybody can make names up."""
    assert porch.call(porch.hook(), to="other") == [404]
    assert porch.call(porch.hook(), to="erp") == [404]
    assert porch.counts() == {("", "unknown"): 2}
    assert porch.dirty() == porch.dirty("erp") == []


def test_two_stores_with_the_same_ids_do_not_touch_each_other(porch: Any) -> None:
    """T006: the key is (connection, stream, external id)."""
    house = porch.house
    house.route("order", "erp", "shop")
    house.shop.put("orders", order("5", number="#1001", email="a@example.com"))
    house.erp.put("orders", order("5", number="#1001", email="b@example.com"))
    porch.call(porch.hook("5"))
    assert (porch.dirty(), porch.dirty("erp")) == (["5"], [])
    house.sync_well()
    assert house.record("shop", "orders", "5").id != house.record("erp", "orders", "5").id
    assert house.data("erp", "orders", "5")["email"] == "b@example.com"


def test_a_body_beyond_the_limit_is_not_read_to_its_end(porch: Any) -> None:
    large = porch.hook(padding="x" * 2000)

    async def both(client: httpx.AsyncClient) -> list[int]:
        async def parts() -> Any:
            for start in range(0, len(large.body), 100):
                yield large.body[start : start + 100]

        whole = await client.post("/webhooks/shop", content=large.body, headers=dict(large.headers))
        piecemeal = await client.post("/webhooks/shop", content=parts(), headers=dict(large.headers))
        return [whole.status_code, piecemeal.status_code]

    assert porch.visit(both, limit=1000) == [413, 413]
    assert porch.counts() == {("shop", "too_large"): 2}
    assert porch.dirty() == []


def test_only_posts_are_taken(porch: Any) -> None:
    async def get(client: httpx.AsyncClient) -> int:
        return (await client.get("/webhooks/shop")).status_code

    assert porch.visit(get) == 405


def test_calls_that_come_together_are_committed_together(porch: Any) -> None:
    begun: list[str] = []
    porch.house.seam = lambda name: begun.append(name) if name == "before begin" else None
    assert porch.call(*[porch.hook(str(n)) for n in range(200)], at_once=True) == [200] * 200
    assert len(porch.dirty()) == 200
    assert len(begun) < 20


def test_what_cannot_be_kept_now_is_sent_away_and_comes_again(porch: Any) -> None:
    def full(name: str) -> None:
        if name == "before begin":
            raise UnavailableError("The disk is full.", hint="Free some space.")

    hook = porch.hook()

    async def twice(client: httpx.AsyncClient) -> list[httpx.Response]:
        answers = []
        for seam in (full, lambda _name: None):
            porch.house.seam = seam
            answers.append(await client.post("/webhooks/shop", content=hook.body, headers=dict(hook.headers)))
        return answers

    first, second = porch.visit(twice)
    assert (first.status_code, first.headers["Retry-After"], second.status_code) == (503, "30", 200)
    assert porch.dirty() == ["1"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_while_calls_are_kept_leaves_nobody_waiting_and_shows_in_the_health(porch: Any) -> None:
    def break_down(name: str) -> None:
        if name == "before commit":
            raise RuntimeError("a bug")

    hook = porch.hook()

    async def break_it(client: httpx.AsyncClient) -> tuple[list[int], dict[str, Any]]:
        porch.house.seam = break_down
        posts = [client.post("/webhooks/shop", content=hook.body, headers=dict(hook.headers)) for _ in range(3)]
        statuses = [answer.status_code for answer in await asyncio.gather(*posts)]
        later = await client.post("/webhooks/shop", content=hook.body, headers=dict(hook.headers))
        return [*statuses, later.status_code], (await client.get("/health")).json()

    statuses, health = porch.visit(break_it)
    assert statuses == [503] * 4
    assert (health["ready"], health["webhooks"]) == (False, False)
    assert porch.dirty() == []
