"""Tracking: what a carrier says moves a shipment along the transition table, and is told once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from house import Clock

from hub.api import ConnectorSpec, Document, Entity, RejectedError, Stream
from hub.clock import World
from hub.model.shipment import TRANSITIONS, ShipmentStatus
from hub.plugins import Plugins
from hub.store import notices, records, runs, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow, MerchantRow
from hub.sync.execute import Kind, Report, sync
from hub.sync.hub import Hub
from hub.testing.memory import MemoryConnector, MemoryRemote, memory_spec

SHIPMENTS = """
entity: shipment
stream: shipments
id: id
fields:
  number: {in: number}
  tracking_number: {in: tracking}
  status: {in: status}
  parcels: {in: boxes, each: box, by: id}
parts:
  box:
    id: {in: id}
    tracking_number: {in: tracking}
"""
TRACKERS = """
entity: shipment
stream: trackers
id: id
fields:
  tracking_number: {in: id}
  carrier: {in: carrier}
  status: {in: status}
  events: {in: events, each: event, by: id}
parts:
  event:
    id: {in: id}
    at: {in: at}
    description: {in: said}
"""
STREAMS = (
    Stream(name="shipments", entity=Entity.SHIPMENT),
    Stream(name="trackers", entity=Entity.SHIPMENT, reads=False, tracks=True),
)
NOTICES = {"sender": "Ada's <shop@example.com>"}


@dataclass
class Depot:
    """A hub with one carrier."""

    hub: Hub
    carrier: MemoryRemote
    clock: Clock

    def ship(self, external_id: str = "s1", number: str = "T1", status: str = "label_created") -> None:
        self.carrier.put("shipments", {"id": external_id, "number": external_id, "tracking": number, "status": status})

    def scan(self, status: str, number: str = "T1", *said: str) -> None:
        at = self.clock().isoformat().replace("+00:00", "Z")
        events = self.carrier.tables.get("trackers", {}).get(number, {}).get("events", [])
        new = [{"id": f"{len(events) + n}", "at": at, "said": text} for n, text in enumerate(said)]
        self.carrier.put("trackers", {"id": number, "status": status, "carrier": "dhl", "events": [*events, *new]})

    def sync(self) -> Report:
        report = sync(self.hub)
        self.clock.forward(minutes=10)
        assert not report.errors, [(e, getattr(e, "__cause__", None)) for e in report.errors]
        assert all(result.counts.add_up() for result in report.results)
        return report

    def shipments(self) -> list[dict[str, Any]]:
        with self.hub.database.read() as tx:
            return [orjson.loads(row.data) for row in records.of_entity(tx, "shipment")]

    def statuses(self) -> list[tuple[str | None, str]]:
        with self.hub.database.read() as tx:
            return [
                (e.detail["before"], e.detail["after"]) for e in runs.events(tx, kind="status") if e.detail is not None
            ]

    def told(self) -> list[tuple[str, str]]:
        with self.hub.database.read() as tx:
            every = notices.in_state(tx, ["pending", "skipped", "held"])
        return [(notice.status, notice.reason or "") for notice in every]


@pytest.fixture
def depot(migrated: Path, tmp_path: Path, clock: Clock) -> Iterator[Depot]:
    carrier = MemoryRemote(now=clock)
    shutil.copyfile(migrated, tmp_path / "hub.db")
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    spec = memory_spec("carrier", carrier, STREAMS, {"shipments": SHIPMENTS, "trackers": TRACKERS})
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default", "Ada's", "en", NOTICES))
        settings.put_connection(tx, ConnectionRow("carrier", "default", "carrier", {}))
    ids = count(1)
    world = World(now=clock, sleep=lambda _s: None, new_id=lambda: f"{next(ids):06d}", jitter=lambda: 0.5)
    yield Depot(Hub(database, Plugins(connectors={"carrier": spec}), tmp_path, world), carrier, clock)
    database.close()


def test_a_tracking_update_belongs_to_the_shipment_and_makes_no_second_one(depot: Depot) -> None:
    """T086."""
    depot.ship()
    depot.sync()
    depot.scan("in_transit", "T1", "left the depot")
    depot.sync()
    [shipment] = depot.shipments()
    assert (shipment["status"], shipment["carrier"], shipment["number"]) == ("in_transit", "dhl", "s1")
    assert [event["description"] for event in shipment["events"]] == ["left the depot"]


def test_a_status_is_accepted_once_however_often_it_is_polled(depot: Depot) -> None:
    """T088: forty polls with new events, one change of status."""
    depot.ship()
    depot.sync()
    for n in range(40):
        depot.scan("in_transit", "T1", f"scan {n}")
        depot.sync()
    assert depot.statuses() == [(None, "label_created"), ("label_created", "in_transit")]
    assert len(depot.shipments()[0]["events"]) == 40
    assert [status for status, _ in depot.told()] == ["label_created", "in_transit"]


def test_nobody_is_told_of_what_was_over_when_the_hub_first_saw_it(depot: Depot) -> None:
    """T089: a shipment is added when it is already delivered."""
    depot.ship(status="delivered")
    depot.sync()
    assert [(status, reason.split(":")[0]) for status, reason in depot.told()] == [("delivered", "history")]


def test_events_that_the_carrier_forgets_are_kept(depot: Depot) -> None:
    depot.ship()
    depot.sync()
    depot.scan("in_transit", "T1", "one", "two")
    depot.sync()
    depot.carrier.tables["trackers"]["T1"]["events"] = [{"id": "9", "at": "2026-03-02T12:00:00Z", "said": "nine"}]
    depot.sync()
    assert [event["description"] for event in depot.shipments()[0]["events"]] == ["one", "two", "nine"]


@pytest.mark.parametrize("now", [s for s in ShipmentStatus if s not in ("delivered", "returned", "cancelled")])
def test_a_status_follows_the_transition_table(depot: Depot, now: ShipmentStatus) -> None:
    """T121: never the last clock; from each status to each other one."""
    numbers = {then: f"T-{then}" for then in ShipmentStatus}
    for then, number in numbers.items():
        depot.ship(f"s-{then}", number, now)
    depot.sync()
    for then, number in numbers.items():
        depot.scan(then, number)
    depot.sync()
    found = {shipment["tracking_number"]: shipment["status"] for shipment in depot.shipments()}
    assert found == {n: then if then in TRANSITIONS[now] or then == now else now for then, n in numbers.items()}


def test_what_has_arrived_is_not_asked_about_any_more(depot: Depot) -> None:
    depot.ship()
    depot.scan("delivered")
    depot.sync()
    depot.sync()
    depot.carrier.requests.clear()
    depot.sync()
    assert [r for r in depot.carrier.requests if r.startswith("fetch")] == []
    assert depot.shipments()[0]["status"] == "delivered"


def test_a_tracking_number_that_changes_is_followed(depot: Depot) -> None:
    """T086: an update, not a second shipment."""
    depot.ship()
    depot.scan("in_transit", "T1", "old label")
    depot.sync()
    depot.ship(number="T2", status="label_created")
    depot.scan("out_for_delivery", "T2", "new label")
    depot.sync()
    depot.sync()
    [shipment] = depot.shipments()
    assert (shipment["tracking_number"], shipment["status"]) == ("T2", "out_for_delivery")


def test_a_carrier_that_does_not_know_the_number_yet_is_asked_again(depot: Depot) -> None:
    depot.ship()
    report = depot.sync()
    [tracking] = [result for result in report.results if result.kind is Kind.TRACK]
    assert tracking.counts.read == 0
    depot.scan("in_transit")
    depot.sync()
    assert depot.shipments()[0]["status"] == "in_transit"


@pytest.mark.parametrize("bad", [{"status": "on fire"}, {"events": [{"said": "no id"}]}, {"events": "none"}])
def test_one_tracker_that_makes_no_sense_does_not_stop_the_others(depot: Depot, bad: dict[str, Any]) -> None:
    for number in ("T1", "T2", "T3"):
        depot.ship(f"s{number}", number)
    depot.sync()
    for number in ("T1", "T2", "T3"):
        depot.scan("in_transit", number)
    depot.carrier.put("trackers", {"id": "T2", **bad})
    depot.sync()
    found = {shipment["tracking_number"]: shipment["status"] for shipment in depot.shipments()}
    assert found == {"T1": "in_transit", "T2": "label_created", "T3": "in_transit"}


def test_more_parcels_than_one_request_takes(depot: Depot) -> None:
    for n in range(150):
        depot.ship(f"s{n}", f"T{n}")
        depot.scan("in_transit", f"T{n}")
    depot.sync()
    assert {shipment["status"] for shipment in depot.shipments()} == {"in_transit"}


def test_a_shipment_without_a_number_is_not_asked_about(depot: Depot) -> None:
    depot.carrier.put("shipments", {"id": "s1", "number": "s1", "status": "pending"})
    depot.sync()
    assert [r for r in depot.carrier.requests if r.startswith("fetch")] == []


def test_a_shipment_is_followed_by_the_number_of_its_parcel_where_it_has_none_itself(depot: Depot) -> None:
    boxes = [{"id": "b1"}, {"id": "b2", "tracking": "P2"}]
    depot.carrier.put("shipments", {"id": "s1", "number": "s1", "status": "pending", "boxes": boxes})
    depot.sync()
    depot.scan("in_transit", "P2")
    depot.sync()
    [shipment] = depot.shipments()
    assert (shipment["status"], shipment["tracking_number"]) == ("in_transit", "P2")


def test_a_number_that_always_fails_does_not_keep_the_others(depot: Depot) -> None:
    class Picky(MemoryConnector):
        def track(self, stream: str, numbers: Sequence[str]) -> Iterator[Document]:
            if "T2" in numbers:
                raise RejectedError("T2 is no number", code="x")
            return super().track(stream, numbers)

    spec = depot.hub.plugins.connectors["carrier"]
    carrier = replace(spec, connector=lambda _settings: Picky(depot.carrier))
    cast("dict[str, ConnectorSpec]", depot.hub.plugins.connectors)["carrier"] = carrier
    for number in ("T1", "T2", "T3"):
        depot.ship(f"s{number}", number)
        depot.scan("in_transit", number)
    depot.sync()
    found = {shipment["tracking_number"]: shipment["status"] for shipment in depot.shipments()}
    assert found == {"T1": "in_transit", "T2": "label_created", "T3": "in_transit"}


def test_tracking_ends_between_two_requests_when_the_process_is_to_stop(depot: Depot) -> None:
    for n in range(250):
        depot.ship(f"s{n:03}", f"T{n:03}")
    depot.sync()
    depot.carrier.requests.clear()
    sync(depot.hub, stopping=lambda: "fetch trackers T000" in depot.carrier.requests)
    assert len([r for r in depot.carrier.requests if r.startswith("fetch trackers")]) == 100
