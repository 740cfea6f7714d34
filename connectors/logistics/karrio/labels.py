"""Buys labels: every step looks first at what is there, so that it can be repeated."""

from __future__ import annotations

import httpx

from connectors.logistics.karrio.api import document, page, read
from connectors.logistics.karrio.rates import choose_rate
from connectors.logistics.karrio.settings import KarrioSettings
from hub.api import ConfigError, ConflictError, Document, RejectedError, Write

CHANGEABLE = frozenset({"label_type", "payment", "options", "reference", "order_id", "metadata"})
LAST = {"cancelled": 1, "draft": 2}


class Labels:
    """The labels of one server, bought as its settings say."""

    def __init__(self, settings: KarrioSettings, http: httpx.Client) -> None:
        self._settings = settings
        self._http = http

    def ours(self, write: Write) -> list[Document]:
        """Look shipments up by our reference: labels first, drafts last."""
        _, found, _ = page(self._http, "/v1/shipments", {"reference": write.record_id})
        ours = [shipment for shipment in found if shipment.get("reference") == write.record_id]  # the filter is loose
        return sorted(ours, key=lambda shipment: LAST.get(shipment["status"], 0))

    def ship(self, write: Write) -> Document:
        """Bring a shipment to be bought; a label that is there, even a cancelled one, is not bought again."""
        if write.external_id is None:
            shipment = self._draft(write)
        else:
            shipment = self._change(read(self._http, "shipments", write.external_id), write.document)
        return self._buy(shipment) if shipment["status"] == "draft" else shipment

    def _draft(self, write: Write) -> Document:
        """Take what an earlier attempt left, unless it is a draft of something else; else make a draft."""
        body = self._body(write)
        for shipment in self.ours(write)[:1]:
            if shipment["status"] != "draft" or (shipment.get("rates") and holds(shipment, body)):
                return shipment
        return document(self._http.post("/v1/shipments", json=body))

    def _body(self, write: Write) -> Document:
        settings = self._settings
        if settings.ship_from is None:
            raise ConfigError("nobody knows where parcels are sent from", hint="Set ship_from in the connection.")
        box = settings.box_document()
        return write.document | {
            "reference": write.record_id,
            "shipper": settings.ship_from.model_dump(exclude_none=True),
            "parcels": [box | parcel for parcel in write.document.get("parcels") or [{}]],
            "label_type": settings.label_type,
            "carrier_ids": settings.carriers,
            "services": settings.services,
        }

    def _change(self, shipment: Document, patch: Document) -> Document:
        changed = {key: value for key, value in patch.items() if not holds(shipment.get(key), value)}
        if not changed:
            return shipment
        fixed = sorted(changed.keys() - ({"metadata"} if shipment["status"] != "draft" else CHANGEABLE))
        if fixed:
            raise RejectedError(
                f"the shipment is {shipment['status']} in Karrio: its {', '.join(fixed)} cannot be changed any more",
                code="state_error",
                hint="Cancel the label in Karrio and ship anew, or let it be.",
            )
        return document(self._http.put(f"/v1/shipments/{shipment['id']}", json=changed))

    def _buy(self, draft: Document) -> Document:
        rate = choose_rate(draft, self._settings.services)
        body = {"selected_rate_id": rate["id"], "label_type": self._settings.label_type}
        try:
            return document(self._http.post(f"/v1/shipments/{draft['id']}/purchase", json=body))
        except ConflictError:
            shipment = read(self._http, "shipments", draft["id"])  # 409 state_error: somebody was faster
            if shipment["status"] == "draft":
                raise
            return shipment


def holds(there: object, wanted: object) -> bool:
    """Tell whether a document says what is wanted, whatever else it says."""
    if isinstance(wanted, dict) and isinstance(there, dict):
        return all(holds(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(there, list):
        return len(wanted) == len(there) and all(map(holds, there, wanted))
    return there == wanted
