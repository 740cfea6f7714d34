"""Order notes: a note to or about the buyer moves nothing else."""

from __future__ import annotations

from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.dates import with_local
from connectors.woocommerce.sandbox.errors import WooError, invalid_id, missing_param
from connectors.woocommerce.sandbox.store import Store
from hub.api import Document


def add(store: Store, order_id: int, text: str, *, to_customer: bool = False) -> Document:
    """Keep a note with an order."""
    note = {
        "id": store.new_id("comment"),
        "author": "WooCommerce",
        "date_created_gmt": store.now(),
        "note": text,
        "customer_note": to_customer,
    }
    store.notes[order_id].append(note)
    return note


def index(store: Store, call: Call, order_id: int) -> Reply:
    """List an order's notes, the newest first; `type` customer or internal narrows it."""
    _require(store, order_id)
    kind = call.params.get("type", "any")
    rows = [n for n in store.notes[order_id] if kind == "any" or n["customer_note"] == (kind == "customer")]
    rows.sort(key=lambda note: (note["date_created_gmt"], -note["id"]), reverse=True)
    return Reply([render(store, call, order_id, note) for note in rows])


def create(store: Store, call: Call, order_id: int) -> Reply:
    """Add a note; `customer_note` true mails it to the buyer."""
    _require(store, order_id)
    if "note" not in call.body:
        raise missing_param("note")
    note = add(store, order_id, str(call.body["note"]), to_customer=bool(call.body.get("customer_note")))
    place = f"{call.site}/wp-json/wc/v3/orders/{order_id}/notes/{note['id']}"
    return Reply(render(store, call, order_id, note), 201, {"Location": place})


def delete(store: Store, call: Call, order_id: int, note_id: int) -> Reply:
    """Remove a note for good; there is no trash for notes."""
    _require(store, order_id)
    note = next((n for n in store.notes[order_id] if n["id"] == note_id), None)
    if note is None:
        raise WooError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    if call.params.get("force") not in ("true", "1"):
        raise WooError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    store.notes[order_id].remove(note)
    return Reply(render(store, call, order_id, note))


def render(store: Store, call: Call, order_id: int, note: Document) -> Document:
    """Show a note as REST does."""
    order = f"{call.site}/wp-json/wc/v3/orders/{order_id}"
    links = {
        "self": [{"href": f"{order}/notes/{note['id']}", "targetHints": {"allow": ["GET", "DELETE"]}}],
        "collection": [{"href": f"{order}/notes"}],
        "up": [{"href": order}],
    }
    return note | with_local(note, store.zone, "date_created") | {"_links": links}


def _require(store: Store, order_id: int) -> None:
    if order_id not in store.orders:
        raise invalid_id("shop_order", 404)
