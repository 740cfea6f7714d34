"""Calls off a confirmed sale: what is not on its way yet is cancelled."""

from __future__ import annotations

from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from hub.api import ConflictError

GONE = frozenset({"shipped", "done"})
BOOKED = frozenset({"posted", "paid"})


def stop(rpc: Rpc, sale: int) -> None:
    """Cancel a sale's shipments and invoices, and tell Tryton that nothing shall take their place.

    ConflictError when goods have left or an invoice is booked: then a person decides about return and credit.
    """
    fields = ["number", "shipments.state", "invoices.state", "lines.moves.state"]
    (row,) = rpc.call("model.sale.sale.read", [sale], fields)
    _check(row["number"], [s["state"] for s in row["shipments."]], [i["state"] for i in row["invoices."]])
    if shipments := [s["id"] for s in row["shipments."] if s["state"] != "cancelled"]:
        rpc.call("model.stock.shipment.out.cancel", shipments)
    if invoices := [i["id"] for i in row["invoices."] if i["state"] != "cancelled"]:
        rpc.call("model.account.invoice.cancel", invoices)
    for line in row["lines."]:
        if moves := [move["id"] for move in line["moves."]]:
            rpc.call("model.sale.line.write", [line["id"]], {"moves_ignored": [["add", moves]]})
    if row["invoices."]:
        ignored = {"invoices_ignored": [["add", [i["id"] for i in row["invoices."]]]]}
        rpc.call("model.sale.sale.write", [sale], ignored)
    rpc.call("model.sale.sale.process", [sale])


def is_stopped(row: Row) -> bool:
    """Tell whether a confirmed sale was called off: everything that came of it is cancelled."""
    came = [child["state"] for child in (*row["shipments."], *row["invoices."])]
    return row["state"] in {"processing", "done"} and bool(came) and set(came) == {"cancelled"}


def _check(number: str, shipments: list[str], invoices: list[str]) -> None:
    if GONE & set(shipments):
        hint = "Arrange a return in Tryton, or undo the cancellation."
        raise ConflictError(f"sale {number} cannot be cancelled: its goods have left", hint=hint)
    if BOOKED & set(invoices):
        hint = "Credit the invoice in Tryton, then replay."
        raise ConflictError(f"sale {number} cannot be cancelled: its invoice is booked", hint=hint)
