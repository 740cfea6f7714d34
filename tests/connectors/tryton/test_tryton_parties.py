"""Customers in a real Tryton."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tryton_house import Push, document

from connectors.erp.tryton import Tryton
from connectors.erp.tryton.rpc import Rpc
from hub.api import Document, Refused, Window, Write, Written

BILLING = {"kind": "billing", "street": "Torstraße 1", "city": "Berlin", "country": "DE", "subdivision": "BE"}
SHIPPING = {"kind": "shipping", "party_name": "ACME", "attn": "Ann Ono", "street": "Rue 2", "country": "FR"}


def customer(**more: Any) -> Document:
    return {
        "first_name": "Ann",
        "last_name": "Ono",
        "email": "ann@example.org",
        "phone": "+49 30 123456",
        "language": "de",
        "addresses": [BILLING, SHIPPING],
    } | more


def test_a_customer_becomes_a_party_with_addresses_and_contacts(push: Push) -> None:
    written = document(push("parties", {"p-new": customer()})[0])
    assert (written["name"], written["email"], written["phone"]) == ("Ann Ono", "ann@example.org", "+49 30 123456")
    assert (written["language"], written["reference"]) == ("de", "p-new")
    billing, shipping = written["addresses"]
    assert (billing["kind"], billing["city"], billing["subdivision"]) == ("billing", "Berlin", "DE-BE")
    assert (shipping["kind"], shipping["party_name"], shipping["attn"]) == ("shipping", "ACME", "Ann Ono")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"name": "Dr. Ann Ono"}, "Dr. Ann Ono"),
        ({"first_name": None, "last_name": None, "company": "ACME GmbH"}, "ACME GmbH"),
        ({"first_name": "小明", "last_name": "王"}, "小明 王"),
        ({"first_name": "عائشة", "last_name": None}, "عائشة"),
        ({"first_name": None, "last_name": None}, "ann@example.org"),
        ({"first_name": None, "last_name": None, "email": None, "phone": None}, "Customer without a name"),
        ({"first_name": "Ann\tMaria\n", "last_name": "Ono"}, "Ann Maria Ono"),
    ],
)
def test_a_party_has_one_name_whatever_the_shop_knows(push: Push, given: Document, name: str) -> None:
    """T072: no last name, other scripts, a company, nothing at all."""
    assert document(push("parties", {f"p-{name}": customer(**given)})[0])["name"] == name


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"last_name": "Smith"}, "Ann Smith"),
        ({"first_name": "Eve"}, "Eve Ono"),
        ({"email": "e@example.org"}, "Ann Ono"),
    ],
)
def test_the_half_of_a_name_that_did_not_change_stays(push: Push, change: Document, name: str) -> None:
    record_id = f"p-half-{name}"
    first = document(push("parties", {record_id: customer()})[0])
    assert document(push("parties", {record_id: change}, [first["id"]])[0])["name"] == name


@pytest.mark.parametrize(
    "wrong", [{"tax_identifier": "DE123456789"}, {"email": "not an address"}, {"phone": "ask Bob"}]
)
def test_what_tryton_would_not_believe_does_not_keep_a_customer_out(push: Push, wrong: Document) -> None:
    """T066, T073: kept as it was written."""
    written = document(push("parties", {f"p-{wrong}": customer(**wrong)})[0])
    (kind, value), *_ = wrong.items()
    kept = [written["tax_identifier"], written["email"], written["phone"]]
    assert value in kept or kind == "email"


def test_a_valid_vat_number_is_one_for_tryton_too(push: Push, rpc: Rpc) -> None:
    written = document(push("parties", {"p-vat": customer(tax_identifier="DE136695976")})[0])
    party = rpc.call("model.party.party.read", [int(written["id"])], ["tax_identifier.code"])[0]
    assert party["tax_identifier."]["code"] == "DE136695976"


def test_a_change_touches_only_what_it_names(push: Push) -> None:
    """T117: the e-mail changes here, the phone was changed there."""
    first = document(push("parties", {"p-change": customer()})[0])
    second = document(push("parties", {"p-change": {"email": "new@example.org"}}, [first["id"]])[0])
    assert second == first | {"email": "new@example.org", "modified": second["modified"]}
    third = document(push("parties", {"p-change": {"phone": None, "language": "fr"}}, [first["id"]])[0])
    assert (third["phone"], third["language"]) == (None, "fr")


def test_a_new_address_leaves_the_old_one_to_the_orders_that_have_it(push: Push, rpc: Rpc) -> None:
    """T070: only the profile changes."""
    first = document(push("parties", {"p-moved": customer()})[0])
    moved = {"addresses": [BILLING | {"street": "Neue Straße 5"}, SHIPPING]}
    second = document(push("parties", {"p-moved": moved}, [first["id"]])[0])
    assert [a["street"] for a in second["addresses"] if a["kind"] == "billing"] == ["Neue Straße 5"]
    assert [a["id"] for a in second["addresses"] if a["kind"] == "shipping"] == [first["addresses"][1]["id"]]
    old = rpc.search_read(
        "party.address", [["id", "=", int(first["addresses"][0]["id"])]], ["street"], active_test=False
    )
    assert [a["street"] for a in old] == ["Torstraße 1"]


def test_writing_the_same_again_changes_nothing(push: Push) -> None:
    first = document(push("parties", {"p-same": customer()})[0])
    assert document(push("parties", {"p-same": customer()}, [first["id"]])[0]) == first


def test_the_party_of_a_lost_answer_is_found_by_our_reference(tryton: Tryton, push: Push) -> None:
    wanted = Write("p-find", "k", None, customer())
    assert tryton.find("parties", wanted) is None
    written = document(push("parties", {"p-find": customer()})[0])
    assert tryton.find("parties", wanted) == written["id"]


def test_one_bad_customer_of_a_batch_is_refused_alone(push: Push) -> None:
    """T126."""
    batch = {f"p-batch-{n}": customer() for n in range(5)}
    batch["p-batch-2"] = {"name": "x", "language": "de"}
    outcomes = push("parties", batch, [None, None, "999999"])
    assert [type(o) for o in outcomes] == [Written, Written, Refused, Written, Written]


@pytest.mark.parametrize("child", ["party.address", "party.contact_mechanism"])
def test_a_party_is_read_when_only_a_child_of_it_changed(tryton: Tryton, push: Push, rpc: Rpc, child: str) -> None:
    written = document(push("parties", {f"p-child-{child}": customer()})[0])
    number = rpc.search_read(child, [["party", "=", int(written["id"])]], ["id"], limit=1)[0]["id"]
    values = {"city": "Potsdam"} if child == "party.address" else {"name": "office"}
    rpc.call(f"model.{child}.write", [number], values)
    moment = rpc.search_read(child, [["id", "=", number]], ["last_modified_at"])[0]["last_modified_at"]
    window = Window(since=datetime.fromisoformat(moment))
    assert written["id"] in [d["id"] for page in tryton.read("parties", window) for d in page.documents]


def test_the_company_itself_and_the_carriers_are_no_customers(tryton: Tryton) -> None:
    names = {d["name"] for page in tryton.read("parties", Window()) for d in page.documents}
    assert names.isdisjoint({"Entrepot Demo GmbH", "Standard", "Express", "Pickup"})


def test_a_search_finds_a_party_by_name_and_by_email(tryton: Tryton, push: Push) -> None:
    person = customer(name="Zora Quill", email="zora@example.net")
    written = document(push("parties", {"p-search": person})[0])
    for text in ("Zora Quill", "zora@example.net"):
        assert [found["id"] for found in tryton.search("parties", text)] == [written["id"]]
