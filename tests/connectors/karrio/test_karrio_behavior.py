"""What the connector does with a server that remembers."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.logistics.karrio import SPEC
from connectors.logistics.karrio.rates import choose_rate
from connectors.logistics.karrio.sandbox import Carrier
from hub.api import ConfigError, RateLimitError, Refused, RejectedError, UnavailableError, Window, Write, Written
from hub.testing.serve import serve


def ship(karrio: Any, *writes: Write) -> list[Any]:
    return list(karrio.upsert("shipments", list(writes)))


def lost_answer(sandbox: Any, method: str, ending: str) -> Any:
    """Hand requests to the double; the answer to the first that fits is lost on its way."""
    waiting = [True]

    def remote(request: httpx.Request) -> httpx.Response:
        answer = sandbox(request)
        if waiting and request.method == method and request.url.path.endswith(ending):
            waiting.pop()
            raise httpx.ReadTimeout("no answer")
        return answer

    return remote


def test_no_minute_has_more_requests_than_a_server_allows():
    assert SPEC.limit.burst + 60 * SPEC.limit.per_second <= 600


def test_a_shipment_is_bought_at_the_cheapest_rate(connect, sandbox, wanted):
    [outcome] = ship(connect(), wanted())
    assert isinstance(outcome, Written)
    shipment = outcome.document
    assert (shipment["status"], shipment["service"]) == ("created", "dhl_parcel_de_paket")
    assert shipment["tracking_number"] in {t["tracking_number"] for t in sandbox.state.trackers.values()}


def test_the_first_service_of_the_settings_that_is_offered_is_bought(connect, wanted):
    [outcome] = ship(connect(services=["hermes_standard", "ups_standard", "dhl_parcel_de_paket"]), wanted())
    assert outcome.document["service"] == "ups_standard"


def test_a_service_that_nobody_offers_is_refused_with_what_is_offered(connect, sandbox, wanted):
    sandbox.state.carriers = [Carrier("ups", "u", {"ups_standard": (1.0, 1.0, 1)})]
    draft = {"rates": [{"service": "ups_standard"}]}
    with pytest.raises(RejectedError, match="none of the services dhl_express is offered, only ups_standard"):
        choose_rate(draft, ["dhl_express"])
    [outcome] = ship(connect(services=["dhl_express"]), wanted())
    assert isinstance(outcome, Refused)


def test_no_rate_is_refused_with_the_carriers_words(connect, wanted):
    [outcome] = ship(connect(), wanted(parcels=[{"weight": 50.0, "weight_unit": "KG"}]))
    assert (outcome.error.code, outcome.error.message) == (
        "no_rates",
        "no carrier offers a rate: The parcel is heavier than 31.5 kg.",
    )


def test_prices_in_several_currencies_are_not_compared(connect, sandbox, wanted):
    sandbox.connect(Carrier("usps", "usps-main", {"usps_ground": (1.0, 0.1, 4)}, currency="USD"))
    [outcome] = ship(connect(), wanted())
    assert (outcome.error.code, "several currencies" in outcome.error.message) == ("currencies", True)


def test_equal_prices_go_to_the_faster_service():
    rates = [
        {"id": "a", "service": "slow", "total_charge": 5.0, "transit_days": 4, "currency": "EUR"},
        {"id": "b", "service": "fast", "total_charge": 5, "transit_days": 1, "currency": "EUR"},
    ]
    assert choose_rate({"rates": rates}, [])["id"] == "b"


@pytest.mark.parametrize(
    ("method", "ending"), [("POST", "/v1/shipments"), ("POST", "/purchase"), ("GET", "/v1/shipments")]
)
def test_however_an_answer_is_lost_one_label_is_bought(connect, sandbox, wanted, method, ending):
    karrio = connect(lost_answer(sandbox, method, ending))
    with suppress(UnavailableError):
        ship(karrio, wanted())
    [outcome] = ship(karrio, wanted())
    assert isinstance(outcome, Written)
    assert [s["status"] for s in sandbox.state.shipments.values()] == ["created"]
    assert len(sandbox.state.trackers) == 1


def test_a_lost_answer_says_that_the_outcome_is_unknown(connect, sandbox, wanted):
    with pytest.raises(UnavailableError) as caught:
        ship(connect(lost_answer(sandbox, "POST", "/purchase")), wanted())
    assert caught.value.context["sent"] == "unknown"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"parcels": [{"weight": 50.0, "weight_unit": "KG"}]}, {}),
        ({"recipient": {"country_code": "FR", "city": "Paris"}}, {}),
        ({}, {"parcels": [{"weight": 2.0, "weight_unit": "KG"}] * 2}),
    ],
)
def test_a_draft_of_something_else_is_never_bought(connect, sandbox, wanted, first, then):
    """The record was mended after a first attempt that got as far as a draft."""
    with suppress(UnavailableError):
        ship(connect(lost_answer(sandbox, "POST", "/v1/shipments")), wanted(**first))
    [outcome] = ship(connect(), wanted(**then))
    assert outcome.document["recipient"]["city"] == "Köln"
    assert len(outcome.document["parcels"]) == len(then.get("parcels", [1]))
    assert [s["status"] for s in sandbox.state.shipments.values()] == ["draft", "created"]


def test_a_label_whose_answer_was_lost_is_taken_even_if_the_record_changed_since(connect, sandbox, wanted):
    with suppress(UnavailableError):
        ship(connect(lost_answer(sandbox, "POST", "/purchase")), wanted())
    [outcome] = ship(connect(), wanted(recipient={"country_code": "FR"}))
    assert outcome.document["status"] == "created"
    assert len(sandbox.state.shipments) == 1


def test_a_draft_without_rates_is_asked_for_anew(connect, sandbox, wanted):
    carriers = sandbox.state.carriers
    sandbox.state.carriers = [Carrier("ups", "u", {})]
    [outcome] = ship(connect(), wanted())
    assert isinstance(outcome, Refused)
    sandbox.state.carriers = carriers
    [outcome] = ship(connect(), wanted())
    assert isinstance(outcome, Written)


def test_a_label_that_was_bought_meanwhile_is_taken(connect, sandbox, wanted):
    def remote(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/purchase"):
            sandbox(request)
        return sandbox(request)

    [outcome] = ship(connect(remote), wanted())
    assert outcome.document["status"] == "created"
    assert len(sandbox.state.trackers) == 1


def test_writing_again_buys_nothing(connect, sandbox, wanted):
    karrio = connect()
    [first] = ship(karrio, wanted())
    asked = len(sandbox.requests)
    [second] = ship(karrio, wanted(external_id=first.external_id, **first.document))
    assert second.document == first.document
    assert sandbox.requests[asked:] == [f"GET /v1/shipments/{first.external_id}"]


def test_find_takes_only_our_very_reference_and_prefers_the_label(connect, sandbox, wanted, clock):
    karrio = connect()
    assert karrio.find("shipments", wanted()) is None
    ship(karrio, wanted("rec10"))
    assert karrio.find("shipments", wanted("rec1")) is None
    [outcome] = ship(karrio, wanted("rec1"))
    client = httpx.Client(transport=httpx.MockTransport(sandbox), headers={"Authorization": "Token key_sandbox"})
    draft = {**outcome.document, "service": None}
    clock.advance(1)
    client.post("https://karrio.test/v1/shipments", json=draft)
    assert [s["status"] for s in sandbox.state.shipments.values()] == ["created", "created", "draft"]
    assert karrio.find("shipments", wanted("rec1")) == outcome.external_id


def test_a_draft_alone_is_not_found_so_that_the_write_is_repeated_and_bought(connect, sandbox, wanted):
    """The hub died between the draft and the purchase: taking the draft for the label, it would never buy one."""
    with suppress(UnavailableError):
        ship(connect(lost_answer(sandbox, "POST", "/v1/shipments")), wanted())
    assert [s["status"] for s in sandbox.state.shipments.values()] == ["draft"]
    assert connect().find("shipments", wanted()) is None
    [outcome] = ship(connect(), wanted())
    assert (outcome.document["status"], len(sandbox.state.shipments)) == ("created", 1)


def test_a_cancelled_label_is_not_bought_again_by_itself(connect, sandbox, wanted):
    karrio = connect()
    [first] = ship(karrio, wanted())
    sandbox.state.shipments[first.external_id]["status"] = "cancelled"
    [second] = ship(karrio, wanted())
    assert (second.external_id, second.document["status"]) == (first.external_id, "cancelled")


def test_a_bought_label_cannot_be_changed(connect, wanted):
    karrio = connect()
    [first] = ship(karrio, wanted())
    [outcome] = ship(karrio, wanted(external_id=first.external_id, order_id="2002"))
    assert isinstance(outcome, Refused)
    assert "its order_id cannot be changed any more" in outcome.error.message


def test_a_label_that_is_gone_is_refused(connect, wanted):
    [outcome] = ship(connect(), wanted(external_id="shp_gone"))
    assert (type(outcome), outcome.error.code) == (Refused, "not_found")


def test_one_refused_shipment_does_not_stop_the_others(connect, wanted):
    outcomes = ship(connect(), wanted("a"), wanted("b", recipient={"city": "?"}), wanted("c"))
    assert [type(outcome) for outcome in outcomes] == [Written, Refused, Written]
    assert "see recipient.country_code" in outcomes[1].error.message


def test_without_a_sender_nothing_is_drafted(connect, sandbox, wanted):
    with pytest.raises(ConfigError, match="sent from"):
        ship(connect(ship_from=None), wanted())
    assert sandbox.state.shipments == {}


def test_check_wants_an_active_carrier(connect, sandbox):
    karrio = connect()
    karrio.check()
    sandbox.state.carriers = [Carrier("ups", "u", {}, active=False)]
    with pytest.raises(ConfigError, match="no active carrier"):
        karrio.check()


def test_parcels_are_tracked_to_the_door(connect, sandbox, wanted):
    karrio = connect()
    [outcome] = ship(karrio, wanted())
    number = outcome.document["tracking_number"]
    for status in ("in_transit", "delivery_failed", "out_for_delivery", "delivered"):
        sandbox.advance(number, status)
        assert [t["status"] for t in karrio.track("trackers", [number, "unknown"])] == [status]


@pytest.mark.parametrize("known", [3, 12, 250])
def test_many_numbers_are_read_by_the_page_and_each_once(connect, sandbox, wanted, clock, known):
    karrio = connect()
    numbers = []
    for place in range(known):
        [outcome] = ship(karrio, wanted(f"rec{place:03d}"))
        numbers.append(outcome.document["tracking_number"])
        clock.advance(1)
    asked = len(sandbox.requests)
    found = [tracker["tracking_number"] for tracker in karrio.track("trackers", [*numbers, "X"])]
    assert sorted(found) == sorted(numbers)
    assert len(sandbox.requests) - asked == {3: 4, 12: 2, 250: 4}[known]


def test_old_parcels_among_many_new_ones_are_asked_for_one_by_one(connect, sandbox, wanted, clock):
    karrio = connect()
    numbers = []
    for place in range(206):
        [outcome] = ship(karrio, wanted(f"rec{place:03d}"))
        numbers.append(outcome.document["tracking_number"])
        clock.advance(1)
    asked = len(sandbox.requests)
    found = [tracker["tracking_number"] for tracker in karrio.track("trackers", numbers[:6])]
    assert sorted(found) == sorted(numbers[:6])
    assert len(sandbox.requests) - asked == 7


def test_a_number_that_its_carrier_does_not_know_stops_no_other(connect, sandbox):
    def remote(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(424, json={"messages": [{"code": "not_found", "message": "no such number"}]})
        return sandbox(request)

    assert list(connect(remote, tracking_carrier="ups").track("trackers", ["1Z1", "1Z2"])) == []
    found = list(connect(tracking_carrier="ups").track("trackers", ["1Z1", "1Z2"]))
    assert [(t["tracking_number"], t["carrier_name"]) for t in found] == [("1Z1", "ups"), ("1Z2", "ups")]


def test_a_window_is_read_by_creation_and_resumed(connect, sandbox, wanted, clock):
    karrio = connect()
    start = clock.now()
    for place in range(120):
        ship(karrio, wanted(f"rec{place}"))
        clock.advance(60)
    since, until = start + timedelta(minutes=5), start + timedelta(minutes=115)
    pages = list(karrio.read("shipments", Window(since, until)))
    assert [len(page.documents) for page in pages] == [100, 11], "both ends included: more than asked is harmless"
    assert [page.expected for page in pages] == [111, 111]
    assert pages[0].remote_time == clock.now()
    resumed = [
        d["id"] for page in karrio.read("shipments", Window(since, until, pages[0].resume)) for d in page.documents
    ]
    assert resumed == [document["id"] for document in pages[1].documents]


def test_too_many_requests_are_waited_out(connect, sandbox, wanted, clock):
    """T138"""
    karrio = connect()
    sandbox._per_minute = 2
    for _ in range(3):
        list(karrio.read("shipments", Window()))
    assert sum(clock.naps) >= 59


def test_a_longer_pause_is_handed_to_the_schedule(connect):
    karrio = connect(lambda request: httpx.Response(429, headers={"Retry-After": "600"}))
    with pytest.raises(RateLimitError) as caught:
        karrio.check()
    assert caught.value.retry_after == 600


def test_a_carriers_page_of_html_is_an_outage(connect):
    karrio = connect(lambda request: httpx.Response(502, html="<html>Bad gateway</html>"))
    with pytest.raises(UnavailableError, match="502: Bad gateway"):
        karrio.check()


def test_the_same_over_a_real_socket(connect, sandbox, wanted):
    with serve(sandbox) as url:
        karrio = connect(transport=httpx.HTTPTransport(), url=url)
        karrio.check()
        [outcome] = ship(karrio, wanted())
        sandbox.advance(outcome.document["tracking_number"], "delivered")
        assert [t["delivered"] for t in karrio.track("trackers", [outcome.document["tracking_number"]])] == [True]
