"""Lets credits go as far as their sales: what is not sold yet cannot be taken back yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_key import MODEL, origin

SOLD = frozenset({"confirmed", "processing", "done"})
UNPOSTED = frozenset({"draft", "quotation", "confirmed"})
POST = (("quote", {"draft"}), ("confirm", {"draft", "quotation"}), ("process", UNPOSTED))
CANCEL = (("cancel", {"draft", "quotation"}),)


def follow(rpc: Rpc, sales: Sequence[int]) -> None:
    """Bring along the credits that were waiting for their sales."""
    if not sales:
        return
    ours = [["origin", "in", [origin(sale) for sale in sales]], ["web_shop", "!=", None]]
    waiting = rpc.search_read(MODEL, [*ours, ["state", "in", sorted(UNPOSTED)]], ["origin", "state"])
    if not waiting:
        return
    credits: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for row in waiting:
        credits[int(row["origin"].partition(",")[2])][row["id"]] = row["state"]
    for sale in rpc.search_read(MODEL, [["id", "in", sorted(credits)]], ["state"]):
        advance(rpc, sale["state"], credits[sale["id"]])


def advance(rpc: Rpc, sale: str, credits: Mapping[int, str]) -> None:
    """Move credits, ids with their states, as the state of their sale says: posted with it, cancelled with it."""
    for step, states in POST if sale in SOLD else CANCEL if sale == "cancelled" else ():
        if behind := [number for number, state in credits.items() if state in states]:
            rpc.call(f"model.{MODEL}.{step}", behind)
