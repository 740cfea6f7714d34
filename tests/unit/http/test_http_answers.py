"""The status code becomes the error that says what happens next."""

from __future__ import annotations

import gzip

import httpx
import pytest

from hub.errors import (
    AuthError,
    BadResponseError,
    ConflictError,
    RateLimitError,
    RejectedError,
    UnavailableError,
)
from hub.http import read_json


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, AuthError),
        (403, AuthError),
        (404, RejectedError),
        (408, UnavailableError),
        (409, ConflictError),
        (410, RejectedError),
        (413, RejectedError),
        (422, RejectedError),
        (425, UnavailableError),
        (429, RateLimitError),
        (430, RateLimitError),
        (500, UnavailableError),
        (501, UnavailableError),
        (503, UnavailableError),
        (599, UnavailableError),
    ],
)
def test_each_status_has_its_error(dial, remote, status, kind):
    with pytest.raises(kind) as caught:
        dial(remote(httpx.Response(status)), connection="acme").post("/orders", json={})
    assert type(caught.value) is kind
    assert caught.value.hint
    assert caught.value.context["status"] == str(status)
    assert caught.value.context["connection"] == "acme"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            {"code": "rest_invalid_param", "message": "Invalid parameter(s): page"},
            "rest_invalid_param",
            "Invalid param",
        ),
        ({"errors": [{"code": "validation", "message": "weight is missing"}]}, "validation", "weight is missing"),
        ({"messages": [{"carrier_id": "x", "code": "SHIPPER", "message": "no zone"}]}, "SHIPPER", "no zone"),
        ({"errors": [{"code": "validation", "details": {"parcels": ["empty"]}}]}, "validation", "see parcels"),
        ({"error": "invalid_grant", "error_description": "expired"}, "invalid_grant", "expired"),
        ([{"code": "first", "message": "one"}, {"code": "second"}], "first", "one"),
        ({"data": 500, "code": 17, "message": {"deep": "structure"}}, "", ""),
        ({"errors": "Not Found"}, "", ""),
        ([], "", ""),
    ],
)
def test_a_refusal_carries_the_remotes_own_code_and_words(dial, remote, body, code, words):
    with pytest.raises(RejectedError) as caught:
        dial(remote(httpx.Response(422, json=body))).post("/orders", json={})
    assert caught.value.code == code
    assert words in caught.value.message


def test_a_refusal_shows_no_personal_data(dial, remote):
    body = {
        "code": "exists",
        "message": "ann@example.com (+49 30 1234567) is registered",
        "billing": {"last_name": "Ono"},
    }
    with pytest.raises(RejectedError) as caught:
        dial(remote(httpx.Response(400, json=body))).post("/customers", json={})
    shown = repr((caught.value.message, caught.value.context, caught.value.hint))
    assert not [secret for secret in ("ann@", "1234567", "Ono") if secret in shown]
    assert "is registered" in shown


def test_secrets_are_masked_in_errors(dial, remote):
    body = {"code": "no", "message": "the key ck_very_secret_1 has no rights"}
    with pytest.raises(AuthError) as caught:
        dial(remote(httpx.Response(401, json=body)), secrets=["ck_very_secret_1"]).get("/orders")
    assert "ck_very_secret_1" not in caught.value.message
    assert "has no rights" in caught.value.message


PAGE = b"<!DOCTYPE html>\n<html><head><style>b{}</style><title>Maintenance</title></head><body>Back soon</body></html>"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PAGE, "a web page (text/html) instead of JSON"),
        (b"<br />\n<b>Notice</b>: Undefined index {}", "a web page"),
        (b'[{"id": 1, "name": "Ann', "JSON that breaks off after 23 bytes"),
        (b'[{"id": 1}', "JSON that breaks off"),
        (b"", "with nothing"),
        (b"  \n", "with nothing"),
        (b'{"a": 1} trailing', "something that is not JSON"),
        (b"\xff\xfe\x00", "something that is not JSON"),
    ],
)
def test_what_is_not_json_is_named(dial, remote, content, said):
    response = dial(remote(httpx.Response(200, content=content, headers={"Content-Type": "text/html; charset=x"}))).get(
        "/o"
    )
    with pytest.raises(BadResponseError) as caught:
        read_json(response)
    assert said in caught.value.message
    assert "shop.test answered GET /o" in caught.value.message
    assert caught.value.hint
    assert "Ann" not in caught.value.message


@pytest.mark.parametrize(
    ("title", "heading", "shown"),
    [
        ("401 Unauthorized", "Unauthorized", "Unauthorized The server"),
        ("502 Bad Gateway", "502 Bad Gateway", "502 Bad Gateway The server"),
        ("Maintenance", "Back soon", "Maintenance Back soon The server"),
        ("Maintenance", "", "Maintenance The server"),
    ],
)
def test_what_a_page_says_twice_is_shown_once_and_cut_at_a_word(dial, remote, title, heading, shown):
    words = "could not verify that you are authorized to access the URL requested"
    page = f"<!doctype html>\n<title>{title}</title>\n<h1>{heading}</h1>\n<p>The server {words}.</p>"
    with pytest.raises(AuthError) as caught:
        dial(remote(httpx.Response(401, html=page))).get("/o")
    said = caught.value.message.partition("with 401: ")[2]
    assert said.startswith(shown)
    assert len(said) <= 81
    assert said.endswith("…")
    assert f" {said[:-1]} " in f" {shown} {words} "


def test_a_page_that_is_one_long_word_is_cut_within_it(dial, remote):
    with pytest.raises(AuthError, match=r"with 401: x{79}…$"):
        dial(remote(httpx.Response(401, html=f"<p>{'x' * 200}"))).get("/o")


def test_the_words_of_a_page_are_shown_without_its_markup(dial, remote):
    response = dial(remote(httpx.Response(200, content=PAGE))).get("/o")
    with pytest.raises(BadResponseError, match='"Maintenance Back soon"'):
        read_json(response)


def test_json_is_read_also_behind_a_byte_order_mark(dial, remote):
    assert read_json(dial(remote(httpx.Response(200, content=b'\xef\xbb\xbf{"a": null}'))).get("/")) == {"a": None}


def test_a_body_without_end_is_refused(dial, remote):
    def endless():
        while True:
            yield b"x" * 1024

    with pytest.raises(BadResponseError, match="more than 1 MB"):
        dial(remote(httpx.Response(200, content=endless())), largest=1024**2).get("/orders")


def test_a_small_body_that_inflates_is_refused(dial, remote):
    bomb = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(b"0" * 3 * 1024**2))
    )
    with pytest.raises(BadResponseError, match="more than 2 MB"):
        dial(remote(bomb), largest=2 * 1024**2).get("/orders")


def test_a_compressed_body_is_read(dial, remote):
    stream = httpx.ByteStream(gzip.compress(b'{"a": 1}'))
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip", "Date": "x", "X-Total": "1"}, stream=stream)
    response = dial(remote(answer)).get("/orders")
    assert (read_json(response), response.headers["X-Total"]) == ({"a": 1}, "1")


def test_a_body_that_is_not_compressed_as_it_says_is_named(dial, remote):
    broken = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))
    with pytest.raises(BadResponseError, match="cannot be decompressed"):
        dial(remote(broken)).get("/orders")


def test_a_response_reads_its_own_json_with_the_same_care(dial, remote):
    client = dial(remote(httpx.Response(200, json={"a": [1.5]}), httpx.Response(200, html="<p>no</p>")))
    assert client.get("/").json() == {"a": [1.5]}
    with pytest.raises(BadResponseError, match="a web page"):
        client.get("/").json()
