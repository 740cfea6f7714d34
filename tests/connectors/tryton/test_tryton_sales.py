"""Sales in a real Tryton: every order once, at the buyer's total, and as far as its state says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from tryton_house import Make, Push, document, error

from connectors.erp.tryton import SPEC, Tryton
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox.worker import assign, count_stock, pack, send
from hub.api import (
    ConflictError,
    InvalidRecordError,
    Refused,
    UnavailableError,
    UnknownValueError,
    Window,
    Write,
    Written,
)
from hub.mapping.engine import Pairs
from hub.model import Order
from hub.testing.subject import compile_shipped


def count(rpc: Rpc, record_id: str) -> int:
    found: int = rpc.call("model.sale.sale.search_count", [["web_id", "=", record_id]])
    return found


def test_an_order_becomes_a_confirmed_sale_with_its_shipment(push: Push, order: Make, rpc: Rpc) -> None:
    written = document(push("sales", {"s-plain": order(comment="Bitte klingeln 🔔\nDanke")})[0])
    assert (written["state"], written["total"], written["currency"]) == ("processing", "11.90", "EUR")
    assert (written["reference"], written["web_id"], written["sale_date"]) == ("#1001", "s-plain", "2026-11-20")
    assert written["comment"] == "Bitte klingeln 🔔\nDanke"
    assert written["carrier"] == "Standard"
    sale = rpc.call("model.sale.sale.read", [int(written["id"])], ["shipments", "shipment_cost_method"])[0]
    assert len(sale["shipments"]) == 1
    assert sale["shipment_cost_method"] is None


@pytest.mark.parametrize("repeated", [1, 3])
def test_an_order_that_is_sent_again_stays_one_sale(push: Push, order: Make, rpc: Rpc, repeated: int) -> None:
    """T001, T018: the web shop and our id are unique in Tryton's database."""
    record_id = f"s-again-{repeated}"
    ids = {document(push("sales", {record_id: order()})[0])["id"] for _ in range(repeated + 1)}
    assert len(ids) == 1
    assert count(rpc, record_id) == 1


def test_the_sale_of_a_lost_answer_is_found_by_our_reference(tryton: Tryton, push: Push, order: Make) -> None:
    wanted = Write("s-lost", "k", None, order())
    assert tryton.find("sales", wanted) is None
    written = document(push("sales", {"s-lost": order()})[0])
    assert tryton.find("sales", wanted) == written["id"]


@pytest.mark.parametrize("step", ["address.create", "sale.create", "sale.quote", "sale.confirm"])
def test_a_batch_that_was_cut_off_anywhere_is_finished_by_sending_it_again(
    cut: Callable[[str], Tryton], order: Make, rpc: Rpc, step: str
) -> None:
    """T018: killed between a write and its answer; nothing twice, nothing missing, nothing half-way."""
    tryton = cut(f"model.{'party.' if 'address' in step else 'sale.'}{step}")
    place = {**order()["shipment_address"], "street": f"Cut at {step}"}
    writes = [Write(f"s-{step}-{n}", "k", None, order(shipment_address=place)) for n in range(3)]
    with pytest.raises(UnavailableError):
        list(tryton.upsert("sales", writes))
    outcomes = [document(outcome) for outcome in tryton.upsert("sales", writes)]
    assert [d["state"] for d in outcomes] == ["processing"] * 3
    assert [count(rpc, w.record_id) for w in writes] == [1, 1, 1]


def test_as_many_orders_as_a_batch_may_have_are_written_together(push: Push, order: Make) -> None:
    most = SPEC.stream("sales").batch
    outcomes = push("sales", {f"s-bulk-{n}": order(reference=f"#{n}") for n in range(most)})
    assert [document(o)["reference"] for o in outcomes] == [f"#{n}" for n in range(most)]
    assert {document(o)["total"] for o in outcomes} == {"11.90"}


def test_one_bad_order_of_a_batch_is_refused_alone(push: Push, order: Make, line: Make, rpc: Rpc) -> None:
    """T125, T126: 9 done, 1 refused with what is wrong, in order."""
    orders = {f"s-mixed-{n}": order() for n in range(10)}
    orders["s-mixed-6"] = order(party="999999")
    outcomes = push("sales", orders)
    assert [type(o) for o in outcomes] == [Written] * 6 + [Refused] + [Written] * 3
    assert "no party 999999" in str(error(outcomes[6]))
    assert count(rpc, "s-mixed-6") == 0


# Money


@pytest.mark.parametrize(
    ("currency", "net", "total", "rounding"),
    [
        ("EUR", "8.40", "10.00", "0"),
        ("USD", "8.40", "10.01", "0.01"),
        ("GBP", "8.41", "10.00", "-0.01"),
        ("JPY", "840.3361", "1000", "0"),
        ("KWD", "8.403", "10.001", "0.001"),
    ],
)
def test_every_currency_ends_at_the_buyers_total(
    push: Push, order: Make, line: Make, currency: str, net: str, total: str, rounding: str
) -> None:
    """T052, T061: what Tryton computes otherwise becomes a line that everybody sees."""
    wanted = order(currency=currency, lines=[line("l1", net, "19 %")], total=total)
    written = document(push("sales", {f"s-{currency}": wanted})[0])
    assert Decimal(written["total"]) == Decimal(total)
    assert Decimal(written["rounding"]) == Decimal(rounding)


def test_gross_prices_of_three_lines_end_at_what_was_paid(push: Push, order: Make, line: Make) -> None:
    """T052: gross 84.00 + 10.00 + 8.50 at 19 %, nets 70.59, 8.40 and 7.14."""
    goods = [line("l1", "70.59", "19 %"), line("l2", "8.40", "19 %")]
    shipping = [{"id": "s1", "title": "DHL", "amount": "7.14", "taxes": ["19 %"]}]
    wanted = order(lines=goods, shipping=shipping, total="102.50")
    written = document(push("sales", {"s-gross": wanted})[0])
    assert written["total"] == "102.50"
    assert Decimal(written["untaxed"]) + Decimal(written["tax"]) == Decimal("102.50")
    assert abs(Decimal(written["rounding"])) <= Decimal("0.01")


def test_a_difference_that_is_no_rounding_is_refused_and_leaves_nothing_behind(
    push: Push, order: Make, rpc: Rpc
) -> None:
    outcome = push("sales", {"s-wrong-total": order(total="12.90")})[0]
    assert "12.90 EUR, Tryton computes 11.90" in str(error(outcome))
    assert count(rpc, "s-wrong-total") == 0


def test_the_limit_of_rounding_can_be_raised(connect: Callable[..., Tryton], order: Make) -> None:
    tryton = connect(rounding_limit=100)
    (outcome,) = tryton.upsert("sales", [Write("s-raised", "k", None, order(total="12.90"))])
    assert document(outcome)["rounding"] == "1.00"


def test_a_discounted_line_has_its_effective_price(push: Push, order: Make, line: Make) -> None:
    wanted = order(lines=[line("l1", "33.61", "19 %", quantity="3")], total="40.00")
    written = document(push("sales", {"s-discount": wanted})[0])
    assert [(row["unit_price"], row["amount"]) for row in written["goods"]] == [("11.2033", "33.61")]


def test_two_taxes_on_one_line_are_both_charged(push: Push, order: Make, line: Make) -> None:
    """T058: state and county."""
    wanted = order(lines=[line("l1", "100.00", "4 %", "4.5 %")], total="108.50")
    written = document(push("sales", {"s-two-taxes": wanted})[0])
    assert sorted(written["goods"][0]["taxes"]) == ["4 %", "4.5 %"]
    assert (written["tax"], written["rounding"]) == ("8.50", "0")


def test_tax_that_the_marketplace_owes_is_no_tax_of_the_merchant(push: Push, order: Make, line: Make) -> None:
    """T058: the buyer's total includes it, the merchant's tax does not."""
    collected = [{"title": "NY sales tax", "amount": "0.89"}]
    wanted = order(lines=[line("l1", "10.00", collected=collected)], total="10.89")
    written = document(push("sales", {"s-collected": wanted})[0])
    assert (Decimal(written["tax"]), written["total"], written["rounding"]) == (0, "10.89", "0")


def test_a_tax_that_tryton_does_not_have_is_named(push: Push, order: Make, line: Make) -> None:
    outcome = push("sales", {"s-tax": order(lines=[line("l1", "10.00", "77 %")])})[0]
    unknown = error(outcome)
    assert isinstance(unknown, UnknownValueError)
    assert (unknown.table, unknown.value) == ("taxes", "77 %")


def test_a_currency_that_tryton_does_not_have_is_named(push: Push, order: Make) -> None:
    outcome = push("sales", {"s-currency": order(currency="XPF")})[0]
    assert isinstance(error(outcome), InvalidRecordError)
    assert "XPF" in str(error(outcome))


# Lines


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_deleted_product_is_sold_under_a_placeholder_with_its_title(
    push: Push, order: Make, line: Make, place: int
) -> None:
    """T044: the same wherever in the order it stands."""
    goods = [line(f"l{n}", "10.00", "19 %") for n in range(3)]
    goods[place] = line(f"l{place}", "10.00", "19 %", product=None, kind="product", title="Gone with the wind")
    written = document(push("sales", {f"s-deleted-{place}": order(lines=goods, total="35.70")})[0])
    row = written["goods"][place]
    assert (row["code"], row["title"], row["id"]) == ("DELETED", "Gone with the wind", f"l{place}")


def test_gift_cards_tips_duties_shipping_and_fees_have_lines_of_their_own(push: Push, order: Make, line: Make) -> None:
    """T045: and a free item stays at 0.00."""
    kinds = ["gift_card", "tip", "duty"]
    goods = [line(kind, "1.00", product=None, kind=kind) for kind in kinds] + [line("free", "0.00", "19 %")]
    shipping = [{"id": "s1", "title": "Express", "carrier": "Express", "amount": "4.20", "taxes": ["19 %"]}]
    fees = [
        {"id": "f1", "title": "Payment", "amount": "1.00", "taxes": []},
        {"id": "f2", "title": "Loyalty", "amount": "-2.00", "taxes": []},
    ]
    wanted = order(lines=goods, shipping=shipping, fees=fees, total="7.00")
    written = document(push("sales", {"s-kinds": wanted})[0])
    assert [row["code"] for row in written["goods"][:3]] == ["GIFTCARD", "TIP", "DUTY"]
    assert written["goods"][3]["amount"] == "0.00"
    assert [row["code"] for row in written["shipping"]] == ["SHIPPING"]
    assert [(row["code"], row["amount"]) for row in written["fees"]] == [("FEE", "1.00"), ("DISCOUNT", "-2.00")]
    assert written["carrier"] == "Express"


def test_a_product_that_was_deleted_in_tryton_is_named(push: Push, order: Make, line: Make) -> None:
    outcome = push("sales", {"s-no-product": order(lines=[line("l1", "10.00", product="999999")])})[0]
    assert "product 999999" in str(error(outcome))


def test_an_order_without_a_customer_is_refused(push: Push, order: Make) -> None:
    assert isinstance(error(push("sales", {"s-nobody": order(party=None)})[0]), InvalidRecordError)


# Addresses


def test_an_order_keeps_its_own_copy_of_its_addresses(push: Push, order: Make, rpc: Rpc, party: str) -> None:
    """T070: what is equal is shared, and the party's own list stays as it was."""
    before = rpc.call("model.party.party.read", [int(party)], ["addresses"])[0]["addresses"]
    place = {**order()["shipment_address"], "street": "Nur einmal 1", "phone": "+49 30 1234567"}
    first = document(push("sales", {"s-copy-1": order(shipment_address=place)})[0])
    second = document(push("sales", {"s-copy-2": order(shipment_address=place)})[0])
    assert first["shipment_address"]["street"] == "Nur einmal 1"
    assert first["shipment_address"]["subdivision"] == "DE-BE"
    assert first["shipment_address"]["phone"] == "+49 30 1234567"
    assert first["shipment_address"]["id"] == second["shipment_address"]["id"] != first["invoice_address"]["id"]
    assert rpc.call("model.party.party.read", [int(party)], ["addresses"])[0]["addresses"] == before


def test_an_order_without_addresses_can_be_sold(push: Push, order: Make) -> None:
    """T042: a sale at the counter."""
    outcome = push("sales", {"s-counter": order(invoice_address=None, shipment_address=None)})[0]
    assert document(outcome)["state"] == "processing"


def test_a_region_and_a_country_that_tryton_does_not_know_are_kept_in_the_street(push: Push, order: Make) -> None:
    """T072."""
    place = {"street": "PO Box 7", "city": "N/A", "subdivision": "Atlantis", "country": None, "country_text": "Utopia"}
    written = document(push("sales", {"s-utopia": order(shipment_address=place)})[0])
    assert written["shipment_address"]["street"] == "PO Box 7\nAtlantis\nUtopia"
    assert written["shipment_address"]["country"] is None


# Life cycle


@pytest.mark.parametrize("state", ["draft", "quotation", "processing", "cancelled"])
def test_a_sale_goes_as_far_as_the_order_says(push: Push, order: Make, state: str) -> None:
    assert document(push("sales", {f"s-state-{state}": order(state=state)})[0])["state"] == state


def test_an_open_sale_follows_its_order(push: Push, order: Make, line: Make) -> None:
    """T036: a line is added, then the order is paid."""
    first = document(push("sales", {"s-follow": order(state="quotation")})[0])
    goods = [line("l1", "10.00", "19 %"), line("l2", "10.00", "7 %")]
    changed = {"s-follow": order(lines=goods, total="22.60", state="quotation")}
    second = document(push("sales", changed, [first["id"]])[0])
    assert (second["state"], second["total"], len(second["goods"])) == ("quotation", "22.60", 2)
    third = document(push("sales", {"s-follow": {"state": "processing"}}, [first["id"]])[0])
    assert (third["state"], third["total"]) == ("processing", "22.60")


def test_a_change_of_one_field_keeps_the_rest(tryton: Tryton, push: Push, order: Make) -> None:
    fees = [{"id": "f1", "title": "Gift wrap", "amount": "2.00", "taxes": []}]
    first = document(push("sales", {"s-part": order(state="quotation")})[0])
    change = Write("s-part", "k2", first["id"], {"fees": fees, "total": "13.90"}, base=first)
    (outcome,) = tryton.upsert("sales", [change])
    second = document(outcome)
    assert [row["id"] for row in second["goods"]] == ["l1"]
    assert (second["total"], second["invoice_address"]) == ("13.90", first["invoice_address"])
    assert second["state"] == "quotation"


def test_a_confirmed_sale_is_not_rewritten(push: Push, order: Make, line: Make) -> None:
    """T038: the difference is for a person to settle."""
    first = document(push("sales", {"s-fixed": order()})[0])
    for change in ({"total": "15.00"}, {"lines": [line("l1", "10.00", "19 %", quantity="2")]}):
        outcome = push("sales", {"s-fixed": order(**change)}, [first["id"]])[0]
        assert isinstance(error(outcome), ConflictError)


def test_what_is_taken_out_of_an_order_before_its_sale_is_confirmed_is_not_sent(
    push: Push, order: Make, line: Make, rpc: Rpc
) -> None:
    """T036: one line in part and one as a whole; the refund of it takes the money back, whichever comes first."""
    goods = [line("l1", "30.00", "19 %", quantity="3"), line("l2", "20.00", "7 %", quantity="2")]
    first = document(push("sales", {"s-out": order(lines=goods, total="57.10", state="quotation")})[0])
    back = [
        {"id": "r1", "order_line": "l1", "quantity": "1", "amount": "10.00", "tax": "1.90", "restock": "none"},
        {"id": "r2", "order_line": "l2", "quantity": "2", "amount": "20.00", "tax": "1.40", "restock": "none"},
    ]
    refund = {"sale": first["id"], "currency": "EUR", "total": "0.00", "date": "2026-11-21"}
    early = document(push("credits", {"c-out-1": {**refund, "lines": back[:1]}})[0])
    less = [{**goods[0], "current": "2"}, {**goods[1], "current": "0"}]
    second = document(push("sales", {"s-out": order(lines=less, total="57.10", state="quotation")}, [first["id"]])[0])
    assert pieces(rpc, first["id"]) == [("MUG-FIXTURE", 2), ("DISCOUNT", 1), ("DISCOUNT", 2)]
    assert [(row["id"], row["quantity"], row.get("current")) for row in second["goods"]] == [
        ("l1", "3", "2"),
        ("l2", "2", "0"),
    ]
    late = document(push("credits", {"c-out-2": {**refund, "lines": back[1:]}})[0])
    third = document(push("sales", {"s-out": {"state": "processing"}}, [first["id"]])[0])
    assert (third["state"], third["total"], early["total"], late["total"]) == ("processing", "57.10", "11.90", "21.40")
    assert moved(rpc, first["id"]) == [("MUG-FIXTURE", 2)]


def pieces(rpc: Rpc, sale: str) -> list[tuple[str, float]]:
    rows = rpc.search_read("sale.line", [["sale", "=", int(sale)]], ["product.code", "quantity"])
    return [(row["product."]["code"], row["quantity"]) for row in sorted(rows, key=lambda row: int(row["id"]))]


def moved(rpc: Rpc, sale: str) -> list[tuple[str, float]]:
    fields = ["outgoing_moves.product.code", "outgoing_moves.quantity"]
    shipments = rpc.call("model.sale.sale.read", [int(sale)], ["shipments"])[0]["shipments"]
    rows = rpc.call("model.stock.shipment.out.read", shipments, fields)
    return [(move["product."]["code"], move["quantity"]) for row in rows for move in row["outgoing_moves."]]


@pytest.mark.parametrize(("left", "goods"), [(2, 1), (1, 1), (0, 2)])
def test_what_an_order_had_lost_before_it_came_is_not_sent_unless_it_had_left(
    push: Push, order: Make, line: Make, rpc: Rpc, left: int, goods: int
) -> None:
    """T036: of 2 ordered 1 is wanted still; `left` are not sent yet by the shop itself."""
    lost = [line("l1", "20.00", "19 %", quantity="2", current="1")]
    sources = [{"order_line": "l1", "quantity": "2", "left": str(left)}, {"order_line": "l2", "quantity": "9"}]
    made = document(push("sales", {f"s-lost-{left}": order(lines=lost, total="23.80", sources=sources)})[0])
    assert moved(rpc, made["id"]) == [("MUG-FIXTURE", goods)]


def test_another_change_keeps_what_was_taken_out(tryton: Tryton, push: Push, order: Make, line: Make) -> None:
    goods = [line("l1", "10.00", "19 %", current="0"), line("l2", "20.00", "19 %", quantity="2", current="1")]
    first = document(push("sales", {"s-out-part": order(lines=goods, total="35.70", state="quotation")})[0])
    fees = [{"id": "f1", "title": "Gift wrap", "amount": "2.00", "taxes": []}]
    change = Write("s-out-part", "k2", first["id"], {"fees": fees, "total": "37.70"}, base=first)
    second = document(next(iter(tryton.upsert("sales", [change]))))
    told = [[(row["id"], row["quantity"], row.get("current")) for row in one["goods"]] for one in (first, second)]
    assert told == [[("l1", "1", "0"), ("l2", "2", "1")]] * 2
    assert second["total"] == "37.70"


def test_what_was_taken_out_before_a_sale_was_confirmed_is_no_difference_later(
    push: Push, order: Make, line: Make
) -> None:
    """T036: what is taken out after it is told, and that alone."""
    goods = line("l1", "30.00", "19 %", quantity="3", current="2")
    first = document(push("sales", {"s-out-twice": order(lines=[goods], total="35.70")})[0])
    again = push("sales", {"s-out-twice": order(lines=[goods], total="35.70")}, [first["id"]])[0]
    assert document(again)["id"] == first["id"]
    later = push("sales", {"s-out-twice": order(lines=[{**goods, "current": "0"}], total="35.70")}, [first["id"]])[0]
    assert "Mug (0 of 2)" in str(error(later))


def test_a_line_that_was_taken_out_of_its_order_is_not_sent_in_silence(push: Push, order: Make, line: Make) -> None:
    """T036: as long as it has not left, a person takes it out of the sale."""
    goods = line("l1", "10.00", "19 %", quantity="2")
    first = document(push("sales", {"s-less": order(lines=[goods])})[0])
    outcome = push("sales", {"s-less": order(lines=[{**goods, "current": "0"}])}, [first["id"]])[0]
    assert "Mug (0 of 2)" in str(error(outcome))
    again = push("sales", {"s-less": order(lines=[{**goods, "current": "2"}])}, [first["id"]])[0]
    assert document(again)["id"] == first["id"]


def test_what_comes_back_after_it_has_left_is_no_line_taken_out(push: Push, order: Make, line: Make, rpc: Rpc) -> None:
    goods = line("l1", "10.00", "19 %", quantity="2")
    first = document(push("sales", {"s-back-again": order(lines=[goods])})[0])
    count_stock(rpc, 100)
    shipment = rpc.call("model.sale.sale.read", [int(first["id"])], ["shipments"])[0]["shipments"]
    pack(rpc, assign(rpc, shipment))
    send(rpc, shipment)
    outcome = push("sales", {"s-back-again": order(lines=[{**goods, "current": "1"}])}, [first["id"]])[0]
    assert document(outcome)["id"] == first["id"]


def test_the_note_of_a_confirmed_sale_can_change(push: Push, order: Make) -> None:
    first = document(push("sales", {"s-note": order()})[0])
    second = document(push("sales", {"s-note": {"comment": "Ring twice"}}, [first["id"]])[0])
    assert (second["comment"], second["state"]) == ("Ring twice", "processing")


def test_a_cancelled_order_stops_its_confirmed_sale(push: Push, order: Make, rpc: Rpc) -> None:
    """T040: what has not left is cancelled, and nothing is made in its place."""
    first = document(push("sales", {"s-stop": order()})[0])
    for _ in range(2):
        stopped = document(push("sales", {"s-stop": {"state": "cancelled"}}, [first["id"]])[0])
        assert stopped["state"] == "cancelled"
    shipments = rpc.call("model.sale.sale.read", [int(first["id"])], ["shipments.state"])[0]["shipments."]
    assert [s["state"] for s in shipments] == ["cancelled"]


def test_a_sale_whose_goods_have_left_is_not_cancelled(push: Push, order: Make, rpc: Rpc) -> None:
    """T040, T041: once it is on its way, shipping wins."""
    first = document(push("sales", {"s-left": order()})[0])
    count_stock(rpc, 100)
    shipment = rpc.call("model.sale.sale.read", [int(first["id"])], ["shipments"])[0]["shipments"]
    pack(rpc, assign(rpc, shipment))
    send(rpc, shipment)
    outcome = push("sales", {"s-left": {"state": "cancelled"}}, [first["id"]])[0]
    assert "its goods have left" in str(error(outcome))


def test_a_cancelled_sale_is_taken_up_again(push: Push, order: Make) -> None:
    first = document(push("sales", {"s-back": order(state="cancelled")})[0])
    second = document(push("sales", {"s-back": order()}, [first["id"]])[0])
    assert (second["id"], second["state"], second["total"]) == (first["id"], "processing", "11.90")


def test_a_sale_that_was_deleted_in_tryton_is_refused_alone(push: Push, order: Make) -> None:
    outcomes = push("sales", {"s-gone": order(), "s-here": order()}, ["999999"])
    assert [type(o) for o in outcomes] == [Refused, Written]


# Reading back


def test_a_sale_made_in_tryton_is_read_with_its_lines(tryton: Tryton, rpc: Rpc, party: str, mug: str) -> None:
    address, *_ = rpc.call("model.party.party.read", [int(party)], ["addresses"])[0]["addresses"]
    line = {"type": "line", "product": int(mug), "unit": 1, "quantity": 2, "unit_price": Decimal("4.50")}
    values = {"party": int(party), "invoice_address": address, "shipment_address": address, "reference": "by phone"}
    (sale,) = rpc.call("model.sale.sale.create", [{**values, "lines": [["create", [line]]]}])
    (read,) = tryton.fetch("sales", [str(sale)])
    assert [(row["quantity"], row["amount"], row["code"]) for row in read["lines"]] == [("2", "9.00", "MUG-FIXTURE")]
    assert (read["web_id"], read["total"], read["state"]) == (None, "9.00", "draft")


def test_a_window_is_read_page_by_page_and_holds_what_changed_in_it(
    connect: Callable[..., Tryton], push: Push, order: Make, rpc: Rpc
) -> None:
    """T020: all of one moment arrive; a sale moves into the window when only a line of it changes."""
    written = [document(o) for o in push("sales", {f"s-window-{n}": order() for n in range(7)})]
    small = connect(page_size=3)
    ids = ids_of(small, Window())
    assert {d["id"] for d in written} <= set(ids)
    assert len(ids) == len(set(ids))
    (line,) = rpc.call("model.sale.sale.read", [int(written[0]["id"])], ["lines"])[0]["lines"]
    rpc.call("model.sale.line.write", [line], {"note": "line:l1"})
    moment = rpc.search_read("sale.line", [["id", "=", line]], ["last_modified_at"])[0]["last_modified_at"]
    assert ids_of(small, Window(since=datetime.fromisoformat(moment))) == [written[0]["id"]]


def ids_of(tryton: Tryton, window: Window) -> Sequence[str]:
    return [document["id"] for page in tryton.read("sales", window) for document in page.documents]


def test_a_search_finds_a_sale_by_the_shops_number(tryton: Tryton, push: Push, order: Make) -> None:
    written = document(push("sales", {"s-search": order(reference="WEB-4711")})[0])
    assert [found["id"] for found in tryton.search("sales", "WEB-4711")] == [written["id"]]


def test_what_is_read_decodes_into_the_canonical_order(push: Push, order: Make) -> None:
    written: Any = document(push("sales", {"s-decode": order()})[0])
    record = compile_shipped(SPEC, "sales").decode(written, {}, Pairs().record)
    assert (record["number"], record["status"], record["total"]) == ("#1001", "open", "11.90")
    assert "lines" not in record
    Order.model_validate_json(json.dumps(record))
