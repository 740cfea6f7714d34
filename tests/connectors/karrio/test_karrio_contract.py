"""The suite that every connector passes."""

from __future__ import annotations

from typing import Any

import httpx

from connectors.logistics.karrio import SPEC
from connectors.logistics.karrio.sandbox import KarrioSandbox
from hub.testing import ConnectorContract
from hub.testing.clock import ManualClock

HERE = {"company_name": "Harbor Goods", "address_line1": "Kaistr. 4", "postal_code": "20457", "country_code": "DE"}
THERE = {"person_name": "Ann Ono", "address_line1": "Hauptstr. 1", "postal_code": "50667", "country_code": "DE"}
BOX = {"weight": 1.5, "weight_unit": "KG"}


def shipped() -> KarrioSandbox:
    """A double with three pages of shipments, all made in one moment, three of them bought."""
    sandbox = KarrioSandbox(clock=ManualClock().now, per_minute=10_000)

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": "Token key_sandbox"}
        request = httpx.Request("POST", f"https://karrio.test{path}", json=body, headers=headers)
        answer: dict[str, Any] = sandbox(request).json()
        return answer

    for place in range(230):
        draft = post("/v1/shipments", {"shipper": HERE, "recipient": THERE, "parcels": [BOX], "reference": f"r{place}"})
        if place < 3:
            post(f"/v1/shipments/{draft['id']}/purchase", {"selected_rate_id": draft["rates"][0]["id"]})
    return sandbox


FULL = shipped()


class TestKarrio(ConnectorContract):
    spec = SPEC
    settings = {"url": "https://karrio.test", "key": "key_sandbox", "ship_from": HERE}
    sandbox = staticmethod(shipped)
    creates = {"shipments": [{"recipient": THERE, "parcels": [BOX]}, {"recipient": THERE}]}
    changes = {"shipments": (next(iter(FULL.state.shipments)), {"metadata": {"gift": "yes"}})}
    refused = {"shipments": {"recipient": THERE, "parcels": [{"weight": 40.0, "weight_unit": "KG"}]}}
    numbers = {"trackers": [tracker["tracking_number"] for tracker in FULL.state.trackers.values()]}
