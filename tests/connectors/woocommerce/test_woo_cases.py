"""What happens between a WooCommerce store and an ERP, case by case, through the whole hub."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from test_woo_rounds import agreed, edit_in_shop, first, sell  # noqa: F401 - a fixture
from woo_house import WooHouse

from connectors.woocommerce import SPEC
from connectors.woocommerce.webhooks import sign
from hub.api import Hook
from hub.store import inbox, links, records, settings
from hub.sync.execute import sync

SECRET = "s"
KEYS = ("ck_sandbox", "cs_sandbox")
BATCH = "/wp-json/wc/v3/products/batch"
BASIC = f"Basic {b64encode(b'ck_sandbox:cs_sandbox').decode()}"


def called(house: WooHouse, topic: str, body: dict[str, Any]) -> None:
    """Take a call of the store in, as the hub's web side does."""
    assert SPEC.webhooks is not None
    raw = orjson.dumps(body)
    headers = {"x-wc-webhook-topic": topic, "x-wc-webhook-signature": sign(SECRET, raw).decode()}
    touched = SPEC.webhooks.receive(Hook(headers, raw), [SECRET])
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", t.stream, t.external_id) for t in touched], topic, house.at)


def rows_of(house: WooHouse, entity: str) -> list[Any]:
    with house.hub.database.read() as tx:
        return list(records.of_entity(tx, entity))


@pytest.mark.parametrize("order", [("updated", "created"), ("created", "updated"), ("updated", "updated")])
def test_calls_in_any_order_make_one_order_that_is_paid(woo_house: WooHouse, order: tuple[str, str]) -> None:
    """T034, T002: the order is fetched as it stands now, whichever call comes first, and a poll sees it too."""
    paid = first(woo_house, status="processing")
    for event in order:
        called(woo_house, f"order.{event}", {"id": paid["id"], "refunds": []})
        woo_house.shop.requests.clear()
        sync(woo_house.hub, ["shop"], ["customers", "products", "orders"])
        assert f"GET /wp-json/wc/v3/orders/{paid['id']}" in woo_house.shop.requests
    woo_house.sync()
    woo_house.sync()
    mine = [row for row in rows_of(woo_house, "order") if row.number == paid["number"]]
    assert len(mine) == 1
    assert orjson.loads(mine[0].data)["payment_status"] == "paid"
    assert [sale["number"] for sale in woo_house.erp.tables["sales"].values()].count(paid["number"]) == 1


@pytest.mark.parametrize("topic", ["order.deleted", "order.restored", "order.updated"])
def test_a_call_without_an_order_in_it_lets_the_order_be_read(woo_house: WooHouse, topic: str) -> None:
    """T037: its body is a number and nothing more, as of an order that goes to the trash; nothing becomes a problem."""
    woo_house.sync()
    order = first(woo_house, status="processing")
    edit_in_shop(woo_house, "orders", order["id"], customer_note="Ring twice")
    called(woo_house, topic, {"id": order["id"]})
    sync(woo_house.hub, ["shop"], ["orders"])
    assert woo_house.record("orders", order["id"])["note"] == "Ring twice"
    assert woo_house.problems() == []


def test_a_guest_who_writes_the_e_mail_otherwise_is_the_same_customer(woo_house: WooHouse) -> None:
    """T064: case and spaces differ; one customer, both orders are theirs, and one party in the ERP."""
    woo_house.sync()
    product = next(row for row in woo_house.shop.store.products.values() if row["sku"] == "WOOL-100")
    made = []
    for email in ("ann.ono@example.test", "Ann.Ono@Example.TEST"):
        body = {"status": "processing", "billing": {"first_name": "Ann", "last_name": "Ono", "email": email}}
        sell(woo_house, body | {"line_items": [{"product_id": product["id"], "quantity": 1}]})
        made.append(max(woo_house.shop.store.orders))
    woo_house.shop.store.orders[made[1]]["billing"]["email"] = " Ann.Ono@Example.TEST "  # as a plugin may leave it
    woo_house.sync()
    woo_house.sync()
    assert len({woo_house.record("orders", number)["customer"] for number in made}) == 1
    assert len({woo_house.theirs("sales", number)["customer"] for number in made}) == 1
    assert woo_house.problems() == []


def test_two_people_who_share_an_e_mail_are_two_customers(woo_house: WooHouse) -> None:
    """T065: their names and addresses differ; each keeps their own orders, also later, and a person is asked once."""
    woo_house.sync()
    product = next(row for row in woo_house.shop.store.products.values() if row["sku"] == "WOOL-100")
    people = [("Ann", "1 High Street"), ("Bob", "9 Low Road"), ("Ann", "1 High Street"), ("Bob", "9 Low Road")]
    made = []
    for name, street in people:
        billing = {"first_name": name, "last_name": name, "address_1": street, "email": "office@example.test"}
        line = {"product_id": product["id"], "quantity": 1}
        sell(woo_house, {"status": "processing", "billing": billing, "line_items": [line]})
        made.append(max(woo_house.shop.store.orders))
        woo_house.sync()
    woo_house.sync()
    buyers = [woo_house.record("orders", number)["customer"] for number in made]
    assert (buyers[0], buyers[1]) == (buyers[2], buyers[3])
    assert buyers[0] != buyers[1]
    parties = [woo_house.theirs("sales", number)["customer"] for number in made]
    assert (parties[0] == parties[2], parties[1] == parties[3], parties[0] == parties[1]) == (True, True, False)
    (problem,) = repairs(woo_house)
    assert (problem.subject, problem.field) == (str(made[1]), "customer")
    assert "kept as two customers" in problem.message
    edit_in_shop(woo_house, "orders", made[1], customer_note="Ring twice")
    woo_house.erp.put("sales", {**woo_house.theirs("sales", made[3]), "note": "picked"})
    woo_house.sync()
    assert [woo_house.record("orders", number)["customer"] for number in made] == buyers


def test_a_line_removed_and_one_added_are_so_in_the_erp(woo_house: WooHouse) -> None:
    """T036: before it is shipped."""
    woo_house.sync()
    order = first(woo_house, status="processing")
    kept, gone = order["line_items"][0], order["line_items"][1:]
    new = {**kept, "id": 999_001, "quantity": 2}
    edit_in_shop(woo_house, "orders", order["id"], line_items=[kept, new])
    woo_house.sync()
    sale = woo_house.theirs("sales", order["id"])
    assert [line["id"] for line in sale["lines"]] == [str(kept["id"]), "999001"]
    assert not {str(line["id"]) for line in gone} & {line["id"] for line in sale["lines"]}


def test_a_line_edited_without_a_new_date_is_seen_by_the_daily_re_read(woo_house: WooHouse) -> None:
    """T021: seen within a day, as the stream declares."""
    woo_house.sync()
    order = first(woo_house, status="processing")
    order["line_items"][0]["quantity"] += 1
    woo_house.sync()
    assert woo_house.record("orders", order["id"])["lines"][0]["quantity"] != str(order["line_items"][0]["quantity"])
    woo_house.at = woo_house.at.replace(day=woo_house.at.day + 1)
    woo_house.sync()
    assert woo_house.record("orders", order["id"])["lines"][0]["quantity"] == str(order["line_items"][0]["quantity"])


def test_an_address_edited_after_the_order_leaves_the_order_alone(woo_house: WooHouse) -> None:
    """T070: it keeps its own copy, also when it is read again; only the profile changes."""
    woo_house.sync()
    order = next(o for o in woo_house.shop.store.orders.values() if o["customer_id"] and o["status"] == "processing")
    edit_in_shop(woo_house, "orders", order["id"], billing={**order["billing"], "city": "Bergen"})
    woo_house.sync()
    before = woo_house.record("orders", order["id"])["billing_address"]
    assert before["city"] == "Bergen"
    number = order["customer_id"]
    moved = {**woo_house.shop.store.customers[number]["billing"], "city": "Tromsø"}
    edit_in_shop(woo_house, "customers", number, billing=moved)
    woo_house.sync()
    profile = woo_house.record("customers", number)
    assert "Tromsø" in [address["city"] for address in profile["addresses"]]
    edit_in_shop(woo_house, "orders", order["id"], customer_note="Ring twice")
    woo_house.sync()
    assert woo_house.record("orders", order["id"])["note"] == "Ring twice"
    assert woo_house.record("orders", order["id"])["billing_address"] == before


def test_an_e_mail_that_another_customer_had_merges_nobody(woo_house: WooHouse) -> None:
    """T069: two people before, two people after, each with their own orders."""
    woo_house.sync()
    one, other = list(woo_house.shop.store.customers)[:2]
    freed = woo_house.shop.store.customers[other]["email"]
    edit_in_shop(woo_house, "customers", other, email="moved@example.test")
    edit_in_shop(woo_house, "customers", one, email=freed)
    woo_house.sync()
    parties = [woo_house.theirs("parties", number) for number in (one, other)]
    assert parties[0]["id"] != parties[1]["id"]
    assert [party["email"] for party in parties] == [freed, "moved@example.test"]


def test_an_e_mail_that_another_customer_has_is_a_problem_and_merges_nobody(woo_house: WooHouse) -> None:
    """T069: in the ERP one gets the address of the other; the store refuses it, and a person is asked."""
    woo_house.sync()
    woo_house.sync()
    one, other = list(woo_house.shop.store.customers)[:2]
    taken, mine = (woo_house.shop.store.customers[number]["email"] for number in (other, one))
    woo_house.erp.put("parties", {**woo_house.theirs("parties", one), "email": taken})
    woo_house.sync()
    (problem,) = (found for found in woo_house.problems() if found.stream == "customers")
    assert (problem.connection, "e-mail" in problem.message + problem.hint) == ("shop", True)
    assert woo_house.shop.store.customers[one]["email"] == mine
    assert woo_house.theirs("parties", other)["id"] != woo_house.theirs("parties", one)["id"]


def test_a_sku_renamed_in_the_store_keeps_its_article(woo_house: WooHouse) -> None:
    """T078: the link by id holds."""
    woo_house.sync()
    product = next(row for row in woo_house.shop.store.products.values() if row["sku"] == "WOOL-100")
    before = woo_house.theirs("articles", product["id"])["id"]
    edit_in_shop(woo_house, "products", product["id"], sku="WOOL-NEW")
    woo_house.sync()
    after = woo_house.theirs("articles", product["id"])
    assert (after["id"], [row["sku"] for row in after["variants"]]) == (before, ["WOOL-NEW"])


def test_a_refund_that_comes_before_its_order_finds_it(woo_house: WooHouse, ask: Any) -> None:
    """T104: the refund refers to the order, which is read first or promised, and the net is right."""
    order = next(
        o for o in woo_house.shop.store.orders.values() if o["status"] == "processing" and float(o["total"]) > 5
    )
    body = {"amount": "2.00", "api_refund": False, "reason": "Late"}
    made = ask(woo_house.shop, "POST", f"/orders/{order['id']}/refunds", json=body, auth=KEYS).json()["id"]
    sync(woo_house.hub, ["shop"], ["refunds"])
    woo_house.sync()
    refund = woo_house.record("refunds", made)
    with woo_house.hub.database.read() as tx:
        mine = links.resolve(tx, "shop", [("orders", str(order["id"]))])["orders", str(order["id"])]
    assert (refund["order"], refund["total"]) == (mine, "2.00")
    assert woo_house.record("orders", order["id"])["payment_status"] == "partially_refunded"


def test_stock_that_a_cancellation_has_restored_on_both_sides_is_restored_once(agreed: WooHouse) -> None:  # noqa: F811
    """T113: the store puts its own three back, and so does the ERP; nobody ends with six."""
    product = next(row for row in agreed.shop.store.products.values() if row["sku"] == "WOOL-100")
    sell(agreed, {"status": "processing", "line_items": [{"product_id": product["id"], "quantity": 3}]})
    order = agreed.shop.store.orders[max(agreed.shop.store.orders)]
    agreed.sync()
    shelf = agreed.erp.tables["shelves"]["LeWOOL-100"]
    agreed.erp.put("shelves", {**shelf, "quantity": "47"})
    agreed.sync()
    assert product["stock_quantity"] == 47
    change(agreed, order["id"], {"status": "cancelled"})
    assert product["stock_quantity"] == 50
    seen = []
    for quantity in ("47", "50", "50"):
        agreed.erp.put("shelves", {**shelf, "quantity": quantity})
        agreed.sync()
        seen.append(product["stock_quantity"])
    assert agreed.theirs("sales", order["id"])["status"] == "cancelled"
    assert max(seen) == seen[-1] == 50
    assert agreed.quiet() == []


def change(house: WooHouse, number: int, body: dict[str, Any]) -> None:
    """Change an order as somebody in the store does."""
    url = f"https://shop.test/wp-json/wc/v3/orders/{number}"
    answer = house.shop(httpx.Request("PUT", url, json=body, headers={"Authorization": BASIC}))
    assert answer.status_code == 200, answer.text
    house.at += timedelta(seconds=5)


def test_only_the_levels_that_changed_are_written(agreed: WooHouse) -> None:  # noqa: F811
    """T114: three of all levels change; three are written, in one batch, and the next full look writes none."""
    counted = [key for key, row in agreed.erp.tables["shelves"].items() if not row["variant"].endswith("None")]
    simple = {f"Le{row['sku']}" for row in agreed.shop.store.products.values() if row["manage_stock"] is True}
    some = sorted(simple & set(counted))[:3]
    assert len(some) == 3
    for key in some:
        agreed.erp.put("shelves", {**agreed.erp.tables["shelves"][key], "quantity": "33"})
    before = {row["sku"]: row["stock_quantity"] for row in agreed.shop.store.products.values()}
    agreed.shop.requests.clear()
    report = agreed.sync()
    pushed = [
        one.counts for one in report.results if (one.connection, one.stream, one.kind) == ("shop", "stock", "push")
    ]
    assert sum(counts.read for counts in pushed) == 3
    assert [line.split()[1] for line in agreed.shop.requests if line.startswith("POST")] == [BATCH]
    after = {row["sku"]: row["stock_quantity"] for row in agreed.shop.store.products.values()}
    assert {f"Le{sku}" for sku in after if after[sku] != before[sku]} == set(some)
    agreed.at = agreed.at.replace(day=agreed.at.day + 1)
    assert agreed.quiet() == []


def test_a_variant_that_the_erp_does_not_know_is_a_problem_before_it_is_ordered(agreed: WooHouse, ask: Any) -> None:  # noqa: F811
    """T077: articles are kept by people; once theirs has the SKU, the order that came meanwhile goes through."""
    with agreed.hub.database.write() as tx:
        (row,) = (row for row in settings.routes(tx) if row.entity == "product")
        settings.put_route(tx, replace(row, state="matched"))
    product = next(row for row in agreed.shop.store.products.values() if row["type"] == "variable")
    body = {"sku": "NEW-1", "regular_price": "10.00"}
    new = ask(agreed.shop, "POST", f"/products/{product['id']}/variations", json=body, auth=KEYS).json()["id"]
    edit_in_shop(agreed, "products", product["id"])
    agreed.sync()
    (problem,) = repairs(agreed)
    assert (problem.connection, problem.message) == ("erp", "erp has no variant for NEW-1: orders of it will wait.")
    line = {"product_id": product["id"], "variation_id": new, "quantity": 1}
    sell(agreed, {"status": "processing", "line_items": [line]})
    agreed.sync()
    article = agreed.theirs("articles", product["id"])
    fresh = {"id": "eNEW-1", "sku": "NEW-1", "price": "10.00"}
    agreed.erp.put("articles", {**article, "variants": [*article["variants"], fresh]})
    agreed.sync()
    agreed.sync()
    (sold,) = agreed.theirs("sales", max(agreed.shop.store.orders))["lines"]
    assert sold["variant"] == "eNEW-1"
    assert repairs(agreed) == []


def repairs(house: WooHouse) -> list[Any]:
    return [problem for problem in house.problems() if problem.kind == "repair"]
