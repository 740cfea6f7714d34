from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from connectors.logistics.karrio import SPEC
from connectors.logistics.karrio.connector import Karrio
from connectors.logistics.karrio.sandbox import KarrioSandbox
from hub.api import Document, Write
from hub.http import open_client
from hub.testing.clock import ManualClock

ROOT = Path(__file__).resolve().parents[3]
SPECS = Path(os.environ.get("HUB_SPECS") or ROOT.parent / "shared" / "specs")
FROM = {"company_name": "Harbor Goods", "address_line1": "Kaistr. 4", "postal_code": "20457", "city": "Hamburg"}
TO = {
    "person_name": "Ann Ono",
    "address_line1": "Hauptstr. 1",
    "city": "Köln",
    "postal_code": "50667",
    "country_code": "DE",
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sandbox(clock: ManualClock) -> KarrioSandbox:
    return KarrioSandbox(clock=clock.now)


@pytest.fixture
def settings() -> dict[str, Any]:
    return {
        "url": "https://karrio.test",
        "key": "key_sandbox",
        "ship_from": FROM | {"country_code": "DE"},
    }


@pytest.fixture
def connect(sandbox: KarrioSandbox, clock: ManualClock, settings: dict[str, Any]) -> Iterator[Callable[..., Karrio]]:
    """Open the connector on the double, or on another remote."""
    clients = []

    def connect(remote: Any = None, transport: httpx.BaseTransport | None = None, **more: Any) -> Karrio:
        wire = transport or httpx.MockTransport(remote or sandbox)
        client = open_client(limit=SPEC.limit, world=clock.world(), transport=wire)
        clients.append(client)
        return Karrio(SPEC.settings.model_validate(settings | more), client)

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def wanted() -> Callable[..., Write]:
    """A shipment that somebody wants to send."""

    def wanted(record_id: str = "rec1", external_id: str | None = None, **document: Any) -> Write:
        patch: Document = {"recipient": TO, "order_id": "1001", "parcels": [{"weight": 2.0, "weight_unit": "KG"}]}
        return Write(record_id, f"key-{record_id}", external_id, patch | document)

    return wanted


@pytest.fixture(scope="session")
def contract() -> Document:
    """Karrio's own description of its API."""
    place = SPECS / "karrio" / "openapi.yml.gz"
    if not place.exists():
        assert not os.environ.get("CI"), f"{place} must be there: set HUB_SPECS"
        pytest.skip(f"the published contract is not at {place}: set HUB_SPECS")
    with gzip.open(place, "rb") as file:
        contract: Document = yaml.load(file, yaml.CSafeLoader)
    return contract


@pytest.fixture(scope="session")
def breaches(contract: Document) -> Callable[[str, Any], list[str]]:
    """List where a value breaks a schema of the contract; a key that the schema does not know is one."""
    schemas = contract["components"]["schemas"]

    def check(schema: Document, value: Any, at: str) -> Iterator[str]:
        if "$ref" in schema:
            yield from check(schemas[schema["$ref"].rsplit("/", 1)[1]], value, at)
            return
        if value is None:
            if not schema.get("nullable"):
                yield f"{at} is null"
            return
        if "allOf" in schema:
            yield from check(schema["allOf"][0], value, at)
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at} is {value!r}"
        kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
        if "type" in schema and not isinstance(value, kinds[schema["type"]]):
            yield f"{at} is not of type {schema['type']}"
        elif isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
            yield f"{at} is too long"
        elif isinstance(value, list):
            for place, item in enumerate(value):
                yield from check(schema["items"], item, f"{at}[{place}]")
        elif isinstance(value, dict) and "properties" in schema:
            yield from (f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value)
            for name, item in value.items():
                if name in schema["properties"]:
                    yield from check(schema["properties"][name], item, f"{at}.{name}")
                else:
                    yield f"{at}.{name} is not in the contract"

    return lambda name, value: list(check(schemas[name], value, name))
