"""A notice in every language and status says what it must, and nothing strange."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from hub.connector import Message
from hub.errors import ConfigError
from hub.model import Money, Order, Shipment, ShipmentStatus
from hub.notify.render import MOST_LINES, render
from hub.notify.sentence import read_catalog, shipped_catalog
from hub.notify.status import LOOKS
from hub.notify.view import NoticeLine, NoticeView, Parcel, notice_view

LANGUAGES = ("en", "zh", "ru", "de", "es", "fr")
MakeOrder = Callable[..., Order]
MakeShipment = Callable[..., Shipment]


@pytest.fixture
def view(make_order: MakeOrder, make_shipment: MakeShipment) -> NoticeView:
    shipment = make_shipment(estimated_at="2026-08-20T00:00:00Z")
    return view_of(make_order(), shipment)


def view_of(order: Order, shipment: Shipment, status: ShipmentStatus = ShipmentStatus.IN_TRANSIT) -> NoticeView:
    return notice_view(
        order,
        shipment,
        key="s1/in_transit",
        status=status,
        recipient="ana@buyer.example",
        sender="Acme <shop@acme.example>",
        merchant="Acme & Söhne",
    )


def say(view: NoticeView, language: str | None = "en", *, languages: tuple[str, ...] = LANGUAGES) -> Message:
    return render(view, language, languages=languages)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", list(LOOKS))
def test_every_status_is_told_in_every_language(view: NoticeView, language: str, status: ShipmentStatus) -> None:
    message = say(replace(view, status=status), language)
    assert message.language == language
    assert "1042" in message.subject
    assert "Acme & Söhne" in message.subject
    for part in (message.text, message.html):
        assert "JD0001" in part
        assert "https://track.example/JD0001" in part
        assert "DHL" in part
        assert "2 × Kettle" in part
        assert "Ana Ruiz" in part
        assert not re.search(r"[{}]|\bNone\b|undefined", part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_exactly_the_sentences_of_english(language: str) -> None:
    catalog = shipped_catalog()
    assert set(catalog) == set(LANGUAGES)
    assert set(catalog[language].templates) == set(catalog["en"].templates)


@pytest.mark.parametrize(
    ("language", "day", "total"),
    [
        ("en", "Thursday, August 20, 2026", "€1,284.50"),
        ("en-GB", "Thursday, 20 August 2026", "€1,284.50"),
        ("de", "Donnerstag, 20. August 2026", "1.284,50\xa0€"),
        ("de_AT", "Donnerstag, 20. August 2026", "€\xa01.284,50"),
        ("fr", "jeudi 20 août 2026", "1\u202f284,50\xa0€"),
        ("es", "jueves, 20 de agosto de 2026", "1.284,50\xa0€"),
        ("ru", "четверг, 20 августа 2026\u202fг.", "1\xa0284,50\xa0€"),
        ("zh", "2026年8月20日星期四", "€1,284.50"),
        ("zh-Hant-TW", "2026年8月20日星期四", "€1,284.50"),
    ],
)
def test_dates_and_amounts_are_written_as_the_language_does(
    view: NoticeView, language: str, day: str, total: str
) -> None:
    text = say(view, language).text
    assert day in text
    assert total in text


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234", "JPY", "¥1,234"),
        ("12.345", "KWD", "KWD12.345"),
        ("0.00012", "BTC", "BTC0.00012000"),
        ("12.5", "ALL", "ALL12.50"),  # CLDR would show 13
        ("-5", "USD", "-$5.00"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(view: NoticeView, amount: str, currency: str, shown: str) -> None:
    """T061"""
    assert f"Order total: {shown}\n" in say(replace(view, total=Money(Decimal(amount), currency))).text


def test_the_buyer_sees_the_total_in_the_currency_that_was_paid(
    make_order: MakeOrder, make_shipment: MakeShipment
) -> None:
    """T060"""
    order = make_order(presentment={"currency": "GBP", "total": "1099"})
    assert "£1,099.00" in say(view_of(order, make_shipment())).text


@pytest.mark.parametrize(
    ("wanted", "languages", "spoken"),
    [
        ("fr", ("de", "fr"), "fr"),
        ("FR_ca", ("de", "fr"), "fr"),
        ("pt", ("de", "en"), "de"),
        (None, ("de", "en"), "de"),
        ("", ("es",), "es"),
        ("en", ("de",), "de"),
        ("not a tag", ("ru",), "ru"),
        ("xx", ("yy",), "en"),
        ("de", ("de-AT", "en"), "de"),
    ],
)
def test_a_language_that_is_not_offered_falls_back(
    view: NoticeView, wanted: str | None, languages: tuple[str, ...], spoken: str
) -> None:
    """T097"""
    assert say(view, wanted, languages=languages).language == spoken


def test_a_language_that_lacks_a_sentence_or_a_value_is_passed_over_as_a_whole(
    view: NoticeView, tmp_path: Path
) -> None:
    """T097"""
    (tmp_path / "nl.toml").write_text('[in_transit]\nsubject = "Bestelling {{ order }}"\n')
    (tmp_path / "de.toml").write_text('[in_transit]\nsubject = "Bestellung {{ ordr }}"\n')
    catalog = read_catalog([files("hub.notify") / "sentences", tmp_path])
    for language in ("nl", "de"):
        assert render(view, language, languages=("nl", "de"), catalog=catalog).language == "en"


def test_a_sentence_of_a_later_folder_replaces_the_shipped_one(view: NoticeView, tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[in_transit]\nsubject = "Off it goes: {{ order }}"\n')
    catalog = read_catalog([files("hub.notify") / "sentences", tmp_path])
    assert render(view, "en", catalog=catalog).subject == "Off it goes: 1042"


@pytest.mark.parametrize("text", ["greeting = 'x'", "[in_transit]\nsubject = 5", "[x", '[a]\nb = "{{ order"'])
def test_a_broken_file_of_sentences_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "de.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"de\.toml"):
        read_catalog([tmp_path])


def test_a_language_nobody_has_is_a_mistake_in_the_set_up(view: NoticeView) -> None:
    with pytest.raises(ConfigError, match="no language has every sentence"):
        render(view, "en", catalog={})


@pytest.mark.parametrize(
    "address",
    [
        None,
        {},
        {"first_name": " ", "last_name": ""},
        {"name": "N/A"},
        {"name": "-"},
        {"name": "null"},
        {"name": "Win a prize at https://spam.example"},
        {"name": "cheap-pills.com"},
        {"name": "x" * 61},
    ],
)
def test_a_name_that_is_none_is_not_shown(
    make_order: MakeOrder, make_shipment: MakeShipment, address: dict[str, str] | None
) -> None:
    """T097"""
    order = make_order(billing_address=address)
    assert say(view_of(order, make_shipment())).text.startswith("Hello,\n")


@pytest.mark.parametrize(
    ("address", "greeting"),
    [
        ({"first_name": "Ana"}, "Hello Ana,"),
        ({"company": "Dr. Müller GmbH"}, "Hello Dr. Müller GmbH,"),
        ({"first_name": "小明", "last_name": "王"}, "Hello 王小明,"),
        ({"first_name": "J.R.", "last_name": "O'Neil-Smith"}, "Hello J.R. O'Neil-Smith,"),
        ({"first_name": "يوسف", "last_name": "حداد"}, "Hello \u2068يوسف حداد\u2069,"),
        ({"name": "A\r\nB\u202ec"}, "Hello A Bc,"),
        ({"name": "{{ 7 * 7 }} Bob"}, "Hello {{ 7 * 7 }} Bob,"),
    ],
)
def test_names_of_all_peoples_are_greeted(
    make_order: MakeOrder, make_shipment: MakeShipment, address: dict[str, str], greeting: str
) -> None:
    """T072"""
    order = make_order(billing_address=address)
    assert say(view_of(order, make_shipment())).text.startswith(f"{greeting}\n")


def test_nothing_that_a_stranger_wrote_becomes_html(make_order: MakeOrder, make_shipment: MakeShipment) -> None:
    order = make_order(lines=[{"id": "1", "title": '<img src=x onerror="alert(1)">', "quantity": "2", "total": "1"}])
    html = say(view_of(order, make_shipment())).html
    assert "<img" not in html
    assert "&lt;img" in html
    assert "Acme &amp; Söhne" in html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://user@bank.example/",
        "http:///x",
        "ftp://x.example/",
        "https://x.example/a b",
        "x",
    ],
)
def test_only_a_decent_link_is_shown(make_order: MakeOrder, make_shipment: MakeShipment, url: str) -> None:
    message = say(view_of(make_order(), make_shipment(tracking_url=url)))
    assert url not in message.text
    assert "Track your parcel" not in message.html
    assert "JD0001" in message.text


def test_each_parcel_has_its_link(make_order: MakeOrder, make_shipment: MakeShipment) -> None:
    """T086"""
    parcels = [
        {"id": "1", "tracking_number": "JD0001"},
        {"id": "2", "tracking_number": "JD0002", "tracking_url": "https://track.example/JD0002"},
    ]
    view = view_of(make_order(), make_shipment(parcels=parcels))
    assert view.parcels == (
        Parcel("JD0001", "https://track.example/JD0001"),
        Parcel("JD0002", "https://track.example/JD0002"),
    )
    assert "Tracking number: JD0001, JD0002" in say(view).text


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"carrier": "dhl"}, "DHL"),
        ({"carrier": "some_new_carrier"}, "Some New Carrier"),
        ({"carrier": "dhl", "carrier_name": "Onkel Bobs Boten"}, "Onkel Bobs Boten"),
        ({"carrier": None}, ""),
    ],
)
def test_a_carrier_has_a_name_that_people_know(
    make_order: MakeOrder, make_shipment: MakeShipment, facts: dict[str, str], name: str
) -> None:
    """T086"""
    view = view_of(make_order(), make_shipment(**facts))
    assert view.carrier == name
    assert ("Carrier:" in say(view).text) == bool(name)


def test_a_shipment_without_lines_shows_the_goods_of_the_order(
    make_order: MakeOrder, make_shipment: MakeShipment
) -> None:
    lines = [
        {"id": "1", "title": "Kettle", "quantity": "2", "current_quantity": "1", "total": "1"},
        {"id": "2", "title": "Gift card", "kind": "gift_card", "quantity": "1", "total": "1"},
        {"id": "3", "title": "E-book", "requires_shipping": False, "quantity": "1", "total": "1"},
        {"id": "4", "title": "Removed", "quantity": "1", "current_quantity": "0", "total": "1"},
    ]
    text = say(view_of(make_order(lines=lines), make_shipment(lines=[]))).text
    assert "Your order:\n  1 × Kettle\n\n" in text


def test_many_lines_are_cut_with_a_mark(view: NoticeView) -> None:
    many = tuple(NoticeLine(f"Thing {n}", Decimal(1)) for n in range(MOST_LINES + 7))
    text = say(replace(view, lines=many)).text
    assert "Thing 19" in text
    assert "Thing 20" not in text
    assert "… and 7 more" in text


@pytest.mark.parametrize(
    ("estimate", "country", "day"),
    [
        ("2026-08-20T00:00:00Z", "DE", "August 20"),  # midnight UTC is a day without a time
        ("2026-08-20T22:30:00Z", "DE", "August 21"),
        ("2026-08-20T22:30:00Z", "CN", "August 21"),
        ("2026-08-20T05:00:00Z", "US", "August 20"),  # its time zones disagree
        ("2026-08-20T22:30:00Z", None, "August 20"),
    ],
)
def test_the_expected_day_is_the_day_where_the_parcel_goes(
    make_order: MakeOrder, make_shipment: MakeShipment, estimate: str, country: str | None, day: str
) -> None:
    shipment = make_shipment(estimated_at=estimate, address={"country": country})
    assert f"{day}, 2026" in say(view_of(make_order(), shipment)).text


def test_an_expected_day_that_has_passed_is_not_promised(make_order: MakeOrder, make_shipment: MakeShipment) -> None:
    events = [{"id": "e", "status": "in_transit", "at": "2026-08-22T10:00:00Z"}]
    shipment = make_shipment(estimated_at="2026-08-20T00:00:00Z", events=events)
    assert "Expected" not in say(view_of(make_order(), shipment)).text


def test_a_delivery_says_when_and_a_pick_up_says_where(make_order: MakeOrder, make_shipment: MakeShipment) -> None:
    events = [
        {"id": "1", "status": "delivered", "at": "2026-08-20T10:00:00Z"},
        {"id": "2", "status": "ready_for_pickup", "at": "2026-08-19T10:00:00Z", "place": "Kiosk Nord, Kiel"},
    ]
    shipment = make_shipment(events=events, estimated_at="2026-08-25T00:00:00Z")
    delivered = say(view_of(make_order(), shipment, ShipmentStatus.DELIVERED)).text
    waiting = say(view_of(make_order(), shipment, ShipmentStatus.READY_FOR_PICKUP)).text
    assert "Delivered: Thursday, August 20, 2026" in delivered
    assert "Expected" not in delivered
    assert "Pick-up point: Kiosk Nord, Kiel" in waiting


def test_a_shop_without_a_name_is_called_by_its_sender(make_order: MakeOrder, make_shipment: MakeShipment) -> None:
    for sender, name in (("Acme <shop@acme.example>", "Acme"), ("shop@acme.example", "acme.example")):
        view = notice_view(
            make_order(),
            make_shipment(),
            key="k",
            status=ShipmentStatus.LOST,
            recipient="",
            sender=sender,
            merchant=" ",
        )
        assert view.shop == name


def test_a_message_is_identified_by_its_notice_and_not_by_its_text(view: NoticeView) -> None:
    """T094"""
    assert {say(view, language).id for language in LANGUAGES} == {"s1/in_transit"}
