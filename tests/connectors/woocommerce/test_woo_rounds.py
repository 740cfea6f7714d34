"""Both ways: what is edited on either side is on the other after one round, and nobody answers with an echo."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import httpx
import pytest
from woo_house import WooHouse

from hub.clock import utc_text


@pytest.fixture
def agreed(woo_house: WooHouse) -> WooHouse:
    """Both sides after the first rounds: everything of the store is in the ERP."""
    woo_house.sync()
    for article in woo_house.erp.tables["articles"].values():
        for row in article["variants"]:
            woo_house.erp.put("shelves", {"id": f"L{row['id']}", "variant": row["id"], "quantity": "50"})
    woo_house.sync()
    woo_house.sync()
    assert woo_house.quiet() == []
    return woo_house


def edit_in_shop(house: WooHouse, kind: str, number: int, **changes: Any) -> None:
    row = getattr(house.shop.store, kind)[number]
    row |= changes
    house.shop.store.touch(row)
    house.at += timedelta(seconds=5)


def first(house: WooHouse, **wanted: Any) -> dict[str, Any]:
    rows = house.shop.store.orders.values()
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def test_a_customer_goes_round(agreed: WooHouse) -> None:
    """T117, T120: the first name is changed in the store, the last name in the ERP, in turn and at once."""
    number = next(iter(agreed.shop.store.customers))
    edit_in_shop(agreed, "customers", number, first_name="Zoë")
    agreed.sync()
    assert agreed.theirs("parties", number)["first"] == "Zoë"
    assert agreed.quiet() == []
    agreed.erp.put("parties", {**agreed.theirs("parties", number), "last": "Ñandú"})
    agreed.sync()
    assert agreed.shop.store.customers[number]["last_name"] == "Ñandú"
    assert agreed.quiet() == []
    edit_in_shop(agreed, "customers", number, first_name="Ada")
    agreed.erp.put("parties", {**agreed.theirs("parties", number), "last": "Lovelace"})
    agreed.sync()
    both = agreed.shop.store.customers[number], agreed.theirs("parties", number)
    assert (both[0]["first_name"], both[0]["last_name"]) == (both[1]["first"], both[1]["last"]) == ("Ada", "Lovelace")
    assert agreed.quiet() == []


def test_an_order_and_its_tracking_go_round(agreed: WooHouse) -> None:
    """T116: the note is edited in the store while the ERP ships, which the store is told with its tracking number."""
    order = first(agreed, status="processing")
    edit_in_shop(agreed, "orders", order["id"], customer_note="Ring twice")
    agreed.sync()
    assert agreed.theirs("sales", order["id"])["note"] == "Ring twice"
    assert agreed.quiet() == []
    sale = agreed.theirs("sales", order["id"])
    agreed.erp.put("deliveries", {"id": "D1", "order": sale["id"], "status": "in_transit", "tracking": "JD014"})
    agreed.sync()
    tracking = [row["value"] for row in order["meta_data"] if row["key"] == "_wc_shipment_tracking_items"]
    assert [item["tracking_number"] for (item,) in tracking] == ["JD014"]
    assert order["status"] == "completed"
    agreed.sync()  # the store completed the order by itself: that is a change of its own
    assert agreed.theirs("sales", order["id"])["status"] == "completed"
    assert agreed.quiet() == []


def test_the_status_of_an_order_goes_round(agreed: WooHouse) -> None:
    order = first(agreed, status="processing")
    agreed.erp.put("sales", {**agreed.theirs("sales", order["id"]), "status": "cancelled"})
    agreed.sync()
    assert order["status"] == "cancelled"
    assert agreed.quiet() == []
    other = first(agreed, status="processing")
    edit_in_shop(agreed, "orders", other["id"], status="completed", date_completed_gmt=utc_text(agreed.at)[:19])
    agreed.sync()
    assert agreed.theirs("sales", other["id"])["status"] == "completed"
    assert agreed.quiet() == []


def test_stock_and_prices_go_round(agreed: WooHouse) -> None:
    product = next(row for row in agreed.shop.store.products.values() if row["sku"] == "WOOL-100")
    agreed.erp.put("shelves", {**agreed.erp.tables["shelves"]["LeWOOL-100"], "quantity": "33"})
    agreed.sync()
    assert product["stock_quantity"] == 33
    assert agreed.quiet() == []
    edit_in_shop(agreed, "products", product["id"], regular_price="13.00", price="13.00")
    agreed.sync()
    (variant,) = agreed.theirs("articles", product["id"])["variants"]
    assert variant["price"] == "13.00"
    assert agreed.quiet() == []
    article = agreed.theirs("articles", product["id"])
    agreed.erp.put("articles", {**article, "variants": [{**variant, "price": "14.50"}]})
    agreed.sync()
    assert product["price"] == "14.50"
    assert agreed.quiet() == []


def test_the_store_is_never_told_more_than_is_left_after_its_own_sales(agreed: WooHouse) -> None:
    """A sale that the ERP takes off its own figure only later."""
    product = next(row for row in agreed.shop.store.products.values() if row["sku"] == "WOOL-100")
    agreed.shop.requests.clear()
    body = {"status": "processing", "line_items": [{"product_id": product["id"], "quantity": 3}]}
    sell(agreed, body)
    assert product["stock_quantity"] == 47
    agreed.sync()
    assert product["stock_quantity"] == 47
    agreed.erp.put("shelves", {**agreed.erp.tables["shelves"]["LeWOOL-100"], "quantity": "47"})
    agreed.sync()
    agreed.sync()
    assert product["stock_quantity"] == 47


def sell(house: WooHouse, body: dict[str, Any]) -> None:
    key = b64encode(b"ck_sandbox:cs_sandbox").decode()
    url = "https://shop.test/wp-json/wc/v3/orders"
    answer = house.shop(httpx.Request("POST", url, json=body, headers={"Authorization": f"Basic {key}"}))
    assert answer.status_code == 201, answer.text
    house.at += timedelta(seconds=5)
