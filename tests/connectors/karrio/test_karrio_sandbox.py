"""The double answers as Karrio does, held against the published contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

HERE = {"company_name": "Harbor Goods", "postal_code": "20457", "country_code": "DE"}
DRAFT = {"shipper": HERE, "recipient": HERE, "parcels": [{"weight": 2.0, "weight_unit": "KG"}], "reference": "rec1"}
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(sandbox) -> Ask:
    client = httpx.Client(transport=httpx.MockTransport(sandbox), base_url="https://karrio.test")
    client.headers["Authorization"] = "Token key_sandbox"
    return client.request


@pytest.fixture
def bought(ask) -> Callable[..., Any]:
    def bought(**more: Any) -> Any:
        draft = ask("POST", "/v1/shipments", json=DRAFT | more).json()
        body = {"selected_rate_id": draft["rates"][0]["id"]}
        return ask("POST", f"/v1/shipments/{draft['id']}/purchase", json=body).json()

    return bought


def test_a_shipment_is_a_draft_with_rates_until_it_is_bought(ask, breaches):
    answer = ask("POST", "/v1/shipments", json=DRAFT)
    draft = answer.json()
    assert (answer.status_code, draft["status"], draft["tracking_number"]) == (201, "draft", None)
    assert len(draft["rates"]) == 4
    assert breaches("Shipment", draft) == []
    label = ask("POST", f"/v1/shipments/{draft['id']}/purchase", json={"selected_rate_id": draft["rates"][1]["id"]})
    shipment = label.json()
    assert (label.status_code, shipment["status"], shipment["service"]) == (200, "created", "dhl_parcel_de_express")
    assert shipment["tracking_number"]
    assert shipment["label_url"]
    assert breaches("Shipment", shipment) == []
    tracker = ask("GET", f"/v1/trackers/{shipment['tracker_id']}").json()
    assert (tracker["tracking_number"], tracker["status"]) == (shipment["tracking_number"], "pending")
    assert breaches("TrackingStatus", tracker) == []


def test_buying_twice_is_refused(ask, bought, breaches):
    shipment = bought()
    again = ask(
        "POST", f"/v1/shipments/{shipment['id']}/purchase", json={"selected_rate_id": shipment["rates"][0]["id"]}
    )
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "state_error")
    assert breaches("ErrorResponse", again.json()) == []


def test_the_same_create_twice_makes_two_shipments(ask):
    ids = {ask("POST", "/v1/shipments", json=DRAFT).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_service_in_the_create_buys_at_once(ask):
    assert ask("POST", "/v1/shipments", json=DRAFT | {"service": "ups_standard"}).json()["status"] == "created"


@pytest.mark.parametrize(
    ("changes", "status", "schema"),
    [
        ({"recipient": None}, 400, "ErrorResponse"),
        ({"recipient": {"city": "Köln"}}, 400, "ErrorResponse"),
        ({"recipient": HERE | {"city": "x" * 51}}, 400, "ErrorResponse"),
        ({"parcels": [{"weight": 1.0}]}, 400, "ErrorResponse"),
        ({"carrier_ids": ["nobody"]}, 424, "ErrorMessages"),
    ],
)
def test_bad_shipments_are_refused_in_karrios_two_shapes(ask, breaches, changes, status, schema):
    answer = ask("POST", "/v1/shipments", json=DRAFT | changes)
    assert answer.status_code == status
    assert breaches(schema, answer.json()) == []


def test_no_rate_is_a_success_with_messages(ask, breaches):
    draft = ask("POST", "/v1/shipments", json=DRAFT | {"parcels": [{"weight": 90, "weight_unit": "LB"}]}).json()
    assert (draft["rates"], draft["messages"][0]["code"]) == ([], "SHIPMENT_TOO_HEAVY")
    assert breaches("Shipment", draft) == []


def test_lists_are_paged_newest_first_and_unknown_filters_are_ignored(ask, bought, clock, breaches):
    made = []
    for _ in range(25):
        made.insert(0, bought()["id"])
        clock.advance(1)
    first = ask("GET", "/v1/shipments", params={"updated_after": "2099-01-01T00:00:00Z"}).json()
    assert (first["count"], len(first["results"])) == (25, 20)
    second = ask("GET", first["next"]).json()
    assert second["next"] is None
    assert [s["id"] for s in first["results"] + second["results"]] == made
    trackers = ask("GET", "/v1/trackers").json()
    assert breaches("TrackerList", trackers) == []


def test_filters_by_time_include_both_ends_and_filters_by_text_look_inside(ask, bought, clock):
    start = clock.now()
    for reference in ("rec1", "rec10", "rec2"):
        bought(reference=reference)
        clock.advance(1)

    def found(**params: str) -> list[str]:
        return [s["reference"] for s in ask("GET", "/v1/shipments", params=params).json()["results"]]

    assert found(reference="rec1") == ["rec10", "rec1"]
    between = {"created_after": start.isoformat(), "created_before": (start + timedelta(seconds=1)).isoformat()}
    assert found(**between) == ["rec10", "rec1"]
    assert ask("GET", "/v1/shipments", params={"created_after": "yesterday"}).status_code == 400


def test_only_metadata_of_a_bought_shipment_can_be_changed(ask, bought):
    shipment = bought()
    place = f"/v1/shipments/{shipment['id']}"
    assert ask("PUT", place, json={"metadata": {"a": "1"}}).json()["metadata"] == {"a": "1"}
    assert ask("PUT", place, json={"order_id": "7"}).status_code == 409


def test_a_label_can_be_cancelled_until_it_is_scanned(ask, bought, sandbox):
    first, second = bought(), bought()
    assert ask("POST", f"/v1/shipments/{first['id']}/cancel").json()["status"] == "cancelled"
    sandbox.advance(second["tracking_number"], "in_transit")
    assert ask("POST", f"/v1/shipments/{second['id']}/cancel").status_code == 409


def test_a_parcel_moves_and_carriers_write_local_times_without_an_offset(ask, bought, sandbox, clock, breaches):
    number = bought()["tracking_number"]
    clock.advance(13 * 3600)
    sandbox.advance(number, "in_transit", place="Leipzig, DE")
    sandbox.advance(number, "out_for_delivery", at=clock.now() + timedelta(hours=1), place="Köln, DE")
    sandbox.advance(number, "delivered", at=clock.now() + timedelta(hours=2), place="Köln, DE")
    tracker = ask("GET", f"/v1/trackers/{number}").json()
    assert (tracker["status"], tracker["delivered"]) == ("delivered", True)
    assert [event["status"] for event in tracker["events"]] == ["delivered", "out_for_delivery", "in_transit"]
    oldest = tracker["events"][-1]
    assert (oldest["date"], oldest["time"], oldest["timestamp"]) == ("2026-08-18", "16:00 PM", None)
    assert breaches("TrackingStatus", tracker) == []
    assert ask("GET", "/v1/shipments").json()["results"][0]["status"] == "delivered"


def test_injected_events_set_the_status_and_repetitions_change_nothing(ask, bought, breaches):
    shipment = bought()
    event = {"date": "2026-08-18", "time": "10:00 AM", "code": "X", "description": "seen", "location": "Bonn"}
    for _ in range(2):
        body = {"status": "on_hold", "events": [event]}
        answer = ask("POST", f"/v1/trackers/{shipment['tracker_id']}/inject-events", json=body)
        assert breaches("Operation", answer.json()) == []
    tracker = ask("GET", f"/v1/trackers/{shipment['tracker_id']}").json()
    assert (tracker["status"], len(tracker["events"])) == ("on_hold", 1)


def test_a_tracker_that_exists_is_given_again(ask, breaches):
    body = {"tracking_number": "1Z1", "carrier_name": "ups"}
    first, second = (ask("POST", "/v1/trackers", json=body).json() for _ in range(2))
    assert first == second
    assert breaches("TrackingStatus", first) == []


def test_carriers_can_be_connected(ask, breaches):
    body = {"carrier_name": "fedex", "carrier_id": "fx", "credentials": {"api_key": "x"}}
    assert breaches("CarrierConnection", ask("POST", "/v1/connections", json=body).json()) == []
    listed = ask("GET", "/v1/connections").json()
    assert (listed["count"], breaches("CarrierConnectionList", listed)) == (3, [])


@pytest.mark.parametrize(("given", "status"), [("Token key_sandbox", 200), ("Token no", 401), ("", 401)])
def test_the_token_is_asked_for(ask, given, status):
    assert ask("GET", "/v1/trackers", headers={"Authorization": given}).status_code == status


def test_the_token_may_be_the_user_of_basic(sandbox):
    client = httpx.Client(transport=httpx.MockTransport(sandbox), auth=("key_sandbox", ""))
    assert client.get("https://karrio.test/v1/trackers").status_code == 200


@pytest.mark.parametrize("place", ["/v1/shipments/no", "/v1/trackers/no", "/v1/nothing"])
def test_what_is_not_there_is_404(ask, breaches, place):
    answer = ask("GET", place)
    assert (answer.status_code, breaches("ErrorResponse", answer.json())) == (404, [])


def test_after_600_requests_in_a_minute_the_next_must_wait(ask, clock, breaches):
    for _ in range(600):
        assert ask("GET", "/v1/connections").status_code == 200
    clock.advance(50)
    answer = ask("GET", "/v1/connections")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert breaches("ErrorResponse", answer.json()) == []
    clock.advance(10)
    assert ask("GET", "/v1/connections").status_code == 200
