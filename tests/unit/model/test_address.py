"""Addresses keep what was written; countries and phones are read only where that is sure."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from hub.model import Address, Customer
from hub.model.address import e164
from hub.model.country import COUNTRIES


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("030 901820", "DE", "+4930901820"),
        ("+49 30 901820", None, "+4930901820"),
        ("+49 30 901820", "US", "+4930901820"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("021-62345678", "CN", "+862162345678"),
    ],
)
def test_a_phone_is_read_where_that_is_sure(phone: str, country: str | None, expected: str) -> None:
    assert e164(phone, country) == expected


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("030 901820", None),
        ("030 901820 ext. 12", "DE"),
        ("12", "DE"),
        ("call after six", "DE"),
        ("N/A", "US"),
        ("", "DE"),
        (None, "DE"),
        ("030 901820", "ZZ"),
    ],
)
def test_a_phone_that_is_not_sure_is_not_guessed(phone: str | None, country: str | None) -> None:
    """T073: without a country code, with an extension: not E.164."""
    assert e164(phone, country) is None


def test_the_phone_is_kept_as_it_was_written() -> None:
    """T073: the raw text stays in the record."""
    address = Address.model_validate_json(orjson.dumps({"phone": "030 901820 ext. 12", "country": "DE"}))
    assert address.phone == "030 901820 ext. 12"


def test_countries_are_the_249_of_iso_3166_and_kosovo() -> None:
    assert len(COUNTRIES) == 250
    assert {"DE", "NO", "XK", "GB"} <= COUNTRIES
    assert not {"UK", "EU", "EN", "ZZ", "AN", "SU"} & COUNTRIES


@pytest.mark.parametrize("country", ["Germany", "UK", "de", "", "N/A"])
def test_a_country_is_never_invented(country: str) -> None:
    """T072: what is no ISO code does not get into `country`; it is kept in `country_text`."""
    with pytest.raises(ValidationError, match="not an ISO 3166-1"):
        Address.model_validate_json(orjson.dumps({"country": country}))
    assert Address.model_validate_json(orjson.dumps({"country_text": country})).country is None


def test_an_address_may_have_four_lines_no_last_name_and_no_region() -> None:
    """T072: what people really write fits."""
    body = {
        "name": "山田 太郎",
        "company": "Acme",
        "line1": "PO Box 12",
        "line2": "Building 4",
        "line3": "Gate C",
        "city": "東京",
        "postcode": "N/A",
        "country": "JP",
    }
    address = Address.model_validate_json(orjson.dumps(body))
    assert address.model_dump(exclude_unset=True) == body


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"name": "Ana Pérez", "first_name": "A."}, "Ana Pérez"),
        ({"first_name": "Ana", "last_name": "Pérez"}, "Ana Pérez"),
        ({"first_name": "Ana"}, "Ana"),
        ({"company": "Acme GmbH"}, "Acme GmbH"),
        ({}, ""),
    ],
)
def test_the_name_on_the_label_is_the_best_that_is_known(parts: dict[str, str], expected: str) -> None:
    assert Address.model_validate_json(orjson.dumps(parts)).full_name == expected
    assert Customer.model_validate_json(orjson.dumps(parts)).full_name == expected
