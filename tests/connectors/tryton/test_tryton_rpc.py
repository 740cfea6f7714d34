"""The wire facts of Tryton's JSON-RPC: what is sent, byte by byte, and what its answers mean."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from connectors.erp.tryton.rpc import LONGEST_MESSAGE, Rpc
from hub.api import AuthError, BadResponseError, ConflictError, Limit, RejectedError, UnavailableError
from hub.http import open_client
from hub.testing.clock import ManualClock

URL = "https://erp.test/shop/rpc/"
Answer = Callable[[str, list[Any]], Any]


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock() as router:
        yield router


@pytest.fixture
def rpc() -> Iterator[Rpc]:
    limit = Limit(per_second=1000, burst=1000)
    with open_client(limit=limit, world=ManualClock().world(), base="https://erp.test") as client:
        yield Rpc(client, "shop", "ann", "s3cret")


def answers(wire: respx.MockRouter, answer: Answer) -> respx.Route:
    """Let the server answer logins and preferences, and everything else as the test says."""

    def reply(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        match body["method"]:
            case "common.db.login":
                result: Any = {"result": [7, "token", None]}
            case "model.res.user.get_preferences":
                result = {"result": {"company": 1, "language": "en"}}
            case method:
                result = answer(method, body["params"])
        return result if isinstance(result, httpx.Response) else httpx.Response(200, json={"id": body["id"], **result})

    return wire.post(URL).mock(side_effect=reply)


def sent(route: respx.Route) -> list[dict[str, Any]]:
    return [json.loads(call.request.content) for call in route.calls]


def test_a_session_is_opened_once_and_its_token_goes_with_every_call(wire: respx.MockRouter, rpc: Rpc) -> None:
    route = answers(wire, lambda method, params: {"result": []})
    rpc.call("model.party.party.search", [])
    rpc.call("model.party.party.search", [])
    methods = [body["method"] for body in sent(route)]
    assert methods == [
        "common.db.login",
        "model.res.user.get_preferences",
        "model.party.party.search",
        "model.party.party.search",
    ]
    assert sent(route)[0]["params"] == ["ann", {"password": "s3cret"}, "en"]
    assert "Authorization" not in route.calls[0].request.headers
    session = base64.b64encode(b"ann:7:token").decode()
    assert all(call.request.headers["Authorization"] == f"Session {session}" for call in list(route.calls)[1:])


def test_a_call_is_exactly_id_method_and_params_that_end_with_the_users_context(
    wire: respx.MockRouter, rpc: Rpc
) -> None:
    route = answers(wire, lambda method, params: {"result": []})
    rpc.call("model.product.product.read", [5], ["quantity"], locations=[3])
    body = sent(route)[-1]
    assert body.keys() == {"id", "method", "params"}
    assert body["params"] == [[5], ["quantity"], {"company": 1, "language": "en", "locations": [3]}]
    assert len({b["id"] for b in sent(route)}) == len(sent(route))


def test_gzip_is_always_accepted_because_long_answers_come_packed_anyway(wire: respx.MockRouter, rpc: Rpc) -> None:
    route = answers(wire, lambda method, params: {"result": []})
    rpc.call("model.party.party.search", [])
    assert {call.request.headers["Accept-Encoding"] for call in route.calls} == {"gzip"}
    assert {call.request.headers["Content-Type"] for call in route.calls} == {"application/json"}


def test_amounts_and_times_travel_as_tryton_writes_them(wire: respx.MockRouter, rpc: Rpc) -> None:
    route = answers(wire, lambda method, params: {"result": None})
    berlin = timezone(timedelta(hours=2))
    rpc.call(
        "model.x.write",
        Decimal("1E+2"),
        date(2026, 8, 18),
        datetime(2026, 8, 18, 3, 4, 5, 6, berlin),
        timedelta(minutes=1),
    )
    assert sent(route)[-1]["params"][:4] == [
        {"__class__": "Decimal", "decimal": "100"},
        {"__class__": "date", "year": 2026, "month": 8, "day": 18},
        {
            "__class__": "datetime",
            "year": 2026,
            "month": 8,
            "day": 18,
            "hour": 1,
            "minute": 4,
            "second": 5,
            "microsecond": 6,
        },
        {"__class__": "timedelta", "seconds": 60.0},
    ]


def test_an_answer_is_plain_json_with_times_in_utc(wire: respx.MockRouter, rpc: Rpc) -> None:
    moment = {"year": 2026, "month": 8, "day": 18, "hour": 1, "minute": 2, "second": 3, "microsecond": 0}
    given = {
        "price": {"__class__": "Decimal", "decimal": "19.9000"},
        "at": {"__class__": "datetime", **moment},
        "day": {"__class__": "date", "year": 2026, "month": 8, "day": 18},
        "label": {"__class__": "bytes", "base64": "AAE="},
        "delay": {"__class__": "timedelta", "seconds": 60.0},
        "nested": [{"id": 1}],
    }
    answers(wire, lambda method, params: {"result": given})
    assert rpc.call("model.x.read", [1]) == {
        "price": "19.9000",
        "at": "2026-08-18T01:02:03Z",
        "day": "2026-08-18",
        "label": "AAE=",
        "delay": 60.0,
        "nested": [{"id": 1}],
    }


def test_an_error_in_a_200_is_a_refusal_with_the_servers_words(wire: respx.MockRouter, rpc: Rpc) -> None:
    answers(wire, lambda method, params: {"error": ["UserError", ["The code must be unique.", "Use another", None]]})
    with pytest.raises(RejectedError, match=r"The code must be unique\. - Use another") as caught:
        rpc.call("model.party.party.create", [{}])
    assert caught.value.code == "UserError"


def test_a_message_of_fifty_kilobytes_is_cut(wire: respx.MockRouter, rpc: Rpc) -> None:
    answers(wire, lambda method, params: {"error": ["UserError", ["x" * 50_000, "", None]]})
    with pytest.raises(RejectedError) as caught:
        rpc.call("model.party.party.create", [{}])
    assert len(caught.value.message) < LONGEST_MESSAGE + 50
    assert "50000 characters" in caught.value.message


def test_an_exception_inside_the_server_is_told_without_its_traceback(wire: respx.MockRouter, rpc: Rpc) -> None:
    answers(wire, lambda method, params: {"error": ["'nofield'", "Traceback (most recent call last): secret stuff"]})
    with pytest.raises(RejectedError, match="'nofield'") as caught:
        rpc.call("model.party.party.read", [1])
    assert "secret stuff" not in f"{caught.value.message}{caught.value.context}{caught.value.hint}"


def test_a_record_that_changed_meanwhile_is_a_conflict(wire: respx.MockRouter, rpc: Rpc) -> None:
    answers(wire, lambda method, params: {"error": ["ConcurrencyException", "Records were modified in the meanwhile"]})
    with pytest.raises(ConflictError):
        rpc.call("model.party.party.write", [1], {})


def test_a_warning_is_acknowledged_and_the_call_repeated(wire: respx.MockRouter, rpc: Rpc) -> None:
    acknowledged: list[Any] = []

    def answer(method: str, params: list[Any]) -> dict[str, Any]:
        if method == "model.res.user.warning.create":
            acknowledged.extend(params[0])
            return {"result": [1]}
        return {"result": "done"} if acknowledged else {"error": ["UserWarning", ["no_carrier.1", "No carrier", ""]]}

    answers(wire, answer)
    assert rpc.call("model.stock.shipment.out.pack", [1]) == "done"
    assert acknowledged == [{"user": 7, "name": "no_carrier.1", "always": False}]


def test_warnings_without_end_are_a_refusal(wire: respx.MockRouter, rpc: Rpc) -> None:
    def answer(method: str, params: list[Any]) -> dict[str, Any]:
        asked = method != "model.res.user.warning.create"
        return {"error": ["UserWarning", ["again", "Sure?", ""]]} if asked else {"result": [1]}

    answers(wire, answer)
    with pytest.raises(RejectedError, match="more than 20 warnings"):
        rpc.call("model.stock.shipment.out.pack", [1])


def test_an_ended_session_is_opened_again(wire: respx.MockRouter, rpc: Rpc) -> None:
    states = iter([httpx.Response(401), {"result": "here"}])
    route = answers(wire, lambda method, params: next(states))
    assert rpc.call("model.party.party.search", []) == "here"
    assert [body["method"] for body in sent(route)].count("common.db.login") == 2


UNAUTHORIZED = """<!doctype html>
<html lang=en>
<title>401 Unauthorized</title>
<h1>Unauthorized</h1>
<p>The server could not verify that you are authorized to access the URL requested. You either supplied the wrong
credentials (e.g. a bad password), or your browser doesn&#39;t understand how to supply the credentials required.</p>
"""
"""The page that Tryton answers a login with that it refuses."""


def test_a_wrong_password_is_an_auth_error_and_asked_only_once(wire: respx.MockRouter, rpc: Rpc) -> None:
    """One sentence and the next step, instead of the web page that the server answers with."""
    route = wire.post(URL).mock(return_value=httpx.Response(401, html=UNAUTHORIZED))
    with pytest.raises(AuthError) as caught:
        rpc.call("model.party.party.search", [])
    assert caught.value.message == "Tryton refuses the user or the password"
    assert "`hub connect test`" in caught.value.hint
    assert caught.value.context["status"] == "401"
    assert route.call_count == 1


def test_a_method_that_nobody_may_call_does_not_open_a_session_again(wire: respx.MockRouter, rpc: Rpc) -> None:
    route = answers(wire, lambda method, params: httpx.Response(403))
    with pytest.raises(AuthError):
        rpc.call("model.party.party.nope", [])
    assert [body["method"] for body in sent(route)].count("common.db.login") == 1


def test_a_web_page_is_not_an_answer(wire: respx.MockRouter, rpc: Rpc) -> None:
    answers(wire, lambda method, params: httpx.Response(200, text="<html>Please sign in</html>"))
    with pytest.raises(BadResponseError):
        rpc.call("model.party.party.search", [])


@pytest.mark.parametrize(("method", "times"), [("model.sale.sale.search_read", 4), ("model.sale.sale.create", 1)])
def test_only_reading_is_repeated_after_a_lost_answer(
    wire: respx.MockRouter, rpc: Rpc, method: str, times: int
) -> None:
    """T018: whether a create arrived is found out by looking, not by sending it again."""
    route = answers(wire, lambda asked, params: httpx.Response(503))
    with pytest.raises(UnavailableError):
        rpc.call(method, [])
    assert [body["method"] for body in sent(route)].count(method) == times


def test_the_version_needs_no_session(wire: respx.MockRouter, rpc: Rpc) -> None:
    route = wire.post("https://erp.test/rpc/").mock(return_value=httpx.Response(200, json={"id": 1, "result": "8.2"}))
    assert rpc.version() == "8.2"
    assert json.loads(route.calls[0].request.content)["method"] == "common.server.version"


def test_the_servers_clock_is_read_from_its_answers(wire: respx.MockRouter, rpc: Rpc) -> None:
    date_header = {"Date": "Tue, 18 Aug 2026 01:02:03 GMT"}
    wire.post("https://erp.test/rpc/").mock(
        return_value=httpx.Response(200, json={"id": 1, "result": "8.2"}, headers=date_header)
    )
    rpc.version()
    assert rpc.remote_time == datetime(2026, 8, 18, 1, 2, 3, tzinfo=UTC)
