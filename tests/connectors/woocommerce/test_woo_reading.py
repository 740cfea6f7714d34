"""Reading windows: what is asked on the wire, and that nothing is lost whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from connectors.woocommerce.sandbox import Key, WooSandbox, orders, refunds, seed
from hub.api import BadResponseError, ConfigError, Lane, Window

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
ORDERS = "https://127.0.0.1:8081/wp-json/wc/v3/orders"
SINCE, UNTIL = datetime(2026, 8, 18, 1, 23, 56, 700000, UTC), datetime(2026, 8, 19, 1, 0, 0, 200000, UTC)


def page(rows: list[dict[str, Any]], total: int, pages: int, **headers: str) -> httpx.Response:
    counted = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages), "Date": "Sat, 21 Nov 2026 22:44:00 GMT"}
    return httpx.Response(200, json=rows, headers={**counted, **headers})


def ids(pages: Iterator[Any]) -> list[int]:
    return [row["id"] for page in pages for row in page.documents]


@respx.mock
def test_a_window_is_asked_in_bare_gmt_with_its_flag_and_one_second_earlier(connect: Any) -> None:
    """T024: a store in any zone and through any change of its clocks is asked in GMT."""
    route = respx.get(ORDERS).mock(return_value=page([], 0, 0))
    found = list(connect().read("orders", Window(SINCE, UNTIL)))
    assert dict(route.calls.last.request.url.params) == {
        "per_page": "100", "orderby": "id", "order": "asc", "page": "1", "dates_are_gmt": "true",
        "modified_after": "2026-08-18T01:23:55", "modified_before": "2026-08-19T01:00:01",
    }  # fmt: skip
    assert route.call_count == 1
    assert [(p.documents, p.resume, p.expected, p.remote_time) for p in found] == [([], None, 0, NOW)]


@respx.mock
def test_a_window_of_one_page_is_one_request(connect: Any) -> None:
    route = respx.get(ORDERS).mock(return_value=page([{"id": 1}, {"id": 2}], 2, 1))
    found = list(connect().read("orders", Window(SINCE, UNTIL)))
    assert route.call_count == 1
    assert [(p.documents, p.resume) for p in found] == [([{"id": 1}, {"id": 2}], None)]


@respx.mock
def test_pages_are_read_from_the_last_to_the_first_below_the_stores_own_clock(connect: Any) -> None:
    """T025: our clock may be ahead; nothing may enter the window while it is read."""
    answers = [page([{"id": n}], 3, 3) for n in (1, 3, 2, 1)]
    route = respx.get(ORDERS).mock(side_effect=answers)
    ahead = NOW + timedelta(minutes=3)
    found = list(connect(page_size=1).read("orders", Window(SINCE, ahead)))
    asked = [call.request.url.params for call in route.calls]
    assert [params["page"] for params in asked] == ["1", "3", "2", "1"]
    assert [params["modified_before"] for params in asked] == ["2026-11-21T22:47:00", *["2026-11-21T22:44:00"] * 3]
    frozen = {"expected": 3, "before": "2026-11-21T22:44:00"}
    assert [p.resume for p in found] == [{"page": 2, **frozen}, {"page": 1, **frozen}, None]
    assert [p.expected for p in found] == [3, 3, 3]


@respx.mock
def test_reading_goes_on_from_a_resume_point_that_went_through_json(connect: Any) -> None:
    """T017: a run that failed goes on where its last committed page led."""
    respx.get(ORDERS).mock(side_effect=[page([{"id": n}], 3, 3) for n in (1, 3)])
    first = next(iter(connect().read("orders", Window(SINCE, UNTIL))))
    respx.get(ORDERS).mock(side_effect=[page([{"id": n}], 3, 3) for n in (2, 1)])
    rest = Window(SINCE, UNTIL, json.loads(json.dumps(first.resume)))
    assert ids(iter([first])) + ids(connect().read("orders", rest)) == [3, 2, 1]


@respx.mock
def test_the_first_import_asks_for_everything_without_a_filter(connect: Any) -> None:
    """T026: records without a time of modification are read by id order."""
    route = respx.get(ORDERS).mock(return_value=page([], 0, 0))
    list(connect().read("orders", Window(None, UNTIL)))
    assert not {"modified_after", "modified_before", "dates_are_gmt"} & route.calls.last.request.url.params.keys()
    list(connect().read("orders", Window(None, UNTIL, lane=Lane.BACKFILL)))
    assert route.calls.last.request.url.params["modified_before"] == "2026-08-19T01:00:01"


def test_the_first_import_of_a_whole_store_is_complete(shop: WooSandbox, connect: Any) -> None:
    """T020, T029: same-second ties and closed orders are all there."""
    found = ids(connect(shop).read("orders", Window(None, NOW)))
    wanted = {row["id"] for row in shop.store.orders.values() if row["status"] != "trash"}
    assert len(found) == len(set(found)) == 500
    assert set(found) == wanted


def test_a_window_holds_exactly_what_was_modified_in_it(shop: WooSandbox, connect: Any) -> None:
    since, until = NOW - timedelta(days=30), NOW - timedelta(days=2)
    lower, upper = (moment.replace(tzinfo=None).isoformat() for moment in (since, until))
    wanted = {
        row["id"]
        for row in shop.store.orders.values()
        if lower <= row["date_modified_gmt"] < upper and row["status"] != "trash"
    }
    found = ids(connect(shop, page_size=7).read("orders", Window(since, until)))
    assert set(found) == wanted
    assert len(wanted) > 50
    edge = min(shop.store.orders[number]["date_modified_gmt"] for number in wanted)
    moment = datetime.fromisoformat(f"{edge}+00:00")
    assert ids(connect(shop).read("orders", Window(moment, moment + timedelta(seconds=1))))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Europe/Berlin", "UTC"])
def test_windows_are_right_in_every_zone_of_a_store(zone: str, connect: Any, ask: Callable[..., Any]) -> None:
    moment = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]  # in Berlin 02:30 comes twice that night
    store = WooSandbox(zone=zone, clock=lambda: moment[0])
    key = ("ck_sandbox", "cs_sandbox")
    made = [ask(store, "POST", "/orders", json={}, auth=key).json()["id"] for _ in range(1)]
    moment[0] += timedelta(hours=1)
    made += [ask(store, "POST", "/orders", json={}, auth=key).json()["id"]]
    moment[0] += timedelta(hours=12)
    woo = connect(store, key=key[0], secret=key[1])
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert ids(woo.read("orders", Window(start, start + timedelta(minutes=1)))) == made[:1]
    assert ids(woo.read("orders", Window(start + timedelta(hours=1), start + timedelta(hours=2)))) == made[1:]
    assert ids(woo.read("orders", Window(start + timedelta(hours=2), moment[0]))) == []


def test_orders_that_are_edited_while_they_are_read_lose_no_other(shop: WooSandbox, connect: Any) -> None:
    """The drift of page_drift.json: three orders of page 1 are edited between two pages."""
    moment = [NOW]
    shop.store.clock = lambda: moment[0]
    since, until = NOW - timedelta(days=119), NOW
    window = Window(since, until)
    wanted = set(ids(connect(shop).read("orders", window)))
    found: list[int] = []
    edited: set[int] = set()
    for one in connect(shop, page_size=50).read("orders", window):
        found += [row["id"] for row in one.documents]
        moment[0] += timedelta(seconds=5)
        for order in sorted(shop.store.orders.values(), key=lambda row: row["id"])[len(edited) : len(edited) + 3]:
            shop.store.touch(order)
            edited.add(order["id"])
    assert wanted - set(found) <= edited  # these left for the next window
    later = set(ids(connect(shop).read("orders", Window(until, moment[0] + timedelta(seconds=1)))))
    assert wanted <= set(found) | later


def test_few_customers_and_levels_are_read_whole_whatever_the_window(shop: WooSandbox, connect: Any) -> None:
    woo = connect(shop)
    shop.requests.clear()
    people = ids(woo.read("customers", Window(NOW, NOW)))
    assert len(people) == len(set(people)) == len(shop.store.customers)
    assert all("modified_after" not in line and "role=all" in line for line in shop.requests)
    assert len(ids(woo.read("stock", Window(NOW, NOW)))) == 38


def test_of_many_customers_a_window_reads_the_newest_and_a_sweep_all(shop: WooSandbox, connect: Any, ask: Any) -> None:
    """The store has no filter: edits come by webhooks and sweeps, new accounts stand last by id."""
    new = ask(shop, "POST", "/customers", json={"email": "new@example.test"}).json()["id"]
    woo, minute = connect(shop, page_size=10), timedelta(minutes=1)
    shop.requests.clear()
    assert new in ids(woo.read("customers", Window(NOW - minute, NOW + minute)))
    assert len(shop.requests) <= 3
    assert sorted(ids(woo.read("customers", Window(lane=Lane.SWEEP)))) == sorted(shop.store.customers)


def test_of_many_products_a_window_reads_the_stock_of_those_that_were_edited(
    shop: WooSandbox, connect: Any, ask: Any
) -> None:
    woo, minute = connect(shop, page_size=2), timedelta(minutes=1)
    edited = next(row["id"] for row in shop.store.products.values() if row["sku"] == "WOOL-100")
    ask(shop, "PUT", f"/products/{edited}", json={"stock_quantity": 3})
    shop.requests.clear()
    assert ids(woo.read("stock", Window(NOW - minute, NOW + minute))) == [edited]
    assert len(shop.requests) <= 3
    assert len(ids(woo.read("stock", Window(lane=Lane.SWEEP)))) == 38


def test_products_come_with_their_variations_inside(shop: WooSandbox, connect: Any) -> None:
    rows = [row for one in connect(shop).read("products", Window()) for row in one.documents]
    by_type = {row["type"]: row for row in rows}
    assert [v["id"] for v in by_type["simple"]["variations"]] == [by_type["simple"]["id"]]
    inside = by_type["variable"]["variations"]
    assert len(inside) >= 3
    assert {v["parent_id"] for v in inside} == {by_type["variable"]["id"]}
    assert sum(len(row["variations"]) for row in rows) == 15 + 23


def test_more_than_a_hundred_variations_of_a_product_are_all_read(connect: Any, sandbox: WooSandbox, ask: Any) -> None:
    parent = ask(sandbox, "POST", "/products", json={"name": "Shirt", "type": "variable"}).json()["id"]
    for start in range(0, 240, 80):
        body = {"create": [{"sku": f"S-{n}", "regular_price": "1"} for n in range(start, start + 80)]}
        ask(sandbox, "POST", f"/products/{parent}/variations/batch", json=body)
    (product,) = connect(sandbox).fetch("products", [str(parent)])
    assert [v["sku"] for v in product["variations"]] == [f"S-{n}" for n in range(240)]


def test_refunds_come_with_the_currency_and_taxes_of_their_orders(shop: WooSandbox, connect: Any) -> None:
    shop.requests.clear()
    rows = [row for one in connect(shop).read("refunds", Window()) for row in one.documents]
    assert len(rows) == len(shop.store.refunds)
    assert {row["id"]: row["currency"] for row in rows} == {
        number: shop.store.orders[refund["parent_id"]]["currency"] for number, refund in shop.store.refunds.items()
    }
    assert len(shop.requests) == 2


def test_a_refund_whose_order_did_not_move_arrives_through_the_refunds(shop: WooSandbox, connect: Any) -> None:
    """T022: a gateway's plugin refunds and leaves the order's time alone."""
    order = next(row for row in shop.store.orders.values() if row["status"] == "processing" and float(row["total"]) > 5)
    before = order["date_modified_gmt"]
    refunds.add(shop.store, order, Decimal("1.00"), "PayPal", [])
    order["date_modified_gmt"] = before
    window = Window(NOW - timedelta(minutes=1), NOW + timedelta(minutes=1))
    (refund,) = [row for one in connect(shop).read("refunds", window) for row in one.documents]
    assert (refund["parent_id"], refund["amount"]) == (order["id"], "1.00")


def refund_some(store: WooSandbox, ask: Any) -> set[int]:
    paid = [o for o in store.store.orders.values() if o["status"] == "processing" and float(o["total"]) > 2][::9]
    bodies = [(order["id"], {"amount": "1.00", "api_refund": False, "reason": "Late"}) for order in paid]
    return {ask(store, "POST", f"/orders/{number}/refunds", json=body).json()["id"] for number, body in bodies}


def old_store() -> WooSandbox:
    made = WooSandbox(clock=lambda: NOW, keys=[Key("ck_good", "cs_good")], version="8.9.3")
    seed(made, orders=60)
    return made


def test_a_store_before_9_has_its_refunds_read_through_its_orders(connect: Any, ask: Any) -> None:
    """T022, where there is no list of all refunds: the store has none to sweep."""
    store = old_store()
    made = refund_some(store, ask)
    woo = connect(store, page_size=20)
    assert ask(store, "GET", "/refunds").status_code == 404
    pages = list(woo.read("refunds", Window()))
    rows = [row for one in pages for row in one.documents]
    assert {row["id"] for row in rows} == {r["id"] for r in store.store.refunds.values() if not trashed(store, r)}
    assert made <= {row["id"] for row in rows}
    assert all(row["parent_id"] and row["currency"] for row in rows)
    again = woo.read("refunds", Window(resume=json.loads(json.dumps(pages[0].resume))))
    assert [one.documents for one in again] == [one.documents for one in pages[1:]]
    wanted = [str(number) for number in made]
    assert {row["id"] for row in woo.fetch("refunds", [*wanted, "999999"])} == made


def trashed(store: WooSandbox, refund: dict[str, Any]) -> bool:
    return bool(store.store.orders[refund["parent_id"]]["status"] == "trash")


def test_an_old_and_a_new_store_tell_the_same_of_their_refunds(connect: Any, ask: Any) -> None:
    documents = []
    for version in ("8.9.3", "10.2.4"):
        store = WooSandbox(clock=lambda: NOW, keys=[Key("ck_good", "cs_good")], version=version)
        seed(store, orders=60)
        rows = (row for one in connect(store).read("refunds", Window()) for row in one.documents)
        documents.append({row["id"]: row for row in rows if not trashed(store, row)})
    assert documents[0] == documents[1] != {}


@pytest.mark.parametrize("hpos", [True, False])
def test_orders_kept_as_posts_are_read_like_those_in_tables(connect: Any, hpos: bool) -> None:
    store = WooSandbox(clock=lambda: NOW, keys=[Key("ck_good", "cs_good")], hpos=hpos)
    seed(store, orders=60)
    woo = connect(store, page_size=20)
    whole = ids(woo.read("orders", Window()))
    assert sorted(whole) == sorted(o["id"] for o in store.store.orders.values() if o["status"] != "trash")
    resume = {"page": 9, "expected": 60, "before": None}  # the window has shrunk since the point was kept
    assert ids(woo.read("orders", Window(resume=resume)))[-20:] == whole[-20:]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe"])
def test_two_changes_in_the_hour_that_comes_twice_both_arrive(zone: str, connect: Any) -> None:
    """T024: 02:30 comes twice in Berlin on 25 October 2026; the store's local times say the same of both."""
    store = WooSandbox(clock=lambda: NOW, keys=[Key("ck_good", "cs_good")], zone=zone)
    seed(store, orders=20)
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    changed = [o for o in store.store.orders.values() if o["status"] != "trash"][:2]
    for order, moment in zip(changed, (first, second), strict=True):
        store.store.clock = lambda moment=moment: moment  # type: ignore[misc]
        store.store.touch(order)
    store.store.clock = lambda: NOW
    woo = connect(store)
    if zone == "Europe/Berlin":
        shown = [row["date_modified"] for row in woo.fetch("orders", [str(o["id"]) for o in changed])]
        assert shown == ["2026-10-25T02:30:00"] * 2
    half = timedelta(minutes=30)
    seen = [
        [row["id"] for row in page.documents if row["id"] in {o["id"] for o in changed}]
        for window in (Window(first - half, first + half), Window(first + half, second + half))
        for page in woo.read("orders", window)
    ]
    assert seen == [[changed[0]["id"]], [changed[1]["id"]]]


def test_a_full_look_at_200_000_products_fits_into_a_night(connect: Any) -> None:
    """T114: a request a hundred, at the pace of the slowest store that was measured; here a tenth of them."""
    asked: list[httpx.Request] = []
    row = {"type": "simple", "variations": [], "sku": "MUG", "manage_stock": True, "stock_quantity": 40}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        size, number = int(request.url.params["per_page"]), int(request.url.params["page"])
        return page([{**row, "id": number * size + n} for n in range(size)], 20_000, 20_000 // size)

    sizes = [len(found.documents) for found in connect(answer).read("stock", Window(lane=Lane.SWEEP))]
    assert (sum(sizes), max(sizes)) == (20_000, 100)
    assert len(asked) == 201
    assert 10 * len(asked) * timedelta(seconds=5.3) < timedelta(hours=4)


def test_records_are_fetched_by_id_and_those_gone_are_left_out(shop: WooSandbox, connect: Any) -> None:
    woo = connect(shop)
    numbers = [str(number) for number in list(shop.store.orders)[:3]]
    trashed = next(str(row["id"]) for row in shop.store.orders.values() if row["status"] == "trash")
    asked = [*numbers, trashed, "999999"]
    assert {str(row["id"]) for row in woo.fetch("orders", asked)} == {*numbers, trashed}
    assert list(woo.fetch("orders", ["999999"])) == []
    assert list(woo.fetch("customers", ["999999"])) == list(woo.fetch("products", ["999999"])) == []
    variation = next(iter(shop.store.variations))
    (level,) = woo.fetch("stock", [str(variation)])
    assert (level["id"], level["type"]) == (variation, "variation")
    refund = next(iter(shop.store.refunds))
    assert [row["id"] for row in woo.fetch("refunds", [str(refund), "999999"])] == [refund]


def test_people_search_by_number_mail_and_sku(shop: WooSandbox, connect: Any) -> None:
    woo = connect(shop)
    order = next(row for row in shop.store.orders.values() if row["billing"]["email"] and row["status"] != "trash")
    assert order["id"] in [row["id"] for row in woo.search("orders", order["billing"]["email"])]
    assert [row["email"] for row in woo.search("customers", "CUSTOMER01@example.test")] == ["customer01@example.test"]
    assert [row["sku"] for row in woo.search("products", "needle-set")] == ["NEEDLE-SET"]
    assert [row["sku"] for row in woo.search("products", "purl")] == ["NEEDLE-SET"]


@respx.mock
def test_answers_that_are_not_what_was_asked_for_are_named(connect: Any) -> None:
    counted = {"X-WP-Total": "1", "X-WP-TotalPages": "1"}
    bad = {
        "a web page": httpx.Response(200, html="<html>maintenance</html>", headers=counted),
        "cut off": httpx.Response(200, content=b'[{"id": 1, "sta', headers=counted),
        "other than a list": httpx.Response(200, json={"code": "x"}, headers=counted),
        "without the header X-WP-Total": httpx.Response(200, json=[]),
    }
    for said, answer in bad.items():
        respx.get(ORDERS).mock(return_value=answer)
        with pytest.raises(BadResponseError) as caught:
            list(connect().read("orders", Window()))
        assert said in caught.value.message
        assert caught.value.hint


@respx.mock
def test_a_wrong_url_is_named_by_the_check(connect: Any) -> None:
    no_route = {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}
    cases = {
        "not the REST API": httpx.Response(200, html="<html>Welcome</html>"),
        "no REST API": httpx.Response(404, html="<html>Not found</html>"),
        "no WooCommerce": httpx.Response(404, json=no_route),
    }
    for said, answer in cases.items():
        respx.route(host="127.0.0.1").mock(return_value=answer)
        with pytest.raises(ConfigError) as caught:
            connect().check()
        assert said in caught.value.message
        assert caught.value.hint


def test_settling_an_order_in_the_store_shows_in_the_next_window(shop: WooSandbox, connect: Any) -> None:
    order = next(row for row in shop.store.orders.values() if row["status"] == "processing")
    orders.set_status(shop.store, order, "completed")
    shop.store.touch(order)
    window = Window(NOW - timedelta(minutes=2), NOW + timedelta(minutes=2))
    assert ids(connect(shop).read("orders", window)) == [order["id"]]
