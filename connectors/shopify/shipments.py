"""Shipments become fulfillments with tracking and events; which is which is kept with their order.

Every step reads the order first and does only what is missing, so that a write may be repeated. What is about to be
fulfilled is kept before it is: a fulfillment whose answer was lost is then known by what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.shopify import fulfillments, parcels
from connectors.shopify.graph import Graph
from connectors.shopify.kept import claims, is_alive, keep, kept, planned, row_of
from connectors.shopify.pages import Reader
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.shipment_parts import TRACKING, WRITTEN, shipment
from hub.api import ConflictError, Document, RecordError, Refused, RejectedError, Write, Written


def upsert(
    graph: Graph, reader: Reader, settings: ShopifySettings, writes: Sequence[Write]
) -> Iterator[Written | Refused]:
    """Bring each order to show its shipment: what was sent, how to follow it, where it is."""
    for write in writes:
        try:
            yield Desk(graph, reader, settings, write).show()
        except RecordError as error:
            yield Refused(write, error)


def find(reader: Reader, write: Write) -> str | None:
    """Tell whether all of a shipment is with its order already."""
    external_id = _external_id(write)
    order = fulfillments.order_of(reader, external_id.partition(":")[0])
    row = kept(order).get(external_id) if order else None
    return external_id if row and not row.get("plan") else None


class Desk:
    """Works on one shipment of one order: what is kept of it, and its fulfillments."""

    def __init__(self, graph: Graph, reader: Reader, settings: ShopifySettings, write: Write) -> None:
        self._graph, self._reader, self._settings = graph, reader, settings
        self._write, self._id = write, _external_id(write)
        self._order = _order(reader, self._id, write)
        self._row = row_of(self._order, self._id, write.base)
        mine = claims(self._order).get(self._id)
        self._ids = [one["id"] for one in mine] if mine else list(self._row["fulfillments"])
        self._before = shipment(self._order, self._row, self._mine)
        self._acted = False

    def show(self) -> Written:
        """Make, track, tell or cancel the shipment's fulfillments; give the shipment as it stands then."""
        wanted = self._wanted()
        status = str(wanted.get("status") or self._before.get("status") or "")
        if status == "CANCELED":
            for one in self._alive:
                self._do("cancel_fulfillment", {"id": one["id"]})
        else:
            if status in parcels.ON_THE_WAY and (self._row.get("plan") or not self._alive):
                self._fulfill({**self._row, **wanted})
            self._track(wanted)
            self._tell(status, wanted)
        self._settle(wanted)
        document = shipment(self._order, self._row, self._mine)
        return Written(self._write, self._id, document.get("updated_at"), document)

    @property
    def _mine(self) -> list[Document]:
        return [one for one in self._order["fulfillments"] if one["id"] in self._ids]

    @property
    def _alive(self) -> list[Document]:
        return [one for one in self._mine if is_alive(one)]

    def _wanted(self) -> Document:
        """Give what this write changes; where it is about tracking, with what the store shows beside it."""
        given = {name: value for name, value in self._write.document.items() if name in WRITTEN}
        if not given.keys() & set(TRACKING):
            return given
        return {
            **{name: self._before[name] for name in TRACKING if name in self._before},
            **_boxed(given, self._before),
        }

    def _fulfill(self, wanted: Document) -> None:
        """Make the fulfillments that are missing; what each is to hold is kept before the first of them is made."""
        if not self._row.get("plan"):
            self._refuse_gone()
            if adopted := self._adopted(wanted):
                self._ids += adopted
                return
            others = [one["id"] for one in self._order["fulfillments"]]
            self._row = {**self._row, "plan": parcels.plan(wanted, self._order), "others": others}
            self._order = keep(self._graph, self._order, self._row)
        for portion, made in planned(self._row, self._free()):
            one = made["id"] if made else self._create(portion, wanted)
            self._ids += [one] if one not in self._ids else []
        self._order = self._read_again()

    def _refuse_gone(self) -> None:
        if self._order["cancelledAt"]:
            hint = "Stop the parcel, or tell the buyer."
            raise RejectedError("the order is cancelled in the store", code="cancelled", hint=hint)
        if self._mine and self._row.get("status") != "CANCELED":
            hint = "Fulfill it there again, or cancel this shipment too."
            raise RejectedError("somebody cancelled this fulfillment in the store", code="taken_back", hint=hint)

    def _adopted(self, wanted: Document) -> list[str]:
        """Find what somebody has fulfilled with the numbers of this shipment: the same parcel."""
        numbers = set(parcels.tracking(wanted).get("numbers", ()))
        alive = filter(is_alive, self._free())
        return [one["id"] for one in alive if numbers & {info["number"] for info in one["trackingInfo"]}]

    def _free(self) -> list[Document]:
        """List the fulfillments that are no shipment's yet."""
        taken = {one for row in kept(self._order).values() for one in row["fulfillments"]}
        return [one for one in self._order["fulfillments"] if one["id"] not in taken]

    def _create(self, portion: Document, wanted: Document) -> str:
        rows = parcels.rows(portion, self._order)
        given: Document = {"lineItemsByFulfillmentOrder": rows, "notifyCustomer": self._settings.notify}
        if tracking := parcels.tracking(wanted):
            given["trackingInfo"] = tracking
        made = self._do("create_fulfillment", {"fulfillment": given}, repeat=False)
        return str(made["fulfillment"]["id"])

    def _track(self, wanted: Document) -> None:
        """Show the tracking of this write, unless somebody has changed it in the store since it was read."""
        tracking = parcels.tracking(wanted)
        late = [one for one in self._alive if tracking and not parcels.is_tracked(one, tracking)]
        base = parcels.tracking(self._write.base or {})
        if self._write.base and not all(parcels.is_tracked(one, base) for one in late):
            hint = "Nothing to do: both changes are brought together and written again."
            raise ConflictError("the tracking was changed in the store meanwhile", hint=hint)
        for one in late:
            given = {"fulfillmentId": one["id"], "tracking": tracking, "notify": self._settings.notify}
            self._do("set_tracking", given)

    def _tell(self, status: str, wanted: Document) -> None:
        """Add the event of a status to every fulfillment that does not show it yet."""
        at = wanted.get("delivered_at") or self._before.get("delivered_at")
        owed = [event for one in self._alive if (event := parcels.event(status, at, one))]
        for event in owed:
            self._do("create_event", {"event": event})
        if owed:
            self._row = {**self._row, "told": [*self._row.get("told", ()), owed[0]["status"]]}

    def _settle(self, wanted: Document) -> None:
        """Keep what the shipment is now, and read its order again if anything was done to it."""
        ended = {name: value for name, value in self._row.items() if name not in ("plan", "others")}
        self._row = {**ended, **wanted, "fulfillments": self._ids}
        if self._row != kept(self._order).get(self._id):
            self._order = keep(self._graph, self._order, self._row)
        if self._acted:
            self._order = self._read_again()

    def _do(self, name: str, given: Mapping[str, Any], *, repeat: bool = True) -> Document:
        self._acted = True
        return self._graph.mutate(name, given, repeat=repeat)

    def _read_again(self) -> Document:
        return fulfillments.order_of(self._reader, self._order["id"]) or self._order


def _external_id(write: Write) -> str:
    if write.external_id is not None:
        return write.external_id
    order = str(write.document.get("order_id") or "")
    if not order:
        hint = "Only shipments of orders that came from this store can be shown there."
        raise RejectedError("a shipment needs its order", code="no_order", hint=hint)
    return f"{order}:{write.record_id}"


def _order(reader: Reader, external_id: str, write: Write) -> Document:
    order_id = external_id.partition(":")[0] if ":" in external_id else (write.base or {}).get("order_id")
    if order_id is None:
        order_id = next((row["order_id"] for row in fulfillments.fetch(reader, [external_id])), None)
    order = fulfillments.order_of(reader, order_id) if order_id else None
    if order is None:
        hint = "The order is gone from the store: drop this write."
        raise RejectedError("a shipment needs its order", code="gone", hint=hint)
    return order


def _boxed(given: Document, before: Document) -> Document:
    """Put a new number on the box that a shipment of one box has."""
    boxes = before.get("parcels") or []
    if "parcels" in given or not given.get("tracking_number") or len(boxes) != 1:
        return given
    numbered = {"tracking_number": given["tracking_number"], "tracking_url": given.get("tracking_url")}
    return {**given, "parcels": [{**boxes[0], **numbered}]}
