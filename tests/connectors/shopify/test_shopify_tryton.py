"""What is sold and refunded in a Shopify store is so in a real Tryton, to the cent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from sale_road import Road, open_road, real_erp

from connectors.shopify import SPEC
from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, changes, customers, orders

pytestmark = pytest.mark.tryton
VAT = [("MwSt", Decimal("0.19"))]


@pytest.fixture(scope="module")
def erp() -> Iterator[Any]:
    with real_erp() as running:
        yield running


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Where the numbers of a store begin: those of the stores before are in the ERP already."""
    return count(1000, 1000)


@pytest.fixture
def road(tmp_path: Path, erp: Any, numbers: Iterator[int]) -> Iterator[Road]:
    """A store of its own; the ERP is everybody's."""
    shop = ShopifySandbox(lambda: datetime.now(UTC))
    for _ in range(next(numbers)):
        shop.store.number()
    with open_road(tmp_path, SPEC, shop, {"shop": "sandbox", "access_token": "shpat_sandbox"}, erp) as made:
        yield made


@pytest.fixture
def thing(road: Road) -> Any:
    """Something to sell, of which ten lie in the warehouse."""
    store = road.shop.store
    place = store.add("Location", {"name": "Warehouse", "isActive": True})["id"]
    now, sku = store.now(), f"SOCK-{store.number()}"
    plain = {"metafields": [], "featuredMedia": None, "onlineStoreUrl": None, "isGiftCard": False, "tags": []}
    plain |= {"status": "ACTIVE", "vendor": "V", "productType": "Goods", "descriptionHtml": "", "createdAt": now}
    options = [{"name": "Title", "values": ["Default Title"]}]
    product = store.add(
        "Product",
        {**plain, "title": "Sock", "updatedAt": now, "hasOnlyDefaultVariant": True, "options": options, "variants": []},
    )
    counted = {"sku": sku, "tracked": True, "updatedAt": now, "unitCost": None, "inventoryLevels": []}
    weight = {"id": "gid://shopify/InventoryItemMeasurement/1", "weight": None}
    article = store.add("InventoryItem", {**counted, "measurement": weight})
    choice = [{"name": "Title", "value": "Default Title"}]
    given = {"sku": sku, "barcode": None, "title": "Default Title", "price": "10.00", "compareAtPrice": None}
    given |= {"requiresComponents": False, "selectedOptions": choice, "inventoryItem": article["id"]}
    variant = store.add("ProductVariant", {**given, "product": product["id"]})
    product["variants"].append(variant["id"])
    article["variants"] = [variant["id"]]
    changes.level(store, article, place, 10)
    return {"variant": variant["id"], "sku": sku, "place": place}


@pytest.fixture
def sell(road: Road, thing: Any) -> Callable[..., Any]:
    """Sell pieces of a thing at ten euros net, or whatever items a test wants; it is paid at once."""
    store = road.shop.store
    buyer = customers.blank(store, firstName="Ann", lastName="Ono")["id"]
    own = Item(title="Sock", price=Decimal(10), sku=thing["sku"], variant=thing["variant"], rates=VAT)

    def sell(quantity: int = 1, *items: Item, **cart: Any) -> Any:
        bought = items or [replace(own, quantity=quantity)]
        order = orders.place(store, Cart(items=bought, **cart), thing["place"], customer=buyer)
        orders.pay(store, order)
        return order

    return sell


def refund(road: Road, order: Any, quantity: int = 1, restock: str = "NO_RESTOCK", **more: Any) -> Any:
    return orders.refund(road.shop.store, order, [(order["lineItems"][0], quantity, restock)], **more)


@pytest.mark.parametrize(("restock", "left"), [("RETURN", 100), ("NO_RESTOCK", 99)])
def test_goods_come_back_only_where_the_store_has_them_back(
    road: Road, sell: Any, thing: Any, restock: str, left: int
) -> None:
    """T098: a full refund, with the goods at the location that took them back, and without."""
    order = sell()
    road.sync()
    road.ship()
    refund(road, order, restock=restock, location=thing["place"])
    road.sync()
    assert (road.problems(), road.net(order["name"])) == ([], 0)
    (credit,) = road.credits(order["name"])
    assert len(credit["shipment_returns."]) == (restock == "RETURN")
    road.unpack(order["name"])
    assert road.stock(thing["sku"]) == left


def test_what_the_till_sold_is_sold_in_the_erp_and_not_sent(road: Road, sell: Any, thing: Any) -> None:
    """T042: the stock falls once, and the warehouse has nothing to do."""
    order = sell()
    order["sourceName"] = "pos"
    road.sync()
    assert (road.problems(), road.sale(order["name"])["state"]) == ([], "processing")
    assert road.stock(thing["sku"]) == -1
    road.ship()
    assert road.stock(thing["sku"]) == 100


def test_a_line_that_is_removed_while_its_order_waits_is_never_sent(road: Road, sell: Any, thing: Any) -> None:
    """T036: on hold in the store, the sale is a quotation; what is left of it goes out once it is let go."""
    order = sell(2)
    orders.hold(road.shop.store, order)
    road.sync()
    new = Item(title="Sock", price=Decimal(10), sku=thing["sku"], variant=thing["variant"], rates=VAT)
    orders.edit(road.shop.store, order, order["lineItems"][0], Cart(items=[new]))
    road.sync()
    assert road.sale(order["name"])["state"] == "quotation"
    order["displayFulfillmentStatus"] = "UNFULFILLED"
    road.shop.store.touch(order, "orders/updated")
    road.sync()
    assert (road.problems(), road.sale(order["name"])["state"]) == ([], "processing")
    road.ship()
    assert (road.stock(thing["sku"]), road.net(order["name"])) == (99, Decimal("11.90"))


def test_two_refunds_of_one_line_are_two_credits(road: Road, sell: Any) -> None:
    """T100: 1 + 1 of 3; 1 remains."""
    order = sell(3)
    for _ in range(2):
        refund(road, order)
        road.sync()
    assert [Decimal(row["total_amount"]) for row in road.credits(order["name"])] == [Decimal("-11.90")] * 2
    assert road.net(order["name"]) == Decimal("11.90")


def test_an_exchange_has_no_line_that_balances_it(road: Road, sell: Any) -> None:
    """T102: 100 come back, no money does; what is new is sold, and 150 are owed for it."""
    order = sell(1, Item(title="Old", price=Decimal(100)))
    road.sync()
    orders.edit(road.shop.store, order, order["lineItems"][0], Cart(items=[Item(title="New", price=Decimal(250))]))
    road.sync("orders", "refunds")
    road.sync()
    (credit,) = road.credits(order["name"])
    assert [(row["product."]["code"], Decimal(row["amount"])) for row in credit["lines."]] == [("DISCOUNT", -100)]
    assert Decimal(credit["total_amount"]) == -100


def test_a_refund_that_comes_before_its_order_waits_for_it(road: Road, sell: Any) -> None:
    """T104: the order first, then the refund, by itself."""
    order = sell(2)
    refund(road, order)
    road.sync("refunds")
    road.sync()
    road.sync()
    assert (road.problems(), road.net(order["name"])) == ([], Decimal("11.90"))


def test_a_cent_that_is_open_no_more_is_rounding_and_much_more_needs_a_person(road: Road, sell: Any) -> None:
    """T105: the store gives a cent more than the line; somebody at the ERP has given a part of the other one back."""
    near, far = sell(), sell()
    road.sync()
    road.credit_by_hand(far["name"], "5.00")
    refund(road, near, more=Decimal("0.01"))
    refund(road, far)
    road.sync()
    (credit,) = road.credits(near["name"])
    assert Decimal(credit["total_amount"]) == Decimal("-11.91")
    amounts = {line["product."]["code"]: Decimal(line["amount"]) for line in credit["lines."]}
    assert (amounts["DISCOUNT"], amounts["ROUNDING"]) == (Decimal("-10.00"), Decimal("-0.01"))
    (problem,) = [one for one in road.problems() if one.stream == "credits"]
    assert "6.90 EUR are open" in problem.message
    assert "by hand" in problem.hint
    assert road.net(far["name"]) == Decimal("6.90")
    unsent = [one for one in road.problems() if one.stream == "sales"]  # refunded goods are about to be sent
    assert ["about to send: Sock (0 of 1)" in one.message for one in unsent] == [True, True]


def test_a_tax_per_total_is_followed_and_not_spread(road: Road, sell: Any) -> None:
    """T054: 1,920 x 3.09 net at 21 % is 7,178.69; by the piece it would be 7,180.80."""
    order = sell(1, Item(title="Bead", price=Decimal("3.09"), quantity=1920, rates=[("IVA", Decimal("0.21"))]))
    road.sync()
    assert road.problems() == []
    assert Decimal(road.sale(order["name"])["total_amount"]) == Decimal("7178.69")
