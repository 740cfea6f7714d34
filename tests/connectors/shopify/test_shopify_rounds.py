"""Both ways: what is edited on either side is on the other after one round, and nobody answers with an echo."""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shopify_house import START, KilledError, ShopifyHouse, build, house  # noqa: F401 - a fixture

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, fulfillments, orders
from connectors.shopify.sandbox.store import number_of
from connectors.shopify.webhooks import receive
from hub.store import inbox, links, problems, records


@pytest.fixture
def agreed(house: ShopifyHouse) -> ShopifyHouse:  # noqa: F811
    """Both sides after the first rounds: everything of the store is in the ERP."""
    for _ in range(3):
        house.sync()
    assert house.quiet() == []
    return house


def edit(house: ShopifyHouse, node: Any, **changes: Any) -> None:  # noqa: F811
    node |= changes
    house.shop.store.touch(node)


def open_order(house: ShopifyHouse) -> Any:  # noqa: F811
    rows = house.shop.store.all("Order")
    free = (row for row in rows if not row["closed"] and not row["fulfillments"] and row["name"] != "#LARGE")
    return next(row for row in free if row["displayFulfillmentStatus"] == "UNFULFILLED")


def test_a_customer_goes_round(agreed: ShopifyHouse) -> None:
    """T117, T120: the first name changes in the store, the last name in the ERP, in turn and at once."""
    person = agreed.shop.store.all("Customer")[0]
    edit(agreed, person, firstName="Zoë")
    agreed.sync()
    assert agreed.theirs("parties", person)["first"] == "Zoë"
    assert agreed.quiet() == []
    agreed.erp.put("parties", {**agreed.theirs("parties", person), "last": "Ñandú"})
    agreed.sync()
    assert person["lastName"] == "Ñandú"
    assert agreed.quiet() == []
    edit(agreed, person, firstName="Ada")
    agreed.erp.put("parties", {**agreed.theirs("parties", person), "last": "Lovelace"})
    agreed.sync()
    theirs = agreed.theirs("parties", person)
    assert (person["firstName"], person["lastName"]) == (theirs["first"], theirs["last"]) == ("Ada", "Lovelace")
    assert agreed.quiet() == []


def test_an_order_and_its_tracking_go_round(agreed: ShopifyHouse) -> None:
    """T116: the note is edited in the store while the hub writes a tag; then the ERP ships."""
    order = open_order(agreed)
    sale = agreed.theirs("sales", order)
    agreed.erp.put("sales", {**sale, "tags": [*(sale.get("tags") or []), "picked"]})
    edit(agreed, order, note="Ring twice")
    agreed.sync()
    assert "picked" in order["tags"]
    assert agreed.theirs("sales", order)["note"] == order["note"] == "Ring twice"
    assert agreed.quiet() == []
    delivery = {"id": "D1", "order": sale["id"], "status": "in_transit", "tracking": "JD014", "carrier": "dhl"}
    agreed.erp.put("deliveries", delivery)
    agreed.sync()
    (gid,) = order["fulfillments"]
    assert [row["number"] for row in agreed.shop.store.nodes[gid]["trackingInfo"]] == ["JD014"]
    agreed.sync()
    assert agreed.quiet() == []
    agreed.erp.put("deliveries", {**delivery, "status": "delivered"})
    agreed.sync()
    told = [agreed.shop.store.nodes[event]["status"] for event in agreed.shop.store.nodes[gid]["events"]]
    assert told == ["IN_TRANSIT", "DELIVERED"]
    agreed.sync()
    assert agreed.quiet() == []


def shipments(house: ShopifyHouse) -> set[str]:  # noqa: F811
    with house.hub.database.read() as tx:
        return {row.id for row in records.of_entity(tx, "shipment")}


def test_a_parcel_that_a_person_sends_from_the_store_goes_round(agreed: ShopifyHouse) -> None:
    """T084, T085, T086: fulfilled in the store, delivered as the ERP knows, then another number, then taken back."""
    store, order = agreed.shop.store, open_order(agreed)
    made = fulfillments.fulfill(store, order, company="DHL", number="JD5")
    agreed.sync()
    delivery = agreed.theirs("deliveries", made)
    sale = agreed.theirs("sales", order)
    assert [delivery[name] for name in ("order", "status", "tracking")] == [sale["id"], "picked_up", "JD5"]
    taken = [(line["order_line"], line["quantity"]) for line in delivery["lines"]]
    assert taken == [(line["id"], line["quantity"]) for line in sale["lines"]]
    assert agreed.quiet() == []
    fulfillments.retrack(store, made, company="DHL", number="JD6")
    agreed.sync()
    assert agreed.theirs("deliveries", made)["tracking"] == "JD6"
    assert agreed.quiet() == []
    fulfillments.call_back(store, made)
    agreed.sync()
    assert agreed.theirs("deliveries", made)["status"] == "cancelled"
    assert agreed.quiet() == []


@pytest.mark.parametrize("seen", ["in_transit", "out_for_delivery"])
def test_a_parcel_on_its_way_that_is_taken_back_in_the_store_is_cancelled(agreed: ShopifyHouse, seen: str) -> None:
    """T085, T121: the ERP hears of it; a carrier that has the parcel all the same is believed, and a person is told."""
    order = open_order(agreed)
    delivery = take_back(agreed, order, "D3", seen)
    assert agreed.erp.tables["deliveries"]["D3"]["status"] == "cancelled"
    assert agreed.quiet() == []
    agreed.erp.put("deliveries", {**delivery, "status": "delivered"})
    agreed.sync()
    (told,) = told_of_shipments(agreed)
    assert "somebody cancelled this fulfillment in the store" in told


def test_a_parcel_that_has_arrived_is_not_taken_back_and_a_person_is_told(agreed: ShopifyHouse) -> None:
    """T085, T121: what cannot be undone outside counts; the ERP keeps what it has."""
    order = open_order(agreed)
    take_back(agreed, order, "D4", "delivered")
    assert agreed.erp.tables["deliveries"]["D4"]["status"] == "delivered"
    (told,) = told_of_shipments(agreed)
    assert "somebody cancelled this fulfillment in the store" in told
    assert agreed.quiet() == []


def take_back(agreed: ShopifyHouse, order: Any, number: str, seen: str) -> dict[str, str]:
    """Cancel in the store what the ERP has delivered so far; give the delivery."""
    delivery = {"id": number, "order": agreed.theirs("sales", order)["id"], "status": seen, "tracking": "JD9"}
    agreed.erp.put("deliveries", delivery)
    agreed.sync()
    (gid,) = order["fulfillments"]
    fulfillments.call_back(agreed.shop.store, agreed.shop.store.nodes[gid])
    agreed.sync()
    return delivery


def told_of_shipments(house: ShopifyHouse) -> list[str]:  # noqa: F811
    with house.hub.database.read() as tx:
        return [one.message for one in problems.listing(tx) if one.stream == "shipments"]


def test_news_of_a_parcel_that_a_person_sent_reach_the_store(agreed: ShopifyHouse) -> None:
    store = agreed.shop.store
    made = fulfillments.fulfill(store, open_order(agreed), company="DHL", number="JD5")
    agreed.sync()
    agreed.erp.put("deliveries", {**agreed.theirs("deliveries", made), "status": "out_for_delivery"})
    agreed.sync()
    assert [store.nodes[event]["status"] for event in made["events"]] == ["OUT_FOR_DELIVERY"]
    assert agreed.quiet() == []
    fulfillments.scan(store, made, "DELIVERED")
    agreed.sync()
    assert agreed.theirs("deliveries", made)["status"] == "delivered"
    assert agreed.quiet() == []


def test_what_the_hub_ships_comes_back_as_its_own(agreed: ShopifyHouse) -> None:
    """By the window, and by the webhooks that the fulfillment itself makes: the same shipment, and no second one."""
    store, order = agreed.shop.store, open_order(agreed)
    delivery = {"id": "D2", "order": agreed.theirs("sales", order)["id"], "status": "picked_up", "tracking": "JD7"}
    agreed.shop.hooks.deliver()
    agreed.erp.put("deliveries", delivery)
    agreed.sync()
    known = shipments(agreed)
    for hook in agreed.shop.hooks.deliver():
        with agreed.hub.database.write() as tx:
            places = [("shop", one.stream, one.external_id) for one in receive(hook, ["hush"])]
            inbox.add(tx, places, "webhook", agreed.at)
    assert agreed.quiet() == []
    assert shipments(agreed) == known
    (gid,) = order["fulfillments"]
    fulfillments.retrack(store, store.nodes[gid], number="JD8")
    agreed.sync()
    assert agreed.erp.tables["deliveries"]["D2"]["tracking"] == "JD8"
    assert agreed.quiet() == []
    fulfillments.call_back(store, store.nodes[gid])
    agreed.sync()
    assert agreed.erp.tables["deliveries"]["D2"]["status"] == "cancelled"
    assert agreed.quiet() == []
    assert shipments(agreed) == known
    assert len(order["fulfillments"]) == 1


@pytest.mark.parametrize("status", ["packed", "picked_up"])
@pytest.mark.parametrize("operation", ["SetMetafields", "CreateFulfillment", "CreateEvent"])
def test_a_hub_that_dies_while_it_ships_ships_once(agreed: ShopifyHouse, operation: str, status: str) -> None:
    """T018, T133: also where the shipment was in the store before it was on its way."""
    order = open_order(agreed)
    delivery = {"id": "D3", "order": agreed.theirs("sales", order)["id"], "status": status, "tracking": "JD9"}
    before = shipments(agreed)
    if status == "packed":
        agreed.erp.put("deliveries", delivery)
        agreed.sync()
    agreed.erp.put("deliveries", {**delivery, "status": "picked_up"})
    agreed.dies_after(operation)
    with pytest.raises(KilledError):
        agreed.sync()
    agreed.at += timedelta(minutes=10)
    agreed.sync()
    agreed.sync()
    assert len(shipments(agreed) - before) == 1
    (gid,) = order["fulfillments"]
    assert [agreed.shop.store.nodes[event]["status"] for event in agreed.shop.store.nodes[gid]["events"]] == [
        "CARRIER_PICKED_UP"
    ]
    assert agreed.quiet() == []


def test_the_status_of_an_order_goes_round(agreed: ShopifyHouse) -> None:
    order = open_order(agreed)
    agreed.erp.put("sales", {**agreed.theirs("sales", order), "status": "cancelled"})
    agreed.sync()
    assert order["cancelledAt"]
    assert agreed.quiet() == []
    other = open_order(agreed)
    orders.close(agreed.shop.store, other)
    agreed.sync()
    assert agreed.theirs("sales", other)["status"] == "completed"
    assert agreed.quiet() == []


def test_stock_and_prices_go_round(agreed: ShopifyHouse) -> None:
    store = agreed.shop.store
    product = next(row for row in store.all("Product") if row["title"] == "Merino Wool 100g")
    variant = store.nodes[product["variants"][0]]
    level = store.nodes[store.nodes[variant["inventoryItem"]]["inventoryLevels"][0]]
    shelf = {"id": "L1", "variant": f"e{variant['sku']}", "location": "Lager Berlin", "quantity": "600"}
    agreed.erp.put("shelves", shelf)
    agreed.sync()
    first = level["quantities"]["available"]["quantity"]
    agreed.sync()
    assert agreed.quiet() == []
    agreed.erp.put("shelves", {**shelf, "quantity": "700"})
    agreed.sync()
    assert level["quantities"]["available"]["quantity"] == first + 100
    assert agreed.quiet() == []
    variant["price"] = "13.00"
    store.touch(product)
    agreed.sync()
    article = agreed.theirs("articles", product)
    assert article["variants"][0]["price"] == "13.00"
    assert agreed.quiet() == []
    agreed.erp.put("articles", {**article, "variants": [{**article["variants"][0], "price": "14.50"}]})
    agreed.sync()
    assert variant["price"] == "14.50"
    assert agreed.quiet() == []
    assert number_of(product["id"])


def test_tokens_that_expire_are_renewed_by_the_hub(tmp_path: Path) -> None:
    """T140: an hour's token, and a refresh token that can be used once: both rotate, and no sync fails."""
    shop = ShopifySandbox(lambda: START, expiring=True)
    app = {"client_id": "app", "client_secret": "hush", "refresh_token": "first-refresh"}
    built = build(tmp_path, shop, app)
    for _ in range(3):
        built.sync()
        built.at += timedelta(hours=2)
    assert len(shop.tokens) == 3
    assert list(shop.refreshes) != ["first-refresh"]
    assert len(shop.refreshes) == 1
    built.hub.database.close()


def test_a_sale_in_the_store_reaches_the_erp_with_its_buyer(agreed: ShopifyHouse) -> None:
    """T104: a refund that comes with its order waits for it, by itself."""
    old = open_order(agreed)
    cart_of = {name: old[name] for name in ("email", "customer", "billingAddress")}
    item = Item(title="Sock", price=Decimal(10), quantity=2)
    order = orders.place(agreed.shop.store, Cart(items=[item]), agreed.shop.store.kinds["Location"][0], **cart_of)
    orders.pay(agreed.shop.store, order)
    orders.refund(agreed.shop.store, order, [(order["lineItems"][0], 1, "RETURN")])
    agreed.sync()
    sale = agreed.theirs("sales", order)
    assert (sale["number"], sale["total"], len(sale["lines"])) == (order["name"], "20.00", 1)
    assert agreed.quiet() == []
    with agreed.hub.database.read() as tx:
        refund = str(number_of(order["refunds"][0]))
        assert links.resolve(tx, "shop", [("refunds", refund)])
