"""What a log line shows, and what it must not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from hub.log import JsonFormatter, Redactor, configure, redact


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    chatty = ("httpx", "httpcore", "apscheduler", "uvicorn")
    before = root.level, {name: logging.getLogger(name).level for name in chatty}
    yield io.StringIO()
    for handler in [h for h in root.handlers if h.get_name() == "hub"]:
        root.removeHandler(handler)
    root.setLevel(before[0])
    for name, level in before[1].items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("GET /orders?consumer_key=ck_123456&consumer_secret=cs_123&page=2", ["ck_123456", "cs_123"]),
        ("?oauth_signature=a%2Bb%3D&oauth_nonce=77aa", ["a%2Bb", "77aa"]),
        ("access_token=abc&password=hunter2", ["abc", "hunter2"]),
        ('{"client_secret": "s p a c e", "grant": "x"}', ["s p a c e"]),
        ("Authorization: Basic dXNlcjpwYXNz", ["dXNlcjpwYXNz"]),
        ("headers=[(b'Authorization', b'Token key_abc123')]", ["key_abc123"]),
        ("{'authorization': 'Bearer eyJhbGciOi.x.y'}", ["eyJhbGciOi"]),
        ("sent Token key_0123456789ab to it", ["key_0123456789ab"]),
        ("X-Shopify-Access-Token: shpat_1", ["shpat_1"]),
        ("Set-Cookie: session=42; Path=/", ["42"]),
        ("https://ann:secret@shop.test/x", ["ann", "secret"]),
        ("buyer ann.o-hara+x@mail.example.co.uk wrote", ["ann", "mail.example"]),
        ("?search=ann%40example.com&page=1", ["ann", "example.com"]),
        ("call +49 (30) 1234-567 now", ["1234", "567"]),
        ("call (555) 010-1234 or 555-010-1234", ["010"]),
        ('{"billing_phone": "030 / 12 34 56"}', ["12 34", "030"]),
        ("email='o\u2019hara@ex.test'", ["hara"]),
    ],
)
def test_secrets_and_personal_data_are_masked(text, gone):
    masked = redact(text)
    assert not [part for part in gone if part in masked]
    assert "***" in masked


@pytest.mark.parametrize(
    "text",
    [
        "order 1234567890 of 2026-08-18T01:23:56+0000 total 1299.00 EUR",
        "read 120 = written 117 + unchanged 0 + skipped 2 + parked 1",
        "127.0.0.1:8080 answered GET /wp-json/wc/v3/orders/17 with 503",
        "tracking number 1Z999AA10123456784",
        "123-4567890-1234567",
        "monkey=banana",
    ],
)
def test_what_an_operator_needs_stays(text):
    assert redact(text) == text


def test_known_secrets_are_masked_as_they_are_quoted_and_in_base64():
    mask = Redactor(["p@ss/word"])
    assert mask("p@ss/word p%40ss%2Fword cEBzcy93b3Jk") == "*** *** ***"


def test_the_longest_known_secret_goes_first_and_tiny_ones_are_left():
    mask = Redactor(["a", ""])
    mask.learn(["abcd", "abcdef"])
    assert mask("abcdef abcd a") == "*** *** a"


def test_a_line_has_time_level_logger_message_and_values(stream):
    configure("info", stream=stream)
    logging.getLogger("hub.sync").info("page stored", extra={"connection": "acme", "count": 100, "why": "two words"})
    time, rest = stream.getvalue().strip().split(" ", 1)
    assert time.endswith("Z")
    assert rest == 'info hub.sync page stored connection=acme count=100 why="two words"'


def test_a_json_line_is_one_object(stream):
    configure("INFO", json=True, stream=stream)
    logging.getLogger("hub.sync").warning("slow\nremote", extra={"connection": "acme", "token": "t1"})
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "hub.sync",
        "message": "slow\nremote",
        "connection": "acme",
        "token": "***",
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_exceptions_and_arguments_are_masked(stream, as_json):
    configure("DEBUG", json=as_json, stream=stream)
    try:
        raise ValueError("no user ann@example.com")
    except ValueError:
        logging.getLogger("hub").exception("asked with %s", "password=hunter2", extra={"buyer": "ann@example.com"})
    text = stream.getvalue()
    assert "ValueError" in text
    assert not [part for part in ("ann@", "hunter2") if part in text]


def test_a_remotes_words_cannot_forge_a_line(stream):
    configure(stream=stream)
    logging.getLogger("hub").warning("said %s", "x\n2026-01-01 info all is well")
    assert len(stream.getvalue().splitlines()) == 1


def test_configuring_again_replaces(stream):
    configure(stream=io.StringIO())
    configure("WARNING", stream=stream)
    logging.getLogger("hub").info("quiet")
    logging.getLogger("hub").warning("loud")
    assert stream.getvalue().count("\n") == 1


def test_what_libraries_tell_of_their_own_work_is_not_shown(stream):
    configure("INFO", stream=stream)
    logging.getLogger("httpx").info("HTTP Request: GET https://shop.test/?consumer_key=ck")
    logging.getLogger("uvicorn.error").info("Started server process [7]", extra={"color_message": "\x1b[36m"})
    assert stream.getvalue() == ""


def test_a_formatter_alone_masks_too():
    record = logging.LogRecord("x", logging.INFO, "", 0, "token=%s", ("abc",), None)
    assert "abc" not in JsonFormatter().format(record)
