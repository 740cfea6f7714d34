from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connector import Codec
from hub.errors import InvalidRecordError, PluginError
from hub.mapping.amount import AMOUNTS, amount_as_it_is
from hub.mapping.codecs import BUILT_IN, make_codecs

CODECS = make_codecs()


def decode(name: str, value: Any) -> Any:
    found = CODECS[name].decode
    assert found is not None
    return found(value, {})


def encode(name: str, value: Any) -> Any:
    found = CODECS[name].encode
    assert found is not None
    return found(value, {}, None)


@pytest.mark.parametrize(
    ("codec", "theirs", "ours"),
    [
        ("html", "Knit &amp; Purl", "Knit & Purl"),
        ("html", "&lt;b&gt; &#8211; &amp;amp;", "<b> – &amp;"),
        ("text", 7, "7"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("lower", "Ada@Example.TEST", "ada@example.test"),
        ("strip", "  x ", "x"),
        ("strip", "   ", None),
        ("phone", " +49 30 1 ", "+49 30 1"),
        ("decimal", "1.50", "1.5"),
        ("decimal", "-0.00", "0"),
        ("decimal", "1E+3", "1000"),
        ("decimal", 24.99, "24.99"),
        ("decimal", 9.9500000000000011, "9.95"),
        ("decimal", 1e-7, "0.0000001"),
        ("decimal", 10**30, "1" + "0" * 30),
        ("decimal", "", None),
        ("decimal", " 7 ", "7"),
        ("decimal", "0.10", "0.1"),
        ("number", 3, "3"),
        ("integer", "12", 12),
        ("integer", 3.0, 3),
        ("integer", "", None),
        ("boolean", "yes", True),
        ("boolean", "0", False),
        ("boolean", 1, True),
        ("boolean", False, False),
        ("boolean", "", None),
        ("id", 0, None),
        ("id", "0", None),
        ("id", "", None),
        ("id", 5, "5"),
        ("id", "gid://shopify/Order/5", "5"),
        ("id", "gid://shopify/Order/5?key=1", "5"),
        ("id", 2**63 + 1, str(2**63 + 1)),
        ("id", "a-b", "a-b"),
        ("id", 12.0, "12"),
        ("utc", "2026-08-18T01:23:56", "2026-08-18T01:23:56Z"),
        ("utc", "2026-08-18 01:23:56", "2026-08-18T01:23:56Z"),
        ("utc", "2026-08-18T01:23:56Z", "2026-08-18T01:23:56Z"),
        ("utc", "2026-08-18T03:23:56+02:00", "2026-08-18T01:23:56Z"),
        ("utc", "2026-08-18T01:23:56.000Z", "2026-08-18T01:23:56Z"),
        ("utc", "2026-08-18T01:23:56.25Z", "2026-08-18T01:23:56.250000Z"),
        ("utc", "", None),
        ("date", "2026-08-18", "2026-08-18"),
        ("date", "2026-08-18T23:00:00", "2026-08-18"),
        ("date", "", None),
        ("country", "NO", "NO"),
        ("country", " de ", "DE"),
        ("country", "UK", "GB"),
        ("country", "Germany", None),
        ("country", "", None),
        ("country_text", "Germany", "Germany"),
        ("country_text", "DE", None),
        ("country_text", "", None),
        ("list_of_text", ["a", 1, None], ["a", "1"]),
        ("comma_list", "a, b ,,c", ["a", "b", "c"]),
        ("comma_list", "", []),
        ("negate", "-24.90", "24.90"),
        ("negate", "0.00", "0.00"),
        ("negate", "", None),
        ("json", {"b": [1, None], "a": "ü"}, '{"a":"ü","b":[1,null]}'),
    ],
)
def test_decodes(codec: str, theirs: object, ours: object) -> None:
    """T009 (ids above 2^53, gid and number), T072 and T073 (countries and phones only where sure)."""
    assert decode(codec, theirs) == ours
    assert type(decode(codec, theirs)) is type(ours)


@pytest.mark.parametrize(
    ("codec", "theirs"),
    [
        ("decimal", "24,99"),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("decimal", "1e999999999"),
        ("decimal", True),
        ("decimal", [0, [1], 0]),
        ("amount", "free"),
        ("negate", "x"),
        ("integer", "1.5"),
        ("integer", float(2**53 + 2)),
        ("boolean", "maybe"),
        ("boolean", 2),
        ("id", 1.5),
        ("id", True),
        ("id", {}),
        ("utc", "yesterday"),
        ("utc", "2026-13-01T00:00:00"),
        ("utc", "2026-08-18"),
        ("utc", 1787016236),
        ("date", "18.08.2026"),
        ("date", 5),
        ("text", []),
        ("html", 5),
        ("lower", None),
        ("country", 5),
        ("list_of_text", "a"),
        ("comma_list", ["a"]),
    ],
)
def test_refuses_what_it_cannot_read(codec: str, theirs: object) -> None:
    with pytest.raises(InvalidRecordError):
        decode(codec, theirs)


@pytest.mark.parametrize(
    ("currency", "theirs", "ours"),
    [
        ("EUR", "24.99", "24.99"),
        ("EUR", "24.9", "24.90"),
        ("EUR", 5, "5.00"),
        ("EUR", "24.9900", "24.99"),
        ("EUR", "24.9950", "24.995"),
        ("EUR", "-0.00", "0.00"),
        ("EUR", "-4.10", "-4.10"),
        ("EUR", "007.00", "7.00"),
        ("EUR", "", None),
        ("JPY", "1200.00", "1200"),
        ("JPY", "12.50", "12.5"),
        ("KWD", "1.5", "1.500"),
        ("BTC", "0.1", "0.10000000"),
        ("BTC", 1e-8, "0.00000001"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, theirs: object, ours: str | None) -> None:
    """T061: JPY has none, KWD three, bitcoin eight; what is finer is kept."""
    assert AMOUNTS[currency](theirs) == ours


def test_an_amount_of_an_unknown_currency_stays_as_it_is() -> None:
    assert [amount_as_it_is(v) for v in ("1200.00", 5, "-0.0", "")] == ["1200.00", "5", "0.0", None]


ROUND_TRIPS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(),
    "html": st.text(),
    "lower": st.text().map(str.lower).map(str.lower),
    "strip": st.text().map(str.strip).filter(bool),
    "phone": st.text().map(str.strip).filter(bool),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=4).map(lambda d: decode("decimal", str(d))),
    "number": st.integers(-(10**12), 10**12).map(lambda i: decode("decimal", str(Decimal(i).scaleb(-3)))),
    "amount": st.decimals(-(10**9), 10**9, places=2).map(str).filter(lambda t: t != "-0.00"),
    "negate": st.decimals(-(10**9), 10**9, places=2).map(str).filter(lambda t: t != "-0.00"),
    "integer": st.integers(),
    "boolean": st.booleans(),
    "id": st.text(min_size=1).filter(lambda t: t != "0" and not t.startswith("gid://")),
    "id_number": st.integers(1).map(str),
    "utc": st.datetimes().map(lambda d: d.isoformat() + "Z"),
    "utc_bare": st.datetimes().map(lambda d: d.isoformat() + "Z"),
    "date": st.dates().map(str),
    "country": st.sampled_from(["DE", "NO", "VN"]),
    "list_of_text": st.lists(st.text()),
    "comma_list": st.lists(st.text().map(str.strip).filter(lambda t: t and "," not in t)),
    "json": st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    ).map(lambda v: decode("json", v)),
}


@pytest.mark.parametrize("name", sorted(ROUND_TRIPS))
def test_every_codec_gives_back_what_it_wrote(name: str) -> None:
    @given(ROUND_TRIPS[name])
    def holds(ours: Any) -> None:
        assert decode(name, encode(name, ours)) == ours

    holds()


def test_every_two_way_codec_has_a_round_trip() -> None:
    assert {codec.name for codec in BUILT_IN if codec.encode} == set(ROUND_TRIPS)


@pytest.mark.parametrize(
    ("codec", "ours", "theirs"),
    [
        ("number", "3", 3),
        ("number", "1.5", 1.5),
        ("id_number", "5", 5),
        ("utc_bare", "2026-08-18T01:23:56Z", "2026-08-18T01:23:56"),
        ("html", 'a & "b" <c>', 'a &amp; "b" &lt;c&gt;'),
        ("comma_list", ["a", "b"], "a, b"),
    ],
)
def test_encodes(codec: str, ours: object, theirs: object) -> None:
    assert encode(codec, ours) == theirs
    assert type(encode(codec, ours)) is type(theirs)


@pytest.mark.parametrize(
    ("codec", "ours"), [("number", "0.1234567890123456789"), ("id_number", "abc"), ("comma_list", ["a,b"])]
)
def test_refuses_to_write_what_would_not_come_back(codec: str, ours: object) -> None:
    with pytest.raises(InvalidRecordError):
        encode(codec, ours)


def test_a_connector_brings_codecs_of_its_own() -> None:
    assert "shout" in make_codecs([Codec("shout", lambda value, tables: value.upper())])


def test_a_name_cannot_mean_two_codecs() -> None:
    with pytest.raises(PluginError, match="'utc'"):
        make_codecs([Codec("utc", lambda value, tables: value)])
