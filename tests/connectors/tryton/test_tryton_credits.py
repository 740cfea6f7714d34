"""Refunds in a real Tryton: each becomes one credit of its sale, to the cent; goods come back only where they did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from tryton_house import Make, Push, document, error

from connectors.erp.tryton import SPEC, Tryton
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox.worker import assign, count_stock, pack, receive, send
from hub.api import (
    ConflictError,
    Document,
    Refused,
    RejectedError,
    UnavailableError,
    UnknownValueError,
    Window,
    Write,
    Written,
)
from hub.mapping.engine import Pairs
from hub.model import Refund
from hub.testing.subject import compile_shipped


@pytest.fixture
def sold(push: Push, order: Make, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Sell something; give the sale's id."""

    def sold(**more: Any) -> str:
        return str(document(push("sales", {f"of-{request.node.name}-{len(more)}": order(**more)})[0])["id"])

    return sold


@pytest.fixture
def credit(push: Push, request: pytest.FixtureRequest) -> Callable[..., Written | Refused]:
    """Refund something of a sale; without lines an amount alone."""

    def credit(sale: str, total: str, *lines: Document, name: str = "", **more: Any) -> Written | Refused:
        wanted = {"sale": sale, "currency": "EUR", "total": total, "date": "2026-11-21", "lines": list(lines)}
        return push("credits", {f"{request.node.name}{name}": wanted | more})[0]

    return credit


def back(amount: str, tax: str, line: str = "l1", quantity: str = "1", **more: Any) -> Document:
    """A line of a refund; its id is its own."""
    made = {"id": f"r-{line}", "order_line": line, "title": "Mug", "quantity": quantity, "amount": amount, "tax": tax}
    return made | {"restock": "none"} | more


def net(rpc: Rpc, sale: str) -> Decimal:
    """Add up a sale and everything that took it back, as Tryton computes them."""
    wanted = ["OR", ["id", "=", int(sale)], ["origin", "=", f"sale.sale,{sale}"]]
    return sum(
        (Decimal(row["total_amount"]) for row in rpc.search_read("sale.sale", wanted, ["total_amount"])), Decimal(0)
    )


def returns(rpc: Rpc, credit: Document) -> list[Any]:
    """Give the return shipments that a credit has made."""
    (row,) = rpc.call(
        "model.sale.sale.read", [int(credit["id"])], ["shipment_returns.state", "shipment_returns.warehouse"]
    )
    return list(row["shipment_returns."])


def on_shelf(tryton: Tryton, mug: str) -> Decimal:
    (level,) = (row for page in tryton.read("stock", Window()) for row in page.documents if row["product"] == mug)
    return Decimal(level["quantity"])


# Goods


def test_a_refund_with_its_goods_brings_them_back_to_the_shelf(
    tryton: Tryton, rpc: Rpc, sold: Any, credit: Any, mug: str
) -> None:
    """T098: the warehouse expects the piece; once somebody has received it, it is in stock again."""
    count_stock(rpc, 100)
    sale = sold()
    (shipment,) = rpc.call("model.sale.sale.read", [int(sale)], ["shipments"])[0]["shipments"]
    pack(rpc, assign(rpc, [shipment]))
    send(rpc, [shipment])
    before = on_shelf(tryton, mug)
    made = document(credit(sale, "11.90", back("10.00", "1.90", restock="returned", location="Warehouse")))
    assert (made["state"], made["total"], made["credited"][0]["code"]) == ("processing", "11.90", "MUG-FIXTURE")
    assert [row["state"] for row in returns(rpc, made)] == ["draft"]
    assert on_shelf(tryton, mug) == before
    receive(rpc, [row["id"] for row in returns(rpc, made)])
    assert on_shelf(tryton, mug) == before + 1
    assert net(rpc, sale) == 0


@pytest.mark.parametrize("restock", ["none", "unknown", "cancelled", None])
def test_a_refund_without_its_goods_moves_no_stock(rpc: Rpc, sold: Any, credit: Any, restock: str | None) -> None:
    """T098: the money goes back, at the tax at which it came; nothing is expected by the warehouse."""
    sale = sold()
    made = document(credit(sale, "11.90", back("10.00", "1.90", restock=restock)))
    (line,) = made["credited"]
    assert (line["code"], line["title"], line["taxes"]) == ("DISCOUNT", "Mug", ["19 %"])
    assert (returns(rpc, made), net(rpc, sale)) == ([], 0)


@pytest.fixture
def outlet(rpc: Rpc) -> Iterator[int]:
    """A second warehouse, for one test."""
    storage, door = (rpc.call("model.stock.location.create", [{"name": n, "type": "storage"}])[0] for n in ("S", "D"))
    places = {"storage_location": storage, "input_location": door, "output_location": door}
    (made,) = rpc.call("model.stock.location.create", [{"name": "Outlet", "type": "warehouse", **places}])
    yield made
    expected = rpc.call("model.stock.shipment.out.return.search", [["warehouse", "=", made]])
    rpc.call("model.stock.shipment.out.return.cancel", expected)
    rpc.call("model.stock.location.write", [made], {"active": False})


def test_goods_go_back_to_the_place_that_the_shop_names(
    connect: Callable[..., Tryton], order: Make, rpc: Rpc, outlet: int
) -> None:
    """T098: at the right location; a place that Tryton does not have is named, and so are two of them."""
    tryton = connect(warehouse="Warehouse")
    (sale,) = (document(o)["id"] for o in tryton.upsert("sales", [Write("of-places", "k", None, order())]))

    def refund(*places: str) -> Written | Refused:
        lines = [back("1.00", "0.19", restock="returned", location=place, id=place) for place in places]
        wanted = {"sale": sale, "total": str(Decimal("1.19") * len(lines)), "lines": lines}
        return next(iter(tryton.upsert("credits", [Write("-".join(places), "k", None, wanted)])))

    assert [row["warehouse"] for row in returns(rpc, document(refund("Outlet")))] == [outlet]
    unknown = error(refund("Moon"))
    assert isinstance(unknown, UnknownValueError)
    assert (unknown.table, unknown.value) == ("locations", "Moon")
    several = error(refund("Outlet", "Warehouse"))
    assert "several warehouses: Outlet, Warehouse" in str(several)
    assert isinstance(several, RejectedError)
    assert "in a sale for each warehouse" in several.hint


# Money


def test_two_refunds_of_one_line_are_two_credits(
    push: Push, order: Make, line: Make, rpc: Rpc, sold: Any, credit: Any
) -> None:
    """T100: 1 + 1 of 3, each under its own id; 1 remains."""
    sale = sold(lines=[line("l1", "9.98", "19 %", quantity="3")], total="11.88")
    first, second = (document(credit(sale, "3.96", back("3.33", "0.63"), name=f"-{n}")) for n in range(2))
    assert first["id"] != second["id"]
    assert (first["total"], second["total"], net(rpc, sale)) == ("3.96", "3.96", Decimal("3.96"))


def test_one_order_line_in_two_lines_of_a_refund_is_credited_twice(
    line: Make, rpc: Rpc, sold: Any, credit: Any
) -> None:
    """T101: one piece came back, two did not."""
    sale = sold(lines=[line("l1", "30.00", "19 %", quantity="3")], total="35.70")
    parts = [back("10.00", "1.90", restock="returned"), back("20.00", "3.80", quantity="2", id="r-l1-2")]
    made = document(credit(sale, "35.70", *parts))
    shown = [(row["id"], row["quantity"], row["restock"]) for row in made["credited"]]
    assert shown == [("r-l1", "1", "returned"), ("r-l1-2", "2", "none")]
    assert net(rpc, sale) == 0


def test_an_exchange_is_credited_in_full_beside_a_sale(
    line: Make, push: Push, order: Make, rpc: Rpc, sold: Any, credit: Any
) -> None:
    """T102: back 100, new 250, no money returned: 150 are owed, and no line balances anything."""
    sale = sold(lines=[line("l1", "100.00")], total="100.00")
    made = document(credit(sale, "0.00", back("100.00", "0.00", restock="returned")))
    new = document(push("sales", {"x-new": order(lines=[line("l2", "250.00")], total="250.00")})[0])
    assert (made["total"], [row["amount"] for row in made["credited"]], made["rounding"]) == ("100.00", ["100.00"], "0")
    assert net(rpc, sale) + Decimal(new["total"]) - 100 == 150


def test_a_cent_more_than_is_open_is_booked_as_rounding(line: Make, rpc: Rpc, sold: Any, credit: Any) -> None:
    """T105: three times 33.34 of 100.00; what was sold is taken back once, and two cents are rounding."""
    sale = sold(lines=[line("l1", "84.03", "19 %", quantity="3")], total="100.00")
    parts = [document(credit(sale, "33.34", back("28.02", "5.32"), name=f"-{n}")) for n in range(3)]
    assert [part["total"] for part in parts] == ["33.34", "33.34", "33.34"]
    assert [part["rounding"] for part in parts] == ["0", "0", "-0.02"]
    assert net(rpc, sale) == Decimal("-0.02")


def test_a_cent_that_tryton_computes_otherwise_is_booked_as_rounding(
    line: Make, rpc: Rpc, sold: Any, credit: Any
) -> None:
    """T105, T052: the sale was rounded, and so is what takes it back."""
    sale = sold(lines=[line("l1", "8.40", "19 %")], total="10.01")
    made = document(credit(sale, "10.01", back("8.40", "1.60")))
    assert (made["total"], made["rounding"], net(rpc, sale)) == ("10.01", "-0.01", 0)


def test_a_refund_of_much_more_than_is_open_waits_for_a_person(rpc: Rpc, sold: Any, credit: Any) -> None:
    """T105: it says what is open and what to do, and leaves nothing behind."""
    sale = sold()
    document(credit(sale, "10.00", name="-first"))
    refused = error(credit(sale, "3.00", name="-second"))
    assert isinstance(refused, RejectedError)
    assert "is 3.00 EUR" in refused.message
    assert "1.90 EUR are open" in refused.message
    assert "discard" in refused.hint
    assert net(rpc, sale) == Decimal("1.90")


def test_a_refund_whose_tax_is_another_is_refused_and_leaves_nothing_behind(rpc: Rpc, sold: Any, credit: Any) -> None:
    sale = sold()
    assert "Tryton computes 5.95" in str(error(credit(sale, "5.35", back("5.00", "0.35"))))
    assert net(rpc, sale) == Decimal("11.90")


def test_an_amount_without_lines_is_a_discount(rpc: Rpc, sold: Any, credit: Any) -> None:
    sale = sold()
    made = document(credit(sale, "2.00", comment="Late"))
    assert [(row["code"], row["amount"], row["taxes"]) for row in made["credited"]] == [("DISCOUNT", "2.00", [])]
    assert (made["comment"], net(rpc, sale)) == ("Late", Decimal("9.90"))


def test_shipping_and_what_the_shop_keeps_have_lines_of_their_own(rpc: Rpc, sold: Any, credit: Any) -> None:
    shipping = [{"id": "s1", "title": "DHL", "amount": "4.20", "taxes": ["19 %"]}]
    sale = sold(shipping=shipping, total="16.90")
    returned = [{"id": "s1", "title": "DHL", "amount": "4.20", "tax": "0.80"}]
    kept = [{"id": "k1", "title": "Restocking fee", "amount": "-2.00", "tax": None}]
    made = document(credit(sale, "14.90", back("10.00", "1.90"), shipping=returned, adjustments=kept))
    rows = [(row["code"], row["amount"], row["taxes"]) for row in made["credited"][1:]]
    assert rows == [("SHIPPING", "4.20", ["19 %"]), ("FEE", "-2.00", [])]
    assert (made["total"], net(rpc, sale)) == ("14.90", 2)


def test_tax_that_a_marketplace_owes_goes_back_as_what_it_was(line: Make, rpc: Rpc, sold: Any, credit: Any) -> None:
    """T058: no tax of the merchant."""
    collected = [{"title": "NY sales tax", "amount": "0.89"}]
    sale = sold(lines=[line("l1", "10.00", collected=collected)], total="10.89")
    made = document(credit(sale, "10.89", back("10.00", "0.89")))
    assert [row["code"] for row in made["credited"]] == ["DISCOUNT", "COLLECTED"]
    assert (made["rounding"], net(rpc, sale)) == ("0", 0)


# Once, and with its sale


def test_a_refund_that_is_sent_again_is_one_credit(rpc: Rpc, sold: Any, credit: Any) -> None:
    """T018: the web shop and our id are unique in Tryton's database."""
    sale = sold()
    assert len({document(credit(sale, "2.00"))["id"] for _ in range(3)}) == 1
    assert net(rpc, sale) == Decimal("9.90")


@pytest.mark.parametrize("step", ["sale.create", "sale.write", "sale.quote", "sale.confirm"])
def test_a_refund_that_was_cut_off_anywhere_is_finished_by_sending_it_again(
    cut: Callable[[str], Tryton], rpc: Rpc, sold: Any, step: str
) -> None:
    """T018: nothing twice, nothing half-way, and rounded once."""
    sale = sold(total="11.91")
    tryton, wanted = cut(f"model.sale.{step}"), {"sale": sale, "total": "11.91", "lines": [back("10.00", "1.90")]}
    write = Write(f"cut-{step}", "k", None, wanted)
    with pytest.raises(UnavailableError):
        list(tryton.upsert("credits", [write]))
    (outcome,) = tryton.upsert("credits", [write])
    assert (document(outcome)["state"], document(outcome)["rounding"]) == ("processing", "-0.01")
    assert net(rpc, sale) == 0


@pytest.mark.parametrize(("becomes", "state"), [("processing", "processing"), ("cancelled", "cancelled")])
def test_a_credit_waits_for_its_sale_to_be_sold_or_cancelled(
    tryton: Tryton, push: Push, order: Make, credit: Any, becomes: str, state: str
) -> None:
    """What is not sold yet cannot be taken back yet."""
    sale = document(push("sales", {f"w-{becomes}": order(state="quotation")})[0])["id"]
    made = document(credit(sale, "2.00"))
    assert made["state"] == "draft"
    push("sales", {f"w-{becomes}": {"state": becomes}}, [sale])
    (after,) = tryton.fetch("credits", [made["id"]])
    assert after["state"] == state


def test_a_refund_of_a_sale_that_was_called_off_expects_no_goods(
    push: Push, rpc: Rpc, order: Make, credit: Any
) -> None:
    """T113: they have never left, so nothing is restored a second time."""
    sale = document(push("sales", {"called-off": order()})[0])["id"]
    push("sales", {"called-off": {"state": "cancelled"}}, [sale])
    made = document(credit(sale, "11.90", back("10.00", "1.90", restock="returned")))
    assert (returns(rpc, made), net(rpc, sale)) == ([], 0)


def test_a_credit_is_not_rewritten(push: Push, sold: Any, credit: Any) -> None:
    made = document(credit(sold(), "2.00"))
    changed = document(push("credits", {"r": {"comment": "Scratched"}}, [made["id"]])[0])
    assert changed["comment"] == "Scratched"
    assert isinstance(error(push("credits", {"r": {"total": "3.00"}}, [made["id"]])[0]), ConflictError)


def test_a_refund_of_a_sale_that_is_gone_is_refused_alone(push: Push, sold: Any) -> None:
    wanted = [{"sale": sale, "total": "1.00", "lines": []} for sale in ("999999", sold())]
    outcomes = push("credits", dict(zip(("none", "some"), wanted, strict=True)))
    assert [type(outcome) for outcome in outcomes] == [Refused, Written]


def test_a_refund_in_another_currency_than_its_sale_is_refused(sold: Any, credit: Any) -> None:
    """T060: never summed across."""
    assert "a refund in USD of a sale in EUR" in str(error(credit(sold(), "2.00", currency="USD")))


# Reading back


def test_a_credit_is_no_sale(tryton: Tryton, sold: Any, credit: Any) -> None:
    sale = sold(reference="WEB-CREDITED")
    made = document(credit(sale, "2.00"))
    assert [row["id"] for row in tryton.search("sales", "WEB-CREDITED")] == [sale]
    assert [row["id"] for row in tryton.search("credits", "WEB-CREDITED")] == [made["id"]]
    read = {
        stream: [d["id"] for p in tryton.read(stream, Window()) for d in p.documents] for stream in ("sales", "credits")
    }
    assert made["id"] in read["credits"]
    assert made["id"] not in read["sales"]


def test_a_return_that_was_made_in_tryton_is_read_as_a_refund(tryton: Tryton, rpc: Rpc, sold: Any) -> None:
    """By Tryton's own wizard, which turns the quantities of a sale."""
    sale = sold()
    (made,) = rpc.call("model.sale.sale.copy", [int(sale)], {"origin": f"sale.sale,{sale}"})
    (line,) = rpc.call("model.sale.sale.read", [made], ["lines"])[0]["lines"]
    rpc.call("model.sale.line.write", [line], {"quantity": -1.0, "note": None})
    (read,) = tryton.fetch("credits", [str(made)])
    links = Pairs()
    record = compile_shipped(SPEC, "credits").decode(read, {}, links.record)
    refund = Refund.model_validate_json(json.dumps(record))
    assert (str(refund.total), refund.order) == ("11.90", links.record("sales", sale))
    assert [(str(row.quantity), str(row.total), row.restock) for row in refund.lines] == [("1", "10.00", "returned")]
