"""What is asked again, how often, and after what wait."""

from __future__ import annotations

import httpx
import pytest

from hub.errors import RateLimitError, RejectedError, UnavailableError

CUT = httpx.ReadError("connection reset")
OK = httpx.Response(200, json=[])


def busy(**headers: str) -> httpx.Response:
    return httpx.Response(503, headers=headers)


@pytest.mark.parametrize("first", [CUT, *(httpx.Response(status) for status in (429, 430, 502, 503, 504))])
def test_a_read_is_repeated_until_it_succeeds(dial, remote, first):
    shop = remote(first, OK)
    assert dial(shop).get("/orders").json() == []
    assert len(shop.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500])
def test_what_will_not_pass_is_asked_once(dial, remote, status):
    shop = remote(httpx.Response(status))
    with pytest.raises(Exception, match=str(status)):
        dial(shop).get("/orders")
    assert len(shop.requests) == 1


def test_attempts_end_with_the_typed_error_of_the_last_one(dial, remote, clock):
    shop = remote(CUT, busy())
    with pytest.raises(UnavailableError, match=r"shop\.test answered GET /orders with 503"):
        dial(shop).get("/orders")
    assert len(shop.requests) == 4
    assert clock.naps == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("first", [CUT, httpx.Response(429), busy()])
def test_a_create_is_never_repeated_by_itself(dial, remote, method, first):
    shop = remote(first, OK)
    with pytest.raises((UnavailableError, RateLimitError)):
        dial(shop).request(method, "/orders", json={})
    assert len(shop.requests) == 1


@pytest.mark.parametrize("options", [{"headers": {"Idempotency-Key": "k1"}}, {"extensions": {"hub.retry": True}}])
def test_a_create_with_a_key_or_a_word_is_repeated_with_the_same_bytes(dial, remote, options):
    shop = remote(CUT, busy(), OK)
    dial(shop).post("/orders", json={"total": "1.00"}, **options)
    assert {request.content for request in shop.requests} == {b'{"total":"1.00"}'}
    assert len(shop.requests) == 3


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("first", [httpx.ConnectError("refused"), httpx.Response(429), busy()])
def test_put_and_delete_are_repeated_where_they_were_not_done(dial, remote, method, first):
    shop = remote(first, OK)
    dial(shop).request(method, "/orders/1")
    assert len(shop.requests) == 2


def test_what_is_deleted_already_may_be_deleted_again(dial, remote):
    shop = remote(CUT, OK)
    dial(shop).delete("/orders/1")
    assert len(shop.requests) == 2


@pytest.mark.parametrize("lost", [CUT, httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut off")])
def test_a_change_whose_answer_was_lost_is_not_sent_again(dial, remote, lost):
    """Who changed the same field since would lose that: the engine reads the record first."""
    shop = remote(lost, OK)
    with pytest.raises(UnavailableError) as caught:
        dial(shop).put("/orders/1", json={})
    assert (len(shop.requests), caught.value.context["sent"]) == (1, "unknown")


def test_a_write_behind_a_failed_gateway_is_not_repeated(dial, remote):
    shop = remote(httpx.Response(502), OK)
    with pytest.raises(UnavailableError):
        dial(shop).put("/orders/1", json={})
    assert len(shop.requests) == 1


def test_a_body_that_can_be_read_once_is_sent_once(dial, remote):
    shop = remote(busy(), OK)
    with pytest.raises(UnavailableError):
        dial(shop).put("/files/1", content=iter([b"a"]))
    assert len(shop.requests) == 1


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "Tue, 18 Aug 2026 01:00:09 GMT"}, 9.0),
        ({"Retry-After": "Tue, 18 Aug 2026 04:00:05 GMT", "Date": "Tue, 18 Aug 2026 04:00:00 GMT"}, 5.0),
        ({"Retry-After": "Mon, 17 Aug 2026 01:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, 0.5),
    ],
)
def test_retry_after_is_honored_in_seconds_and_as_a_date(dial, remote, clock, headers, waited):
    """T138"""
    dial(remote(httpx.Response(429, headers=headers), OK)).get("/orders")
    assert clock.naps == [waited]


def test_a_long_retry_after_is_handed_to_the_schedule(dial, remote, clock):
    shop = remote(httpx.Response(429, headers={"Retry-After": "900"}), OK)
    client = dial(shop)
    with pytest.raises(RateLimitError) as caught:
        client.get("/orders")
    assert (caught.value.retry_after, clock.naps, len(shop.requests)) == (900.0, [], 1)
    with pytest.raises(RateLimitError, match="pause") as caught:
        client.get("/orders")
    assert caught.value.context["sent"] == "no"
    assert len(shop.requests) == 1, "the pause is kept without asking again"


def test_each_attempt_is_signed_anew_from_the_unsigned_request(dial, remote):
    nonces = iter("abc")

    def sign(request: httpx.Request) -> httpx.Request:
        assert "X-Nonce" not in request.headers
        headers = {**request.headers, "X-Nonce": next(nonces)}
        return httpx.Request(request.method, request.url, headers=headers, content=request.content)

    shop = remote(busy(), CUT, OK)
    dial(shop).get("/orders", extensions={"hub.sign": sign})
    assert [request.headers["X-Nonce"] for request in shop.requests] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        ([httpx.ConnectError("refused")], "no"),
        ([httpx.ConnectTimeout("slow")], "no"),
        ([CUT], "unknown"),
        ([httpx.ReadTimeout("slow")], "unknown"),
        ([CUT, httpx.ConnectError("refused")], "unknown"),
        ([httpx.ConnectError("refused"), CUT], "unknown"),
        ([httpx.ConnectError("refused"), busy()], "yes"),
        ([httpx.ConnectError("refused"), httpx.Response(422)], "no"),
        ([CUT, httpx.Response(422)], "unknown"),
    ],
)
def test_the_error_says_whether_any_attempt_may_have_arrived(dial, remote, answers, sent):
    with pytest.raises((UnavailableError, RejectedError)) as caught:
        dial(remote(*answers)).put("/orders/1", json={}, headers={"Idempotency-Key": "k1"})
    assert caught.value.context["sent"] == sent


def test_going_away_and_coming_back_are_logged_once_each(dial, remote, caplog):
    gone = [httpx.ConnectError("refused")] * 8
    client = dial(remote(*gone, OK), connection="acme-shop")
    for _ in range(2):
        with pytest.raises(UnavailableError):
            client.get("/orders")
    client.get("/orders")
    client.get("/orders")
    lines = [record.getMessage() for record in caplog.records if record.name == "hub.http"]
    assert len(lines) == 2
    assert lines[0].startswith("acme-shop is not available")
    assert lines[1].startswith("acme-shop is available again after")
