"""Orders, shipments and a post office for the tests of notices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.clock import utc_text
from hub.connector import Attempt, Delivery, Message
from hub.model import Order, Shipment
from hub.store import notices, records, settings
from hub.store.database import Database
from hub.store.records import RecordRow
from hub.store.settings import MerchantRow
from hub.store.tables import metadata
from hub.testing.clock import ManualClock

ORDER = {
    "number": "1042",
    "status": "open",
    "currency": "EUR",
    "total": "1284.5",
    "email": "ana@buyer.example",
    "language": "en",
    "billing_address": {"first_name": "Ana", "last_name": "Ruiz", "country": "DE"},
    "lines": [
        {"id": "1", "title": "Kettle", "quantity": "2", "total": "80"},
        {"id": "2", "title": "Tea", "quantity": "1", "total": "10"},
    ],
}
SHIPMENT = {
    "order": "order-1",
    "carrier": "dhl",
    "tracking_number": "JD0001",
    "tracking_url": "https://track.example/JD0001",
    "lines": [{"id": "1", "order_line": "1", "quantity": "2"}],
}


@pytest.fixture
def make_order() -> Callable[..., Order]:
    return lambda **changes: Order.model_validate_json(json.dumps({**ORDER, **changes}))


@pytest.fixture
def make_shipment() -> Callable[..., Shipment]:
    return lambda **changes: Shipment.model_validate_json(json.dumps({**SHIPMENT, **changes}))


class PostOffice:
    """A channel that answers as it is told, and keeps what it was given; `during` runs while it sends."""

    name = "email"

    def __init__(self) -> None:
        self.answers: list[Attempt] = []
        self.sent: list[Message] = []
        self.during: Callable[[], None] = lambda: None

    def send(self, message: Message) -> Attempt:
        self.during()
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Attempt(Delivery.SENT, "250 ok")


@pytest.fixture
def post_office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.engine)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("acme", "Acme"))
    yield database
    database.close()


@pytest.fixture
def put(database: Database, clock: ManualClock) -> Callable[..., None]:
    """Store a record: put("order", "order-1", email="...")."""

    def put(entity: str, record_id: str, **changes: Any) -> None:
        data = {**{"order": ORDER, "shipment": SHIPMENT}.get(entity, {}), **changes}
        promoted = records.promoted(data)
        row = RecordRow(record_id, "acme", entity, 1, json.dumps(data), *promoted, utc_text(clock.now()), "shop", None)
        with database.write() as tx:
            records.put_many(tx, [row])

    return put


@pytest.fixture
def states(database: Database) -> Callable[[], dict[str, str]]:
    """Tell the state of each notice by its status."""

    def states() -> dict[str, str]:
        every = ["pending", "sending", "sent", "refused", "failed", "unknown", "held", "skipped"]
        with database.read() as tx:
            return {notice.status: notice.state for notice in notices.in_state(tx, every)}

    return states
