"""Prices go out: of simple products and of each variation, and nothing else of a product does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.woocommerce import SPEC
from connectors.woocommerce.sandbox import WooSandbox
from hub.api import Document, Refused, Write, Written
from hub.mapping.engine import Pairs
from hub.testing.subject import compile_shipped

PRODUCTS = compile_shipped(SPEC, "products")


def by_sku(shop: WooSandbox, sku: str) -> Document:
    rows = [*shop.store.products.values(), *shop.store.variations.values()]
    return next(row for row in rows if row["sku"].startswith(sku))


def priced(base: Document, prices: dict[int, str]) -> Write:
    """Make the write that the hub makes when a person changes prices elsewhere."""
    links = Pairs()
    record = PRODUCTS.decode(base, {}, links.record)
    rows = [
        {**variant, "price": prices.get(row["id"], variant["price"])}
        for variant, row in zip(record["variants"], base["variations"], strict=True)
    ]
    patch = PRODUCTS.encode(record | {"variants": rows}, {}, links.external, base, {"variants"})
    return Write(f"r{base['id']}", "k", str(base["id"]), patch, base)


def read(woo: Any, product: Document) -> Document:
    (found,) = woo.fetch("products", [str(product["id"])])
    return dict(found)


def test_prices_of_products_and_variations_are_set_in_few_batches(shop: WooSandbox, connect: Any) -> None:
    woo = connect(shop)
    wool, needle, sock = (read(woo, by_sku(shop, sku)) for sku in ("WOOL-100", "NEEDLE-SET", "SOCK"))
    first = sock["variations"][0]["id"]
    before = {row["id"]: row["price"] for row in sock["variations"]}
    shop.requests.clear()
    writes = [
        priced(wool, {wool["id"]: "13.5"}),
        priced(needle, {needle["id"]: "20"}),
        priced(sock, {first: "12.00"}),
    ]
    outcomes = list(woo.upsert("products", writes))
    assert [type(o) for o in outcomes] == [Written] * 3
    assert [line.split()[1].removeprefix("/wp-json/wc/v3") for line in shop.requests] == [
        "/products/batch",
        f"/products/{sock['id']}/variations/batch",
    ]
    assert [by_sku(shop, sku)["price"] for sku in ("WOOL-100", "NEEDLE-SET")] == ["13.5", "20"]
    assert {row["id"]: row["price"] for row in read(woo, sock)["variations"]} == before | {first: "12.00"}


def test_what_is_on_sale_gets_another_sale_price_and_keeps_its_regular_one(
    shop: WooSandbox, connect: Any, ask: Any
) -> None:
    woo, product = connect(shop), by_sku(shop, "WOOL-100")
    ask(shop, "PUT", f"/products/{product['id']}", json={"sale_price": "9.99"})
    base = read(woo, product)
    record = PRODUCTS.decode(base, {}, Pairs().record)["variants"][0]
    assert (record["price"], record["compare_at_price"]) == ("9.99", "12.50")
    list(woo.upsert("products", [priced(base, {product["id"]: "8.99"})]))
    assert (product["regular_price"], product["sale_price"], product["price"]) == ("12.50", "8.99", "8.99")


def test_a_price_that_is_the_same_is_not_written(shop: WooSandbox, connect: Any) -> None:
    woo = connect(shop)
    base = read(woo, by_sku(shop, "WOOL-100"))
    shop.requests.clear()
    (outcome,) = woo.upsert("products", [priced(base, {base["id"]: "12.50"})])
    assert isinstance(outcome, Written)
    assert shop.requests == []


def test_one_bad_price_fails_alone(shop: WooSandbox, connect: Any) -> None:
    """T125, T126: one that is gone, and one for which a firewall refuses the whole batch."""
    woo = connect(shop)
    bases = [read(woo, row) for row in shop.store.products.values() if row["type"] == "simple"]
    gone = bases[3]
    writes = [priced(base, {base["id"]: "1.23"}) for base in bases]
    del shop.store.products[gone["id"]]

    def firewall(request: httpx.Request) -> httpx.Response:
        if b'"id":%d,' % bases[5]["id"] in request.content.replace(b" ", b""):
            return httpx.Response(406, html="<html>blocked</html>", request=request)
        return shop(request)

    outcomes = list(connect(firewall).upsert("products", writes))
    refused = [o for o in outcomes if isinstance(o, Refused)]
    assert [o.write.external_id for o in refused] == [str(gone["id"]), str(bases[5]["id"])]
    assert all(o.error.hint for o in refused)
    others = [b["id"] for b in bases if b not in (gone, bases[5])]
    assert {shop.store.products[number]["price"] for number in others} == {"1.23"}


@pytest.mark.parametrize("sku", ["WOOL-100", "SOCK"])
def test_nothing_but_prices_is_ever_written(shop: WooSandbox, connect: Any, sku: str) -> None:
    woo, sent = connect(shop), []

    def listening(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return shop(request)

    base = read(woo, by_sku(shop, sku))
    list(
        connect(listening).upsert("products", [priced(base, dict.fromkeys((r["id"] for r in base["variations"]), "5"))])
    )
    assert {key for body in sent for row in httpx.Response(200, content=body).json()["update"] for key in row} == {
        "id",
        "regular_price",
        "sale_price",
    }


def test_a_product_of_another_system_is_not_made_in_the_store(shop: WooSandbox, connect: Any) -> None:
    (outcome,) = connect(shop).upsert("products", [Write("r1", "k", None, {"variations": [{"regular_price": "1"}]})])
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "no_create"
