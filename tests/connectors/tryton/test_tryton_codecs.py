"""What the mappings cannot say, by itself: addresses, taxes, states, carriers."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.erp.tryton.codecs import (
    CODECS,
    STATES,
    decode_address,
    decode_addresses,
    decode_carrier,
    decode_location,
    decode_product_status,
    decode_state,
    encode_address,
    encode_addresses,
    encode_carrier,
    encode_day,
    encode_state,
    encode_taxes,
)
from hub.api import UnknownValueError
from hub.model import OrderStatus

TABLES = {
    "taxes": {"19 %": "19", "NY state": "US-NY", "8.875 %": "8.875"},
    "carriers": {"Express": "dhl_express"},
    "locations": {"Warehouse": "main"},
}
COMPANY = {"name": "Ann Ono", "company": "ACME", "line1": "Rue 1", "line2": "Cour", "city": "Paris", "country": "FR"}


def test_a_company_stands_first_and_the_person_for_its_attention() -> None:
    there = encode_address(COMPANY, {}, None)
    assert (there["party_name"], there["attn"], there["street"]) == ("ACME", "Ann Ono", "Rue 1\nCour")
    here = decode_address(there, {})
    assert {name: here[name] for name in COMPANY} == COMPANY


def test_first_and_last_name_become_one() -> None:
    there = encode_address({"first_name": "Ann", "last_name": "Ono"}, {}, None)
    assert (there["party_name"], there["attn"]) == ("Ann Ono", None)


def test_a_fourth_line_of_an_address_is_kept() -> None:
    """T072."""
    here = decode_address({"street": "c/o Eve\nHaus 3\n2. OG\nlinks"}, {})
    assert (here["line1"], here["line2"], here["line3"]) == ("c/o Eve", "Haus 3", "2. OG, links")


@pytest.mark.parametrize(("code", "region"), [("US-NY", "NY"), ("FR-IDF", "FR-IDF"), (None, None)])
def test_a_region_is_read_without_its_own_country(code: str | None, region: str | None) -> None:
    assert decode_address({"country": "US", "subdivision": code}, {})["region"] == region


def test_addresses_are_known_by_what_they_are_for() -> None:
    there = encode_addresses([{"id": "b1", "kind": "billing"}, {"id": "x9", "kind": "other"}], {}, None)
    assert [(a["id"], a["kind"]) for a in there] == [("b1", "billing"), ("x9", None)]
    here = decode_addresses([{"id": "7", "kind": "shipping"}, {"id": "8", "kind": None}], {})
    assert [(a["id"], a["kind"]) for a in here] == [("shipping", "shipping"), ("8", "other")]


@pytest.mark.parametrize(
    ("tax", "name"),
    [
        ({"rate": "19", "title": "MwSt."}, "19 %"),
        ({"rate": "19.00", "id": "7"}, "19 %"),
        ({"rate": "4", "id": "US-NY"}, "NY state"),
        ({"rate": "8.8750"}, "8.875 %"),
    ],
)
def test_a_tax_is_known_by_its_code_its_title_or_its_rate(tax: dict[str, Any], name: str) -> None:
    assert encode_taxes([tax], TABLES, None) == [[name], []]


def test_a_tax_that_no_row_maps_is_never_guessed() -> None:
    with pytest.raises(UnknownValueError) as caught:
        encode_taxes([{"rate": "21", "title": "BTW"}], TABLES, None)
    assert (caught.value.table, caught.value.value) == ("taxes", "21")
    assert "hub table set" in caught.value.hint


def test_a_tax_that_the_marketplace_owes_is_kept_apart() -> None:
    """T058."""
    taxes = [{"rate": "19", "amount": "1.90"}, {"title": "NY", "rate": "4", "amount": "0.40", "collected": True}]
    assert encode_taxes(taxes, TABLES, None) == [["19 %"], [{"title": "NY", "amount": "0.40"}]]


def test_every_order_status_has_a_state_in_tryton() -> None:
    assert set(STATES) == {status.value for status in OrderStatus}
    for status in ("draft", "pending", "open", "cancelled"):
        assert decode_state(encode_state(status, {}, None), {}) == status


def test_a_state_that_nobody_knows_is_not_guessed() -> None:
    with pytest.raises(UnknownValueError):
        decode_state("amended", {})


def test_a_carrier_is_known_by_the_table_only() -> None:
    assert (decode_carrier("Express", TABLES), decode_carrier("Owl", TABLES)) == ("dhl_express", None)
    assert encode_carrier("dhl_express", TABLES, None) == "Express"
    with pytest.raises(UnknownValueError):
        encode_carrier("owl_post", TABLES, None)


def test_a_warehouse_keeps_its_name_where_the_table_has_no_other() -> None:
    assert (decode_location("Warehouse", TABLES), decode_location("Depot", TABLES)) == ("main", "Depot")


@pytest.mark.parametrize(
    ("active", "salable", "status"),
    [(True, True, "active"), (True, False, "draft"), (False, True, "archived"), (False, False, "archived")],
)
def test_the_status_of_a_product_is_made_of_two_boxes(active: bool, salable: bool, status: str) -> None:
    assert decode_product_status([active, salable], {}) == status


def test_a_sale_is_dated_by_the_day_in_utc() -> None:
    assert encode_day("2026-08-18T23:59:59Z", {}, None) == "2026-08-18"


def test_every_codec_that_drops_something_says_so() -> None:
    assert all(codec.name.startswith("tryton_") for codec in CODECS)
    lossless = {codec.name for codec in CODECS if codec.decode and codec.encode and not codec.loses}
    assert lossless == {"tryton_language", "tryton_location"}
