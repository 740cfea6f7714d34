"""How sales are told apart in Tryton: a credit is one whose origin is the sale that it takes back.

What the hub made is known by its web shop and our id of the record, which are unique together.
"""

from __future__ import annotations

from connectors.erp.tryton.rpc import Rpc

MODEL = "sale.sale"
IS_CREDIT = [["origin", "like", f"{MODEL},%"]]
IS_SALE = ["OR", [["origin", "=", None]], [["origin", "not like", f"{MODEL},%"]]]


def origin(sale: int) -> str:
    """Refer to the sale that a credit takes back."""
    return f"{MODEL},{sale}"


def find(rpc: Rpc, shop: int, record_id: str) -> int | None:
    """Find the sale, or the credit, that was made for a record."""
    found = rpc.call(f"model.{MODEL}.search", [["web_shop", "=", shop], ["web_id", "=", record_id]], 0, 1)
    return int(found[0]) if found else None
