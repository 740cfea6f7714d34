"""What happens between a Shopify store and an ERP, case by case, through the whole hub."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parent))

from shopify_house import ShopifyHouse, house  # noqa: F401 - a fixture
from test_shopify_rounds import agreed, edit  # noqa: F401 - a fixture

from connectors.shopify.sandbox import Cart, Item, customers, orders
from connectors.shopify.sandbox.store import Store, number_of
from hub.operations.watch import watch
from hub.store import links, problems, records, settings
from hub.store.alerts import Condition
from hub.store.settings import PolicyRow


def record(house: ShopifyHouse, stream: str, node: Any) -> dict[str, Any]:  # noqa: F811
    """Give the hub's record of a node."""
    ref = (stream, str(number_of(node["id"])))
    with house.hub.database.read() as tx:
        found = links.resolve(tx, "shop", [ref])[ref]
        data: dict[str, Any] = orjson.loads(records.by_ids(tx, [found])[found].data)
    return data


def id_of(house: ShopifyHouse, stream: str, node: Any) -> str:  # noqa: F811
    """Give the id of the hub's record of a node."""
    ref = (stream, str(number_of(node["id"])))
    with house.hub.database.read() as tx:
        return links.resolve(tx, "shop", [ref])[ref]


def buy(house: ShopifyHouse, item: Item, **given: Any) -> Any:  # noqa: F811
    return orders.place(house.shop.store, Cart(items=[item]), house.shop.store.kinds["Location"][0], **given)


def stock_of(house: ShopifyHouse, sku: str) -> Any:  # noqa: F811
    """Give an item's level at its first location."""
    store = house.shop.store
    item = next(row for row in store.all("InventoryItem") if row["sku"] == sku)
    return store.nodes[item["inventoryLevels"][0]]


def test_a_guest_who_writes_the_e_mail_otherwise_is_the_same_customer(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T064: case and spaces differ; one customer, both orders are theirs, and one party in the ERP."""
    made = [
        buy(agreed, Item(title="Sock", price=Decimal(10)), email=email, customer=None)
        for email in ("ann.ono@example.test", " Ann.Ono@Example.TEST ")
    ]
    agreed.sync()
    agreed.sync()
    found = {record(agreed, "orders", order)["customer"] for order in made}
    assert len(found) == 1
    sales = [agreed.theirs("sales", order) for order in made]
    assert len({sale["customer"] for sale in sales}) == 1
    with agreed.hub.database.read() as tx:
        guest = orjson.loads(records.by_ids(tx, list(found))[found.pop()].data)
    assert (guest["is_guest"], guest["email"].strip().casefold()) == (True, "ann.ono@example.test")


def test_two_people_who_share_an_e_mail_are_two_customers(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T065: their names and addresses differ; each keeps their own orders, and a person is asked once."""
    made = []
    for name, street in [("Ann", "1 High Street"), ("Bob", "9 Low Road"), ("Bob", "9 Low Road")]:
        own = customers.address(agreed.shop.store, firstName=name, lastName="O", address1=street, zip="1")["id"]
        item = Item(title="Sock", price=Decimal(10))
        made.append(buy(agreed, item, email="office@example.test", customer=None, billingAddress=own))
        agreed.sync()
    buyers = [record(agreed, "orders", order)["customer"] for order in made]
    assert buyers[1] == buyers[2]
    assert buyers[0] != buyers[1]
    assert agreed.theirs("sales", made[0])["customer"] != agreed.theirs("sales", made[1])["customer"]
    (problem,) = problems_of(agreed)
    assert (problem.subject, problem.field) == (str(number_of(made[1]["id"])), "customer")
    assert agreed.quiet() == []


def rename(house: ShopifyHouse, product: Any, sku: str) -> dict[str, Any]:  # noqa: F811
    """Give an article another SKU in the ERP; gives the article as it was."""
    article = house.theirs("articles", product)
    house.erp.put("articles", {**article, "variants": [{**article["variants"][0], "sku": sku}]})
    house.sync()
    return article


def wool(house: ShopifyHouse) -> Any:  # noqa: F811
    return next(row for row in house.shop.store.all("Product") if row["title"] == "Merino Wool 100g")


def test_a_sku_renamed_in_the_erp_keeps_its_article(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T078: the link by id holds, and an order finds the article whatever its SKU has become."""
    product = wool(agreed)
    variant = agreed.shop.store.nodes[product["variants"][0]]
    article = rename(agreed, product, "ERP-WOOL")
    order = buy(agreed, Item(title="Wool", price=Decimal(10), variant=variant["id"], sku=variant["sku"]))
    agreed.sync()
    after = agreed.theirs("articles", product)
    assert (after["id"], after["variants"][0]["id"]) == (article["id"], article["variants"][0]["id"])
    assert agreed.theirs("sales", order)["lines"][0]["variant"] == article["variants"][0]["id"]
    assert record(agreed, "products", product)["variants"][0]["sku"] == "ERP-WOOL"
    assert agreed.quiet() == []


def test_a_sku_that_the_store_owns_is_given_back_to_the_erp(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T078: by policy, one system decides the SKU."""
    with agreed.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "product", "variants", "shop"))
    product = wool(agreed)
    rename(agreed, product, "ERP-WOOL")
    agreed.sync()
    assert agreed.theirs("articles", product)["variants"][0]["sku"] == "WOOL-100"
    assert agreed.quiet() == []


def test_only_the_levels_that_changed_are_written(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T114: three of all levels change; three are written, in one request, and the next full look writes none."""
    store = agreed.shop.store
    items = [item for item in store.all("InventoryItem") if len(item["inventoryLevels"]) == 1][:12]
    for number, item in enumerate(items):
        shelf = {"id": f"L{number}", "variant": f"e{item['sku']}", "location": "Lager Berlin", "quantity": "600"}
        agreed.erp.put("shelves", shelf)
    agreed.sync()
    agreed.sync()
    assert agreed.quiet() == []
    for number in (1, 4, 7):
        agreed.erp.put("shelves", {**agreed.erp.tables["shelves"][f"L{number}"], "quantity": "700"})
    agreed.shop.asked.clear()
    agreed.sync()
    sent = [v["input"]["quantities"] for text, v in agreed.shop.asked if text.startswith("mutation SetStock(")]
    assert [len(quantities) for quantities in sent] == [3]
    wanted = {stock_of(agreed, items[number]["sku"])["item"] for number in (1, 4, 7)}
    assert {entry["inventoryItemId"] for entry in sent[0]} == wanted
    agreed.at = agreed.at.replace(day=agreed.at.day + 1)
    assert agreed.quiet() == []


def test_a_variant_that_the_erp_does_not_know_is_a_problem_before_it_is_ordered(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T077: articles are kept by people; once theirs has the SKU, the order that came meanwhile goes through."""
    with agreed.hub.database.write() as tx:
        (row,) = (row for row in settings.routes(tx) if row.entity == "product")
        settings.put_route(tx, replace(row, state="matched"))
    store = agreed.shop.store
    product = next(row for row in store.all("Product") if len(row["variants"]) > 2)
    old = store.nodes[product["variants"][0]]
    counted = like(store, old["inventoryItem"], sku="NEW-1", inventoryLevels=[])
    new = like(store, old["id"], sku="NEW-1", inventoryItem=counted["id"])
    counted["variants"] = [new["id"]]
    product["variants"].append(new["id"])
    store.touch(product)
    agreed.sync()
    (problem,) = problems_of(agreed)
    assert (problem.connection, problem.message) == ("erp", "erp has no variant for NEW-1: orders of it will wait.")
    order = buy(agreed, Item(title="New", price=Decimal(10), variant=new["id"], sku="NEW-1"))
    agreed.sync()
    article = agreed.theirs("articles", product)
    fresh = {"id": "eNEW-1", "sku": "NEW-1", "price": "10.00"}
    agreed.erp.put("articles", {**article, "variants": [*article["variants"], fresh]})
    agreed.sync()
    agreed.sync()
    assert agreed.theirs("sales", order)["lines"][0]["variant"] == "eNEW-1"
    assert problems_of(agreed) == []


def like(store: Store, gid: str, **given: Any) -> Any:
    """Make a node like another one."""
    other = store.nodes[gid]
    kept = {name: value for name, value in other.items() if name not in ("id", "__typename")}
    return store.add(other["__typename"], {**kept, **given})


def problems_of(house: ShopifyHouse) -> list[problems.Problem]:  # noqa: F811
    with house.hub.database.read() as tx:
        return problems.listing(tx)


def test_of_two_customers_that_are_merged_one_is_left_with_all_orders(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T068: also in the ERP; the party of the other one stays, with none, and the store is not given her back."""
    store, one = agreed.shop.store, Item(title="Sock", price=Decimal(10))
    kept, gone = store.all("Customer")[:2]
    made = [buy(agreed, one, customer=who["id"]) for who in (kept, gone)]
    agreed.sync()
    agreed.sync()
    parties = [agreed.theirs("parties", who)["id"] for who in (kept, gone)]
    assert [agreed.theirs("sales", order)["customer"] for order in made] == parties
    customers.merge(store, kept, gone)
    agreed.sync()
    agreed.sync()
    assert {agreed.theirs("sales", order)["customer"] for order in made} == {parties[0]}
    assert {record(agreed, "orders", order)["customer"] for order in made} == {id_of(agreed, "customers", kept)}
    assert parties[1] in agreed.erp.tables["parties"]
    assert gone["id"] not in [row["id"] for row in store.all("Customer")]
    assert (problems_of(agreed), agreed.quiet()) == ([], [])


def test_a_payment_that_nobody_takes_is_told_before_it_runs_out(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T050: authorized on the 21st until December 1st; two days before, the operators hear of it, until it is taken."""
    order = buy(agreed, Item(title="Sock", price=Decimal(10)))
    orders.pay(agreed.shop.store, order, kind="AUTHORIZATION")
    agreed.sync()
    assert record(agreed, "orders", order)["payment_status"] == "authorized"
    assert told(agreed) == []
    agreed.at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    (news,) = told(agreed)
    assert order["name"] in news.sentence
    assert "runs out, the first on 2026-12-01 00:00 UTC" in news.sentence
    assert "Take the money" in news.hint
    assert told(agreed) == []
    orders.pay(agreed.shop.store, order, Decimal(10), "CAPTURE")
    agreed.sync()
    (news,) = told(agreed)
    assert order["name"] not in news.sentence


def told(house: ShopifyHouse) -> list[Condition]:  # noqa: F811
    """Look once at everything that is watched, and give what is news of payments."""
    news = watch(house.hub, since=house.at, free=lambda: 50.0)
    return [one for one in news if one.subject == "authorized payments"]


def test_an_e_mail_that_another_customer_has_is_a_problem_and_merges_nobody(agreed: ShopifyHouse) -> None:  # noqa: F811
    """T069: in the ERP one gets the address of the other; the store refuses it, and a person is asked."""
    one, other = (row for row in agreed.shop.store.all("Customer")[:2])
    taken = other["defaultEmailAddress"]["emailAddress"]
    before = agreed.theirs("parties", one)
    agreed.erp.put("parties", {**before, "email": taken})
    agreed.sync()
    (problem,) = (found for found in problems_of(agreed) if found.stream == "customers")
    assert (problem.connection, problem.context["code"]) == ("shop", "TAKEN")
    assert problem.hint
    assert one["defaultEmailAddress"]["emailAddress"] == before["email"] != taken
    assert agreed.theirs("parties", other)["id"] != before["id"]
    agreed.sync()
    assert len([found for found in problems_of(agreed) if found.stream == "customers"]) == 1
