"""Buyers without an account: one customer an address, made with the order and never without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from house import MAPPINGS, House, order

from hub.sync.agreeing.guest import filled, guest_key, guest_of, is_another
from hub.testing.memory import memory_spec


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada@Example.COM ", "ada@example.com"),
        ("", "order:17"),
        ("   ", "order:17"),
        (None, "order:17"),
        (5, "order:17"),
    ],
)
def test_a_guest_is_known_by_the_address_else_by_the_order(email: Any, key: str) -> None:
    """T064, T066."""
    assert guest_key({"email": email}, "17") == key
    assert guest_key({}, "17") == "order:17"


def test_a_guest_is_what_the_order_says_and_nothing_is_invented() -> None:
    billing = {"name": "Ada L", "first_name": "Ada", "company": "", "city": "London", "phone": "1"}
    guest = guest_of({"email": "a@b", "phone": "2", "billing_address": billing, "shipping_address": {"city": ""}})
    assert guest == {
        "is_guest": True,
        "name": "Ada L",
        "first_name": "Ada",
        "phone": "2",
        "email": "a@b",
        "addresses": [{**billing, "id": "billing", "kind": "billing"}],
    }
    assert guest_of({"number": "1"}) == {"is_guest": True, "addresses": []}
    assert not filled(None)


HOME = {"line1": "1 High Street", "postcode": "LS1 4DY"}
AWAY = {"line1": "9 Low Road", "postcode": "M1 1AA"}


@pytest.mark.parametrize(
    ("name", "where", "another"),
    [
        ("Ann Ono", HOME, False),
        (" ann  ONO", AWAY, False),  # she has moved
        ("A. Ono", {**HOME, "line1": "1 high street "}, False),  # written in another way
        ("Bob Ito", HOME, False),  # of one household: nobody can tell from the outside
        ("Bob Ito", AWAY, True),
        ("Bob Ito", {}, False),  # what is not told differs from nothing
        ("", AWAY, False),
    ],
)
def test_somebody_else_has_another_name_and_another_address(name: str, where: dict[str, str], another: bool) -> None:
    """T065, T064."""
    known = guest_of({"email": "a@b", "billing_address": {"name": "Ann Ono", **HOME}})
    assert is_another(known, {"email": "a@b", "billing_address": {"name": name, **where}}) is another


def test_guests_without_an_address_are_not_thrown_together(house: House) -> None:
    """T066: no e-mail at all; each order has a buyer of its own."""
    for number in ("1", "2"):
        house.shop.put("orders", order(number, email=None))
    house.sync_well()
    assert len({row["customer"] for row in house.erp.tables["orders"].values()}) == 2


def test_a_guest_comes_back_days_later(house: House) -> None:
    """T064: the second order finds the customer that the first one made."""
    house.shop.put("orders", order("1", email="Ada@Example.com"))
    house.sync_well()
    house.shop.put("orders", order("2", email="ada@example.com "))
    house.sync_well()
    assert len(house.erp.tables["customers"]) == 1
    assert len({row["customer"] for row in house.erp.tables["orders"].values()}) == 1


def test_a_guest_is_given_no_account_in_the_shop_where_nobody_asked_for_one(house: House) -> None:
    house.route("customer", direction="two-way")
    house.shop.put("orders", order("1", email="ada@example.com"))
    house.sync_well()
    [ada] = house.erp.tables["customers"]
    house.erp.put("customers", {"id": ada, "first": "Ada"})
    house.sync_well()
    assert house.shop.tables.get("customers", {}) == {}
    assert (house.owed(), house.problems()) == ({}, [])
    assert "a guest of shop" in [event.detail["rule"] for event in house.events("skipped")]


@pytest.mark.parametrize("spoiled", [{"email": 5}, {"total": "-1.00"}, {"currency": "XXX1"}])
def test_an_order_that_is_refused_makes_no_guest_and_stops_nobody(house: House, spoiled: dict[str, Any]) -> None:
    house.shop.put("orders", order("1", **{"email": "ada@example.com", **spoiled}))
    house.shop.put("orders", order("2", email="grace@example.com"))
    report = house.sync()
    assert not report.errors, report.errors
    assert [p.subject for p in house.problems()] == ["1"]
    assert [row["email"] for row in house.erp.tables["customers"].values()] == ["grace@example.com"]
    house.shop.put("orders", {"id": "1", "email": "ada@example.com", "total": "1.00", "currency": "EUR"})
    house.sync_well()
    assert house.problems() == []
    assert len(house.erp.tables["orders"]) == 2
    assert house.owed() == {}


def test_an_order_gets_an_account_afterwards(house: House) -> None:
    house.shop.put("orders", order("1", email="ada@example.com"))
    house.sync_well()
    house.shop.put("customers", {"id": "7", "email": "ada@example.com", "first": "Ada"})
    house.shop.put("orders", {"id": "1", "customer": "7"})
    house.sync_well()
    [ada] = [i for i, row in house.erp.tables["customers"].items() if row.get("first") == "Ada"]
    assert [row["customer"] for row in house.erp.tables["orders"].values()] == [ada]


def test_a_remote_that_does_not_tell_the_buyer_makes_no_guests(open_house: Callable[[], House]) -> None:
    """The ERP is told the customer, and its orders come back without one."""
    house = open_house()
    for entity in ("customer", "product", "order"):
        house.route(entity)
    mute = MAPPINGS["orders"].replace("customer: {path: customer, as: id,", "customer: {out: customer,")
    spec = memory_spec("erp", house.erp, house.hub.plugins.connectors["erp"].streams, {**MAPPINGS, "orders": mute})
    dict.update(house.hub.plugins.connectors, {"erp": replace(spec)})  # type: ignore[arg-type]
    house.shop.put("customers", {"id": "7", "email": "ada@example.com"})
    house.shop.put("orders", order("1", customer="7"))
    house.sync_well()
    buyer = house.data("shop", "orders", "1")["customer"]
    house.erp.put("orders", {"id": next(iter(house.erp.tables["orders"])), "note": "from the ERP"})
    house.sync_well()
    assert house.data("shop", "orders", "1")["note"] == "from the ERP"
    assert house.data("shop", "orders", "1")["customer"] == buyer
    assert len(house.erp.tables["customers"]) == 1
