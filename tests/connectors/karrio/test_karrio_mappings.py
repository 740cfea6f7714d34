"""What becomes of Karrio's documents, and of shipments on their way there."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from connectors.logistics.karrio import SPEC
from connectors.logistics.karrio.codecs import (
    decode_address,
    decode_event_id,
    decode_event_text,
    decode_event_time,
    decode_parcels,
    encode_address,
    encode_parcels,
)
from hub.api import InvalidRecordError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, Pairs, compile_mapping
from hub.mapping.schema import load_mapping
from hub.model import Shipment


def mapping(stream: str) -> Compiled:
    text = SPEC.mappings.joinpath(f"{stream}.yaml").read_text(encoding="utf-8")
    return compile_mapping(load_mapping(text, f"karrio/{stream}.yaml"), make_codecs(SPEC.codecs))


def decode(stream: str, document: Any) -> Any:
    record = mapping(stream).decode(document, {}, Pairs().record)
    Shipment.model_validate_json(orjson.dumps(record))
    return record


def test_a_bought_label_becomes_a_shipment(connect, sandbox, wanted):
    [outcome] = connect().upsert("shipments", [wanted()])
    record = decode("shipments", outcome.document)
    assert record["status"] == "label_created"
    assert record["carrier"] == "dhl_parcel_de"
    assert record["number"] == "1001"
    assert record["tracking_number"] == outcome.document["tracking_number"]
    assert record["created_at"] == "2026-08-18T01:00:00Z"
    assert record["address"] == {
        "name": "Ann Ono",
        "line1": "Hauptstr. 1",
        "city": "Köln",
        "postcode": "50667",
        "country": "DE",
    }
    assert [parcel["weight"] for parcel in record["parcels"]] == ["2"]


def test_a_tracked_parcel_keeps_its_carriers_times_as_they_are_written(connect, sandbox, wanted):
    karrio = connect()
    [outcome] = karrio.upsert("shipments", [wanted()])
    sandbox.advance(outcome.document["tracking_number"], "delivery_failed", place="Köln, DE")
    [tracker] = karrio.track("trackers", [outcome.document["tracking_number"]])
    record = decode("trackers", tracker)
    assert mapping("trackers").external_id(tracker) == record["tracking_number"]
    assert record["status"] == "attempt_failed"
    [event] = record["events"]
    assert (event["at"], event["at_text"], event["place"]) == (None, "2026-08-18 03:00 AM", "Köln, DE")
    assert event["status"] == "attempt_failed"


@pytest.mark.parametrize(
    ("stream", "schema"), [("shipments", "Shipment"), ("trackers", "TrackingStatus"), ("event", "TrackingEvent")]
)
def test_every_status_of_the_contract_is_mapped(contract, connect, sandbox, wanted, stream, schema):
    statuses = contract["components"]["schemas"][schema]["properties"]["status"]["enum"]
    for status in statuses:
        if stream == "event":
            document: dict[str, Any] = {"tracking_number": "1", "status": "pending", "events": [{"status": status}]}
            decode("trackers", document)
        else:
            assert decode(stream, {"id": "1", "tracking_number": "1", "status": status})["status"]


def test_a_shipment_is_written_with_its_address_and_its_parcels():
    record = {
        "number": "1001",
        "status": "pending",
        "address": {"first_name": "Ann", "last_name": "Ono", "line1": "A", "line2": "B", "line3": "C", "country": "DE"},
        "parcels": [{"id": "p1", "weight": "1.25", "length": "20", "width": None}],
    }
    patch = mapping("shipments").encode(record, {}, Pairs().external, create=True, reference="rec1")
    assert patch == {
        "reference": "rec1",
        "order_id": "1001",
        "recipient": {"person_name": "Ann Ono", "address_line1": "A", "address_line2": "B, C", "country_code": "DE"},
        "parcels": [
            {"reference_number": "p1", "weight": 1.25, "weight_unit": "KG", "length": 20.0, "dimension_unit": "CM"}
        ],
    }


def test_what_was_bought_is_not_written_again():
    record = {"number": "1", "address": {"name": "Ann"}, "parcels": [{"id": "p"}], "status": "delivered"}
    assert mapping("shipments").encode(record, {}, Pairs().external, {"id": "shp_1"}) == {}


@pytest.mark.parametrize(
    ("parcel", "read"),
    [
        ({"weight": 2, "weight_unit": "KG"}, {"weight": "2"}),
        ({"weight": 500.0, "weight_unit": "G"}, {"weight": "0.5"}),
        ({"weight": 1.0, "weight_unit": "LB"}, {"weight": "0.45359237"}),
        (
            {"weight": 100.0, "weight_unit": "KG", "length": 10, "dimension_unit": "IN"},
            {"weight": "100", "length": "25.4"},
        ),
        ({"weight": 0.1, "weight_unit": "KG", "width": None}, {"weight": "0.1"}),
    ],
)
def test_parcels_are_read_in_kilograms_and_centimeters(parcel, read):
    assert decode_parcels({"parcels": [{"id": "pcl_1", **parcel}]}, {}) == [{"id": "pcl_1", **read}]


def test_a_unit_that_is_not_documented_is_named():
    with pytest.raises(InvalidRecordError, match="weight has a unit"):
        decode_parcels({"parcels": [{"id": "p", "weight": 1, "weight_unit": "ST"}]}, {})


def test_several_numbers_of_one_shipment_go_to_its_parcels():
    """T086"""
    parcels = [{"id": "a", "reference_number": "p1"}, {"id": "b"}, {"id": "c"}]
    document = {"parcels": parcels, "meta": {"tracking_numbers": ["N1", "N2"]}}
    assert decode_parcels(document, {}) == [
        {"id": "p1", "tracking_number": "N1"},
        {"id": "b", "tracking_number": "N2"},
        {"id": "c"},
    ]


def test_parcels_survive_the_way_there_and_back():
    parcels = [{"id": "p1", "weight": "1.25", "height": "7.5"}, {"id": "p2"}]
    assert decode_parcels({"parcels": encode_parcels(parcels, {}, None)}, {}) == parcels


def test_an_address_survives_the_way_there_and_back():
    address = {
        "name": "Ann Ono",
        "company": "Ono KG",
        "line1": "1",
        "line2": "2",
        "phone": "+49 30 1",
        "email": "a@b.de",
    }
    assert decode_address(encode_address(address, {}, None), {}) == address
    assert encode_address({"name": None, "line2": ""}, {}, None) == {}


@pytest.mark.parametrize(
    ("event", "at"),
    [
        ({"date": "2026-08-18", "time": "15:00 PM", "timestamp": "2026-08-18T15:00:00.000Z"}, None),
        ({"date": "2026-08-18", "time": "15:00", "timestamp": "2026-08-18T15:00:00+02:00"}, "2026-08-18T13:00:00Z"),
        ({"date": "2026-08-18", "time": "15:00", "timestamp": "2026-08-18T13:00:00.000Z"}, "2026-08-18T13:00:00Z"),
        ({"date": "2026-08-18", "time": None, "timestamp": "2026-08-18T00:00:00.000Z"}, None),
        ({"date": "2026-08-18", "time": "15:00", "timestamp": None}, None),
        ({"date": "2026-08-18", "time": "15:00", "timestamp": "2026-08-18T15:00:00"}, None),
        ({"date": "2026-08-18", "time": "15:00", "timestamp": "18.08. 15 Uhr"}, None),
    ],
)
def test_a_time_is_utc_only_where_that_is_sure(event, at):
    assert decode_event_time(event, {}) == at


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"date": "2026-08-18", "time": "15:00 PM"}, "2026-08-18 15:00 PM"),
        ({"date": "2026-08-18", "time": None}, "2026-08-18"),
        ({"timestamp": "2026-08-18T15:00"}, "2026-08-18T15:00"),
        ({}, None),
    ],
)
def test_a_time_is_kept_as_it_was_written(event, text):
    assert decode_event_text(event, {}) == text


def test_an_event_is_the_same_one_next_time_and_another_one_elsewhere():
    event = {"date": "2026-08-18", "time": "15:00", "code": "X", "description": "seen", "location": "Bonn"}
    again = {**event, "latitude": 1.0, "timestamp": "2026-08-18T15:00:00Z"}
    assert decode_event_id(event, {}) == decode_event_id(again, {})
    assert decode_event_id(event, {}) != decode_event_id({**event, "location": "Köln"}, {})
