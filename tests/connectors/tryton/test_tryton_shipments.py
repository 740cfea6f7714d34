"""Shipments and stock of a real Tryton, with somebody at work in the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tryton_house import Make, Push, document

from connectors.erp.tryton import Tryton
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox.worker import assign, count_stock, counts, pack, sales_totals, send
from hub.api import Document, Refused, RejectedError, UnknownValueError, Window


@pytest.fixture
def shipment(push: Push, order: Make, rpc: Rpc, request: pytest.FixtureRequest) -> int:
    """A shipment that waits for the warehouse."""
    sale = document(push("sales", {f"sh-{request.node.name}": order()})[0])
    (number,) = rpc.call("model.sale.sale.read", [int(sale["id"])], ["shipments"])[0]["shipments"]
    count_stock(rpc, 100)
    return int(number)


def read(tryton: Tryton, shipment: int) -> Document:
    (found,) = tryton.fetch("shipments", [str(shipment)])
    return found


def test_a_shipment_tells_its_order_its_lines_and_where_it_goes(tryton: Tryton, shipment: int) -> None:
    found = read(tryton, shipment)
    (sale,) = tryton.fetch("sales", [found["sale"]])
    assert sale["web_id"] == "sh-test_a_shipment_tells_its_order_its_lines_and_where_it_goes"
    assert [(row["order_line"], row["code"], row["quantity"]) for row in found["lines"]] == [("l1", "MUG-FIXTURE", "1")]
    assert (found["carrier"], found["warehouse"]) == ("Standard", "Warehouse")
    assert found["delivery_address"]["city"] == "Berlin"


def test_a_shipment_shows_what_the_warehouse_does(tryton: Tryton, rpc: Rpc, shipment: int) -> None:
    states = [read(tryton, shipment)["state"]]
    assign(rpc, [shipment])
    states.append(read(tryton, shipment)["state"])
    pack(rpc, [shipment], ["1Z999"])
    states.append(read(tryton, shipment)["state"])
    send(rpc, [shipment], done=False)
    states.append(read(tryton, shipment)["state"])
    assert states == ["draft", "assigned", "packed", "shipped"]
    found = read(tryton, shipment)
    assert (found["shipping_reference"], found["packages"][0]["shipping_reference"]) == ("1Z999", "1Z999")


@pytest.mark.parametrize(("done", "carrier"), [(False, "Express"), (True, "Standard")])
def test_tracking_and_carrier_are_written_to_a_shipment_that_has_left(
    push: Push, rpc: Rpc, shipment: int, done: bool, carrier: str
) -> None:
    """Tryton freezes the carrier of a shipment that is done; the number is written all the same."""
    pack(rpc, assign(rpc, [shipment]))
    send(rpc, [shipment], done=done)
    change = {"shipping_reference": "JJD0001", "carrier": "Express"}
    written = document(push("shipments", {"sh-track": change}, [str(shipment)])[0])
    assert (written["shipping_reference"], written["carrier"]) == ("JJD0001", carrier)
    assert [p["shipping_reference"] for p in written["packages"]] == ["JJD0001"]


def test_each_package_gets_its_own_number(tryton: Tryton, push: Push, rpc: Rpc, shipment: int) -> None:
    """T086: two numbers."""
    pack(rpc, assign(rpc, [shipment]))
    (package,) = read(tryton, shipment)["packages"]
    change = {"packages": [{"id": package["id"], "shipping_reference": "P-1"}, {"id": "foreign"}]}
    written = document(push("shipments", {"sh-package": change}, [str(shipment)])[0])
    assert [p["shipping_reference"] for p in written["packages"]] == ["P-1"]


def test_a_carrier_that_tryton_does_not_have_is_named(push: Push, shipment: int) -> None:
    outcome = push("shipments", {"sh-carrier": {"carrier": "Owl"}}, [str(shipment)])[0]
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, UnknownValueError)


def test_a_shipment_is_never_made_by_the_hub(push: Push) -> None:
    outcome = push("shipments", {"sh-new": {"carrier": "Express"}})[0]
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, RejectedError)


def test_a_shipment_is_read_when_only_its_package_changed(tryton: Tryton, rpc: Rpc, shipment: int) -> None:
    pack(rpc, assign(rpc, [shipment]))
    package = int(read(tryton, shipment)["packages"][0]["id"])
    rpc.call("model.stock.package.write", [package], {"shipping_reference": "late"})
    moment = rpc.search_read("stock.package", [["id", "=", package]], ["last_modified_at"])[0]["last_modified_at"]
    window = Window(since=datetime.fromisoformat(moment))
    assert str(shipment) in [d["id"] for page in tryton.read("shipments", window) for d in page.documents]


def test_stock_is_what_lies_in_the_warehouse_less_what_is_reserved(
    tryton: Tryton, rpc: Rpc, shipment: int, mug: str
) -> None:
    before = level(tryton, mug)
    assign(rpc, [shipment])
    after = level(tryton, mug)
    changes = [int(after[name]) - int(before[name]) for name in ("quantity", "available", "reserved")]
    assert changes == [0, -1, 1]
    assert (after["code"], after["warehouse"]) == ("MUG-FIXTURE", "Warehouse")


def level(tryton: Tryton, product: str) -> Document:
    levels = [d for page in tryton.read("stock", Window()) for d in page.documents if d["product"] == product]
    assert len(levels) == 1
    return levels[0]


def test_a_window_of_stock_holds_only_what_was_moved_in_it(tryton: Tryton, rpc: Rpc, mug: str) -> None:
    """T114: of many products only those that changed are read."""
    later = Window(since=datetime.now(UTC) + timedelta(hours=1))
    assert [d for page in tryton.read("stock", later) for d in page.documents] == []
    since, before = datetime.now(UTC), int(level(tryton, mug)["quantity"])
    count_stock(rpc, 500, ["MUG-FIXTURE"])
    moved = [d for page in tryton.read("stock", Window(since=since)) for d in page.documents]
    assert [d["product"] for d in moved] == [mug]
    assert int(moved[0]["quantity"]) > before


def test_the_totals_of_the_sales_are_trytons_own(push: Push, order: Make, rpc: Rpc) -> None:
    def kuwait() -> tuple[int, Decimal]:
        rows = [row for row in sales_totals(rpc) if row.currency == "BHD"]
        return sum(row.count for row in rows), sum((row.total for row in rows), Decimal(0))

    push("sales", {f"sh-bhd-{n}": order(currency="BHD", total="11.900") for n in range(2)})
    assert kuwait() == (2, Decimal("23.800"))
    assert counts(rpc)["sales"] >= 2
