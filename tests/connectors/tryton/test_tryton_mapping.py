"""The shipped mappings on documents as a real Tryton gives them."""

from __future__ import annotations

import json
from pathlib import Path

from connectors.erp.tryton import SPEC
from hub.testing import MappingContract

RECORDED = Path(__file__).parent / "recorded"
SALE_STATES = ["draft", "quotation", "confirmed", "processing", "done", "cancelled"]
SHIPMENT_STATES = ["draft", "waiting", "assigned", "picked", "packed", "shipped", "done", "cancelled"]


class TestTrytonMappings(MappingContract):
    spec = SPEC
    recorded = {s.name: json.loads((RECORDED / f"{s.name}.json").read_text()) for s in SPEC.streams}
    vocabulary = {"sales": {"status": SALE_STATES}, "shipments": {"status": SHIPMENT_STATES}}
    tables = {
        "taxes": {"19 %": "19", "7 %": "7"},
        "carriers": {"Express": "dhl_express", "Standard": "dhl"},
        "locations": {"Warehouse": "main"},
    }
