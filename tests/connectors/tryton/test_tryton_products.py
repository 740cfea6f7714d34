"""Products and their variants in a real Tryton."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tryton_house import Push, document

from connectors.erp.tryton import Tryton
from connectors.erp.tryton.products import is_gtin
from connectors.erp.tryton.rpc import Rpc
from hub.api import Document, Refused, Window, Write, Written


def shirt(prefix: str, **more: Any) -> Document:
    red = {"code": f"{prefix}-R", "list_price": "19.90", "title": "Red", "barcode": "4006381333931"}
    blue = {"code": f"{prefix}-B", "list_price": "21.90", "title": "Blue", "barcode": "no GTIN"}
    return {"name": f"Shirt {prefix}", "kind": "variable", "variants": [red, blue]} | more


def test_a_product_becomes_a_template_with_its_variants_in_order(push: Push) -> None:
    written = document(push("products", {"t-new": shirt("A")})[0])
    assert (written["name"], written["type"], written["currency"]) == ("Shirt A", "goods", "EUR")
    assert (written["active"], written["salable"], written["reference"]) == (True, True, "t-new")
    red, blue = written["variants"]
    assert (red["code"], red["list_price"], red["title"], red["barcode"]) == ("A-R", "19.9000", "Red", "4006381333931")
    assert (blue["code"], blue["list_price"], blue["barcode"]) == ("B".join(["A-", ""]), "21.9000", "no GTIN")


def test_a_service_is_no_goods(push: Push) -> None:
    assert document(push("products", {"t-service": shirt("S", kind="service")})[0])["type"] == "service"


def test_a_product_without_skus_can_be_written(push: Push) -> None:
    """T076: an empty SKU is no SKU."""
    wanted = shirt("N", variants=[{"code": "", "list_price": "1"}, {"code": None, "list_price": None}])
    written = document(push("products", {"t-no-sku": wanted})[0])
    assert [variant["code"] for variant in written["variants"]] == [None, None]


def test_a_sku_that_tryton_has_already_is_refused_and_never_taken_over(push: Push) -> None:
    """T076."""
    push("products", {"t-first": shirt("D")})
    outcomes = push("products", {"t-second": shirt("D"), "t-third": shirt("E")})
    assert [type(o) for o in outcomes] == [Refused, Written]
    assert isinstance(outcomes[0], Refused)
    assert "unique" in outcomes[0].error.message


def test_a_variant_is_known_by_its_id_whatever_its_sku_becomes(push: Push) -> None:
    """T078: and a new one is added."""
    first = document(push("products", {"t-change": shirt("C")})[0])
    red, blue = first["variants"]
    changed = {"variants": [red | {"code": "C-RED", "list_price": "25"}, blue, {"code": "C-G", "list_price": "5"}]}
    second = document(push("products", {"t-change": changed}, [first["id"]])[0])
    assert [v["code"] for v in second["variants"]] == ["C-RED", "C-B", "C-G"]
    assert [v["id"] for v in second["variants"]][:2] == [red["id"], blue["id"]]
    assert second["variants"][0]["list_price"] == "25.0000"


def test_a_variant_without_an_id_is_known_by_its_sku(push: Push) -> None:
    first = document(push("products", {"t-sku": shirt("K")})[0])
    second = document(push("products", {"t-sku": shirt("K", name="Renamed")}, [first["id"]])[0])
    assert second["name"] == "Renamed"
    assert [v["id"] for v in second["variants"]] == [v["id"] for v in first["variants"]]


def test_a_variant_that_the_shop_dropped_stays_in_tryton(push: Push) -> None:
    """T124."""
    first = document(push("products", {"t-drop": shirt("X")})[0])
    kept = {"variants": first["variants"][:1]}
    assert len(document(push("products", {"t-drop": kept}, [first["id"]])[0])["variants"]) == 2


def test_writing_the_same_again_changes_nothing(push: Push) -> None:
    first = document(push("products", {"t-same": shirt("Y")})[0])
    again = {"name": first["name"], "variants": first["variants"]}
    assert document(push("products", {"t-same": again}, [first["id"]])[0]) == first


def test_more_variants_than_sqlite_can_check_at_once_are_written(push: Push) -> None:
    wanted = {f"t-many-{n}": shirt(f"M{n}") for n in range(50)}
    assert all(isinstance(outcome, Written) for outcome in push("products", wanted))


def test_the_product_of_a_lost_answer_is_found_by_our_reference(tryton: Tryton, push: Push) -> None:
    wanted = Write("t-find", "k", None, shirt("F"))
    assert tryton.find("products", wanted) is None
    written = document(push("products", {"t-find": shirt("F")})[0])
    assert tryton.find("products", wanted) == written["id"]


def test_a_product_is_read_when_only_a_variant_changed(tryton: Tryton, push: Push, rpc: Rpc) -> None:
    written = document(push("products", {"t-child": shirt("V")})[0])
    variant = int(written["variants"][0]["id"])
    rpc.call("model.product.product.write", [variant], {"description": "Crimson"})
    moment = rpc.search_read("product.product", [["id", "=", variant]], ["last_modified_at"])[0]["last_modified_at"]
    window = Window(since=datetime.fromisoformat(moment))
    assert written["id"] in [d["id"] for page in tryton.read("products", window) for d in page.documents]


def test_the_services_that_stand_for_what_is_not_goods_are_no_products(tryton: Tryton) -> None:
    codes = {v["code"] for page in tryton.read("products", Window()) for d in page.documents for v in d["variants"]}
    assert codes.isdisjoint({"SHIPPING", "ROUNDING", "DELETED"})


def test_a_search_finds_a_product_by_sku(tryton: Tryton, push: Push) -> None:
    written = document(push("products", {"t-search": shirt("Q")})[0])
    assert [found["id"] for found in tryton.search("products", "Q-R")] == [written["id"]]


@pytest.mark.parametrize(
    ("code", "sure"),
    [("4006381333931", True), ("4006381333932", False), ("96385074", True), ("ABC", False), ("123", False)],
)
def test_a_gtin_is_recognized_by_its_check_digit(code: str, sure: bool) -> None:
    assert is_gtin(code) is sure
