"""Sales over the counter in a real Tryton: the goods are gone, and nobody sends them again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tryton_house import Make, Push, document

from connectors.erp.tryton import SPEC, Tryton
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox.worker import assign, count_stock, waiting
from hub.api import ConflictError, Document, Refused, UnavailableError, Window, Write
from hub.mapping.engine import Pairs
from hub.testing.subject import compile_shipped

SHIPPING = [{"id": "s1", "title": "DHL", "amount": "0.00", "taxes": []}]


@pytest.fixture
def sold(order: Make) -> Make:
    """An order of one mug at the counter, which nobody wants sent."""

    def sold(**more: object) -> Document:
        return order(kind="pos", invoice_address=None, shipment_address=None, **more)

    return sold


def shipments(rpc: Rpc, sale: str) -> dict[int, str]:
    (row,) = rpc.call("model.sale.sale.read", [int(sale)], ["shipments.state"])
    return {shipment["id"]: shipment["state"] for shipment in row["shipments."]}


def told(tryton: Tryton) -> set[str]:
    return {d["id"] for page in tryton.read("shipments", Window()) for d in page.documents}


def stock(tryton: Tryton, product: str) -> tuple[int, int]:
    """Give how many there are, and how many of them nobody has reserved."""
    levels = (d for page in tryton.read("stock", Window()) for d in page.documents)
    (level,) = [d for d in levels if d["product"] == product]
    return int(level["quantity"]), int(level["available"])


def test_goods_sold_over_the_counter_leave_the_stock_once_and_are_not_sent(
    tryton: Tryton, push: Push, sold: Make, rpc: Rpc, mug: str
) -> None:
    """T042: no shipment waits for the warehouse, and the hub hears of none."""
    count_stock(rpc, 100)
    before = stock(tryton, mug)
    sale = document(push("sales", {"pos-once": sold()})[0])
    ((shipment, state),) = shipments(rpc, sale["id"]).items()
    assert (sale["state"], sale["kind"], sale["shipment_state"], state) == ("processing", "pos", "sent", "done")
    assert shipment not in waiting(rpc)
    assert stock(tryton, mug) == (before[0] - 1, before[1] - 1)
    assert str(shipment) not in told(tryton)
    (parcel,) = tryton.fetch("shipments", [str(shipment)])
    assert str(shipment) not in {found["id"] for found in tryton.search("shipments", parcel["number"])}


def test_a_full_pass_over_the_shipments_expects_none_of_what_was_taken_along(
    connect: Callable[..., Tryton], push: Push, sold: Make
) -> None:
    push("sales", {"pos-counted": sold()})
    first, *others = connect(page_size=1).read("shipments", Window())
    assert first.expected == sum(len(page.documents) for page in (first, *others))


def test_what_was_sold_over_the_counter_is_sold_once_however_often_it_is_written(
    tryton: Tryton, push: Push, sold: Make, rpc: Rpc, mug: str
) -> None:
    """T042, T018."""
    first = document(push("sales", {"pos-again": sold()})[0])
    before, left = stock(tryton, mug), shipments(rpc, first["id"])
    for ids in ([], [first["id"]]):
        assert document(push("sales", {"pos-again": sold()}, ids)[0]) == first
    assert (stock(tryton, mug), shipments(rpc, first["id"])) == (before, left)


def test_the_counter_sells_what_the_stock_does_not_have(push: Push, sold: Make, line: Make, rpc: Rpc) -> None:
    """T042: the buyer has it, whatever the books say."""
    goods = [line("l1", "100000.00", "19 %", quantity="10000")]
    sale = document(push("sales", {"pos-short": sold(lines=goods, total="119000.00")})[0])
    assert list(shipments(rpc, sale["id"]).values()) == ["done"]


@pytest.mark.parametrize(
    "step", ["sale.confirm", *(f"shipment.out.{s}" for s in ("wait", "assign", "pick", "pack", "do"))]
)
def test_a_sale_over_the_counter_that_was_cut_off_is_finished_by_sending_it_again(
    cut: Callable[[str], Tryton], sold: Make, rpc: Rpc, mug: str, step: str
) -> None:
    """T042, T018: between the sale and its goods, wherever it stopped."""
    tryton = cut(f"model.{'sale.' if 'sale' in step else 'stock.'}{step}")
    before = stock(tryton, mug)[0]
    writes = [Write(f"pos-{step}-{n}", "k", None, sold()) for n in range(2)]
    with pytest.raises(UnavailableError):
        list(tryton.upsert("sales", writes))
    sales = [document(outcome)["id"] for outcome in tryton.upsert("sales", writes)]
    assert [list(shipments(rpc, sale).values()) for sale in sales] == [["done"], ["done"]]
    assert stock(tryton, mug)[0] == before - 2


@pytest.mark.parametrize("unsaid", [{"kind": "online"}, {"kind": None}, {"kind": "pos", "shipping": SHIPPING}])
def test_an_order_that_is_to_be_sent_waits_for_the_warehouse(
    tryton: Tryton, push: Push, sold: Make, rpc: Rpc, unsaid: Document
) -> None:
    """T042: so does what was paid at the counter and is to be delivered."""
    sale = document(push("sales", {f"pos-not-{unsaid['kind']}": sold() | unsaid})[0])
    ((shipment, state),) = shipments(rpc, sale["id"]).items()
    assert state == "draft"
    assert str(shipment) in told(tryton)


def test_a_sale_at_the_counter_hands_nothing_over_before_it_is_confirmed(push: Push, sold: Make, rpc: Rpc) -> None:
    """T042: an open sale keeps what it is, and one field of it is enough to finish it."""
    first = document(push("sales", {"pos-open": sold(state="quotation")})[0])
    assert (first["kind"], shipments(rpc, first["id"])) == ("pos", {})
    second = document(push("sales", {"pos-open": {"state": "processing"}}, [first["id"]])[0])
    assert list(shipments(rpc, second["id"]).values()) == ["done"]


def test_an_open_sale_learns_that_it_was_made_over_the_counter(push: Push, order: Make, rpc: Rpc) -> None:
    """T042: nothing but its kind has changed."""
    first = document(push("sales", {"pos-late": order(state="quotation")})[0])
    second = document(push("sales", {"pos-late": order(kind="pos")}, [first["id"]])[0])
    assert (second["kind"], list(shipments(rpc, second["id"]).values())) == ("pos", ["done"])


def test_an_open_sale_learns_that_it_is_to_be_sent(push: Push, sold: Make, rpc: Rpc) -> None:
    """T042: the buyer at the counter decides to have it delivered."""
    first = document(push("sales", {"pos-sent": sold(state="quotation")})[0])
    second = document(push("sales", {"pos-sent": sold(shipping=SHIPPING)}, [first["id"]])[0])
    assert (second["kind"], list(shipments(rpc, second["id"]).values())) == ("pos", ["draft"])


def test_what_was_taken_along_is_not_called_off(push: Push, sold: Make) -> None:
    """T040, T042."""
    first = document(push("sales", {"pos-stop": sold()})[0])
    (outcome,) = push("sales", {"pos-stop": {"state": "cancelled"}}, [first["id"]])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, ConflictError)


def test_a_sale_that_is_called_off_before_its_goods_were_taken_along_moves_nothing(
    cut: Callable[[str], Tryton], sold: Make, rpc: Rpc
) -> None:
    """T040, T042: cut off after the sale, and cancelled in the shop by the time it is sent again."""
    tryton = cut("model.stock.shipment.out.wait")
    with pytest.raises(UnavailableError):
        list(tryton.upsert("sales", [Write("pos-regret", "k", None, sold())]))
    sale = document(next(iter(tryton.upsert("sales", [Write("pos-regret", "k", None, sold(state="cancelled"))]))))
    assert (sale["state"], list(shipments(rpc, sale["id"]).values())) == ("cancelled", ["cancelled"])


def test_a_shipment_that_the_warehouse_has_begun_is_finished(
    cut: Callable[[str], Tryton], sold: Make, rpc: Rpc
) -> None:
    """T042: whoever was quicker, it ends once."""
    tryton, write = cut("model.sale.sale.confirm"), Write("pos-begun", "k", None, sold())
    with pytest.raises(UnavailableError):
        list(tryton.upsert("sales", [write]))
    count_stock(rpc, 100)
    (found,) = rpc.search_read("sale.sale", [["web_id", "=", "pos-begun"]], ["state"])
    rpc.call("model.sale.sale.process", [found["id"]])
    assign(rpc, list(shipments(rpc, str(found["id"]))))
    sale = document(next(iter(tryton.upsert("sales", [write]))))
    assert list(shipments(rpc, sale["id"]).values()) == ["done"]


@pytest.mark.parametrize("kind", ["pos", "b2b", None])
def test_the_kind_of_an_order_reaches_the_sale_and_is_not_read_back(kind: str | None) -> None:
    """T042."""
    mapping = compile_shipped(SPEC, "sales")
    assert mapping.encode({"kind": kind}, {}, Pairs().external) == {"kind": kind}
    assert "kind" not in mapping.two_way({"kind": kind})
