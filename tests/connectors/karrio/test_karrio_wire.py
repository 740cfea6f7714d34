"""What goes over the wire: URLs, headers and bodies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
import respx

from hub.api import AuthError, BadResponseError, Refused, Window

DRAFT = {
    "id": "shp_1",
    "status": "draft",
    "reference": "rec1",
    "rates": [{"id": "rat_1", "service": "ups_standard", "total_charge": 5.0, "currency": "EUR"}],
}
EMPTY = {"count": 0, "next": None, "results": []}


@pytest.fixture
def karrio(connect):
    return connect(transport=httpx.HTTPTransport())


@respx.mock(base_url="https://karrio.test/v1")
def test_a_window_is_asked_for_by_creation_with_a_token(respx_mock, karrio):
    route = respx_mock.get("/shipments").respond(json=EMPTY)
    since, until = datetime(2026, 8, 18, 1, tzinfo=UTC), datetime(2026, 8, 18, 2, 0, 0, 5, tzinfo=UTC)
    list(karrio.read("shipments", Window(since, until, resume=200)))
    request = route.calls.last.request
    assert request.headers["Authorization"] == "Token key_sandbox"
    assert dict(request.url.params) == {
        "created_after": "2026-08-18T01:00:00Z",
        "created_before": "2026-08-18T02:00:00.000005Z",
        "offset": "200",
        "limit": "100",
    }


@respx.mock(base_url="https://karrio.test/v1")
def test_a_label_is_looked_for_then_drafted_then_bought(respx_mock, connect, wanted, breaches):
    karrio = connect(
        transport=httpx.HTTPTransport(),
        services=["ups_standard"],
        carriers=["ups-main"],
        label_type="ZPL",
        box={"weight": "0.25", "length": 20},
    )
    looked = respx_mock.get("/shipments").respond(json=EMPTY)
    drafted = respx_mock.post("/shipments").respond(201, json=DRAFT)
    bought = respx_mock.post("/shipments/shp_1/purchase").respond(json=DRAFT | {"status": "created"})
    [outcome] = karrio.upsert("shipments", [wanted(parcels=[{"reference_number": "p1"}])])
    assert outcome.external_id == "shp_1"
    assert dict(looked.calls.last.request.url.params) == {"reference": "rec1", "limit": "100"}
    body = sent(drafted)
    assert breaches("ShipmentData", body) == []
    assert body["reference"] == "rec1"
    assert body["order_id"] == "1001"
    assert body["shipper"]["company_name"] == "Harbor Goods"
    assert body["parcels"] == [
        {"reference_number": "p1", "weight": 0.25, "weight_unit": "KG", "length": 20.0, "dimension_unit": "CM"}
    ]
    assert (body["services"], body["carrier_ids"], body["label_type"]) == (["ups_standard"], ["ups-main"], "ZPL")
    assert sent(bought) == {"selected_rate_id": "rat_1", "label_type": "ZPL"}
    assert breaches("ShipmentPurchaseData", sent(bought)) == []


@respx.mock(base_url="https://karrio.test/v1")
def test_a_change_of_a_draft_puts_only_what_changed(respx_mock, karrio, wanted, breaches):
    respx_mock.get("/shipments/shp_1").respond(json=DRAFT | {"order_id": "1001", "metadata": {}})
    put = respx_mock.put("/shipments/shp_1").respond(json=DRAFT | {"status": "created"})
    write = wanted(external_id="shp_1")
    write.document.clear()
    write.document.update({"order_id": "1001", "metadata": {"gift": "yes"}})
    list(karrio.upsert("shipments", [write]))
    assert sent(put) == {"metadata": {"gift": "yes"}}
    assert breaches("ShipmentUpdateData", sent(put)) == []


@respx.mock(base_url="https://karrio.test/v1")
def test_an_unknown_number_is_watched_with_the_carrier_of_the_settings(respx_mock, connect, breaches):
    karrio = connect(transport=httpx.HTTPTransport(), tracking_carrier="ups")
    asked = respx_mock.get("/trackers/1Z%2F9").respond(404, json={"errors": [{"code": "not_found"}]})
    watched = respx_mock.post("/trackers").respond(202, json={"tracking_number": "1Z/9"})
    assert list(karrio.track("trackers", ["1Z/9"])) == [{"tracking_number": "1Z/9"}]
    assert asked.calls.last.request.url.raw_path == b"/v1/trackers/1Z%2F9"
    assert sent(watched) == {"tracking_number": "1Z/9", "carrier_name": "ups"}
    assert watched.calls.last.request.url.params["pending_pickup"] == "true"
    assert breaches("TrackingData", sent(watched)) == []


@respx.mock(base_url="https://karrio.test/v1")
def test_the_carriers_words_reach_the_operator(respx_mock, karrio, wanted):
    respx_mock.get("/shipments").respond(json=EMPTY)
    message = {"carrier_id": "dhl-main", "code": "1101", "message": "The postal code is not known"}
    respx_mock.post("/shipments").respond(424, json={"messages": [message]})
    [outcome] = karrio.upsert("shipments", [wanted()])
    assert isinstance(outcome, Refused)
    assert (outcome.error.context["code"], "postal code is not known" in outcome.error.message) == ("1101", True)


@respx.mock(base_url="https://karrio.test/v1")
def test_a_refused_token_says_so(respx_mock, karrio):
    respx_mock.get("/connections").respond(401, json={"errors": [{"code": "authentication_failed"}]})
    with pytest.raises(AuthError):
        karrio.check()


@pytest.mark.parametrize("body", [[], {"data": {}}, {"results": None}])
def test_another_kind_of_server_says_so(respx_mock, karrio, body):
    respx_mock.get("https://karrio.test/v1/connections").respond(json=body)
    with pytest.raises(BadResponseError, match=r"karrio\.test/v1/connections answered with no") as caught:
        karrio.check()
    assert "URL" in caught.value.hint


def sent(route: respx.Route) -> Any:
    return orjson.loads(route.calls.last.request.content)
