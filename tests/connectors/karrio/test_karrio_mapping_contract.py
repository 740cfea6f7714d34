"""The suite that every shipped mapping passes, on documents as the double sends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from connectors.logistics.karrio import SPEC
from connectors.logistics.karrio.sandbox import KarrioSandbox
from hub.testing import MappingContract

PLACE = {"person_name": "Ann Ono", "company_name": "Ono KG", "address_line1": "Hauptstr. 1", "address_line2": "2. OG"}
THERE = PLACE | {
    "city": "Köln",
    "postal_code": "50667",
    "state_code": "NW",
    "country_code": "DE",
    "email": "ann@ono.test",
}
BOX = {"weight": 1.5, "weight_unit": "KG", "length": 20.0, "dimension_unit": "CM", "reference_number": "p1"}
LABELED = ["draft", "created", "cancelled", "needs_attention"]
TRACKED = ["pending", "picked_up", "unknown", "on_hold", "cancelled", "delivered", "in_transit", "delivery_delayed"]


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """A draft, its label, and its tracker after two scans."""
    sandbox = KarrioSandbox(clock=lambda: datetime(2026, 8, 18, 1, 2, 3, 456, UTC))

    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": "Token key_sandbox"}
        return sandbox(httpx.Request(method, f"https://karrio.test{path}", json=body, headers=headers)).json()

    draft = ask(
        "POST",
        "/v1/shipments",
        {"shipper": THERE, "recipient": THERE, "parcels": [BOX, BOX], "reference": "rec1", "order_id": "1001"},
    )
    yield "shipments", draft
    bought = ask("POST", f"/v1/shipments/{draft['id']}/purchase", {"selected_rate_id": draft["rates"][0]["id"]})
    yield "shipments", bought
    sandbox.advance(bought["tracking_number"], "in_transit")
    sandbox.advance(bought["tracking_number"], "delivered", place="Köln, DE")
    yield "trackers", ask("GET", f"/v1/trackers/{bought['tracker_id']}")


RECORDED = list(documents())


class TestKarrioMappings(MappingContract):
    spec = SPEC
    recorded = {name: [d for stream, d in RECORDED if stream == name] for name in ("shipments", "trackers")}
    vocabulary = {
        "shipments": {
            "status": [*LABELED, "shipped", "in_transit", "delivered", "out_for_delivery", "delivery_failed"],
        },
        "trackers": {
            "status": [*TRACKED, "out_for_delivery", "ready_for_pickup", "delivery_failed", "return_to_sender"]
        },
    }
