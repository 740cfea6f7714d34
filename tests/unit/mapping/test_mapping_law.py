"""The law, on orders of the real shape and on records that hypothesis makes up."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_shape import order

from hub.mapping.check import check
from hub.mapping.engine import Compiled, Pairs
from hub.model import Order

CURRENCIES = ["EUR", "JPY", "KWD", "BTC"]
DOCUMENTS = [order(number, CURRENCIES[number % 4]) for number in range(1, 61)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["id"])
def test_an_order_becomes_a_valid_record(woo_orders: Compiled, document: dict[str, object]) -> None:
    record = woo_orders.decode(document, {}, Pairs().record)
    Order.model_validate_json(json.dumps(record))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["id"])
def test_writing_back_what_was_read_changes_nothing(woo_orders: Compiled, document: dict[str, object]) -> None:
    """T120: not even spelling: escapes, zeros at the end and synonyms stay as the remote wrote them."""
    links, before = Pairs(), deepcopy(document)
    record = woo_orders.decode(document, {}, links.record)
    patch = woo_orders.encode(record, {}, links.external, base=document)
    assert woo_orders.apply(patch, document) == before == document


def test_the_mapping_of_orders_keeps_every_law(woo_orders: Compiled) -> None:
    report = check(woo_orders, DOCUMENTS, Order, {})
    assert report.findings == ()
    assert report.documents == 60
    assert report.generated > 200
    assert report.untried == ()
    assert report.note == ""


WORDS = st.none() | st.text(max_size=30)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "note": WORDS.filter(lambda text: text != ""),
        "payment_title": WORDS,
        "status": st.sampled_from(["open", "pending", "completed", "trashed"]),
        "billing_address": st.fixed_dictionaries({}, optional={"city": WORDS, "first_name": WORDS}),
        "custom": st.fixed_dictionaries({}, optional={"vat_exempt": WORDS}),
        "lines": st.lists(
            st.fixed_dictionaries({}, optional={"sku": WORDS, "title": WORDS, "custom": st.just({"size": "L"})}),
            max_size=3,
        ),
    },
)


@given(record=RECORDS, base=st.sampled_from(DOCUMENTS))
def test_what_is_written_is_read_back_the_same(
    woo_orders: Compiled, record: dict[str, object], base: dict[str, object]
) -> None:
    links = Pairs()
    after = woo_orders.apply(woo_orders.encode(record, {}, links.external, base=base), base)
    again = woo_orders.decode(after, {}, links.record)
    for field in record.keys() - {"lines", "billing_address", "custom"}:
        assert again[field] == record[field]
    for name in record.keys() & {"billing_address", "custom"}:
        assert record[name].items() <= again[name].items()  # type: ignore[attr-defined]
    if "lines" in record:
        for ours, theirs in zip(record["lines"], again["lines"], strict=True):  # type: ignore[call-overload]
            assert ours.items() <= theirs.items()


@given(record=RECORDS, base=st.sampled_from([None, *DOCUMENTS]))
def test_norm_of_norm_is_norm(woo_orders: Compiled, record: dict[str, object], base: dict[str, object] | None) -> None:
    norm = woo_orders.norm(record, {}, base)
    assert woo_orders.norm(norm, {}, base) == norm


@given(record=RECORDS, base=st.sampled_from(DOCUMENTS))
def test_foreign_data_stays(woo_orders: Compiled, record: dict[str, object], base: dict[str, object]) -> None:
    links, before = Pairs(), deepcopy(base)
    after = woo_orders.apply(woo_orders.encode(record, {}, links.external, base=base), base)
    assert base == before
    written = {"status", "billing", "shipping", "line_items", "payment_method_title", "customer_note", "meta_data"}
    assert {key: after[key] for key in base.keys() - written} == {key: base[key] for key in base.keys() - written}
    foreign = [item for item in base["meta_data"] if item["key"] != "is_vat_exempt"]  # type: ignore[attr-defined]
    assert [item for item in after["meta_data"] if item["key"] != "is_vat_exempt"] == foreign
