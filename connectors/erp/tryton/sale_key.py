"""What the hub made in Tryton is known by its web shop and our id of the record, which are unique together."""

from __future__ import annotations

from connectors.erp.tryton.rpc import Rpc


def find(rpc: Rpc, shop: int, record_id: str) -> int | None:
    """Find the sale, or the sale in reverse, that was made for a record."""
    found = rpc.call("model.sale.sale.search", [["web_shop", "=", shop], ["web_id", "=", record_id]], 0, 1)
    return int(found[0]) if found else None
