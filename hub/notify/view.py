"""What a notice says, taken from the canonical order and shipment before any language is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.utils import parseaddr
from urllib.parse import urlsplit

from hub.model import LineKind, Money, Order, OrderLine, Shipment, ShipmentStatus, TrackingEvent
from hub.notify.format import local_day
from hub.notify.name import one_line, person_name
from hub.notify.status import FINAL
from hub.notify.tracking import newest_event

LONGEST_URL = 2000
CARRIERS = {
    "asendia": "Asendia",
    "canadapost": "Canada Post",
    "chronopost": "Chronopost",
    "colissimo": "Colissimo",
    "correos": "Correos",
    "dhl": "DHL",
    "dhl_express": "DHL Express",
    "dhl_parcel_de": "DHL",
    "dpd": "DPD",
    "fedex": "FedEx",
    "gls": "GLS",
    "hermes": "Hermes",
    "laposte": "La Poste",
    "ontrac": "OnTrac",
    "postnl": "PostNL",
    "royalmail": "Royal Mail",
    "sf_express": "SF Express",
    "tnt": "TNT",
    "ups": "UPS",
    "usps": "USPS",
    "yunexpress": "YunExpress",
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """How much of what is in the delivery."""

    title: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Parcel:
    """A tracking number and the page that follows it; either may be empty, not both."""

    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """Everything that a notice may say; every text is one line and safe to show.

    `key` is the same for every attempt to send this notice. `name` is empty when the buyer's is not known.
    `partial` tells that `lines` are what this shipment carries, not the whole order.
    """

    key: str
    status: ShipmentStatus
    recipient: str
    sender: str
    shop: str
    order_number: str
    name: str = ""
    carrier: str = ""
    parcels: tuple[Parcel, ...] = ()
    lines: tuple[NoticeLine, ...] = ()
    partial: bool = True
    total: Money | None = None
    expected_on: date | None = None
    delivered_on: date | None = None
    place: str = ""


def notice_view(
    order: Order, shipment: Shipment, *, key: str, status: ShipmentStatus, recipient: str, sender: str, merchant: str
) -> NoticeView:
    """Gather what a notice says; `merchant` is the shop's name as buyers know it, `sender` is Name <address>."""
    event = newest_event(shipment, status)
    lines = tuple(_shipped(shipment, order))
    return NoticeView(
        key=key,
        status=status,
        recipient=recipient,
        sender=sender,
        shop=one_line(merchant, 80) or shop_name(sender),
        order_number=one_line(order.number, 40),
        name=person_name(order.billing_address) or person_name(order.shipping_address),
        carrier=_carrier(shipment),
        parcels=tuple(_parcels(shipment)),
        lines=lines or tuple(_ordered(order)),
        partial=bool(lines),
        total=_total(order),
        expected_on=_expected(shipment, order, status, event),
        delivered_on=_delivered(shipment, order, status, event),
        place=one_line(event.place if event and status is ShipmentStatus.READY_FOR_PICKUP else ""),
    )


def shop_name(sender: str) -> str:
    """Name a shop by what its sender says: the display name, else the domain."""
    name, address = parseaddr(sender)
    return one_line(name, 80) or address.rpartition("@")[2]


def _carrier(shipment: Shipment) -> str:
    code = (shipment.carrier or "").lower()
    return one_line(shipment.carrier_name, 60) or CARRIERS.get(code, "") or one_line(code.replace("_", " "), 60).title()


def _parcels(shipment: Shipment) -> Iterator[Parcel]:
    first = (shipment.tracking_number, shipment.tracking_url)
    urls: dict[str, str] = {}
    for number, url in [first, *((p.tracking_number, p.tracking_url) for p in shipment.parcels)]:
        text = one_line(number, 60)
        urls[text] = urls.get(text, "") or safe_url(url)
    for number, url in urls.items():
        if number or (url and len(urls) == 1):
            yield Parcel(number, url)


def safe_url(url: str | None) -> str:
    """Give a link that may be shown in a mail; empty when it is none: only http and https, no user, no spaces."""
    text = (url or "").strip()
    if len(text) > LONGEST_URL or not text.isprintable() or any(c in ' "<>\\' for c in text):
        return ""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return text if fits else ""


def _shipped(shipment: Shipment, order: Order) -> Iterator[NoticeLine]:
    ordered = {line.id: line for line in order.lines}
    for line in shipment.lines:
        title = one_line(line.title, 120) or _title(ordered.get(line.order_line or "")) or one_line(line.sku, 60)
        if title and line.quantity > 0:
            yield NoticeLine(title, line.quantity)


def _ordered(order: Order) -> Iterator[NoticeLine]:
    for line in order.lines:
        count = line.quantity if line.current_quantity is None else line.current_quantity
        goods = line.kind in (None, LineKind.PRODUCT, LineKind.CUSTOM) and line.requires_shipping is not False
        if goods and _title(line) and count > 0:
            yield NoticeLine(_title(line), count)


def _title(line: OrderLine | None) -> str:
    return (one_line(line.title, 120) or one_line(line.sku, 60)) if line else ""


def _total(order: Order) -> Money:
    """What the buyer saw and paid, in the currency in which they did."""
    shown = order.presentment
    if shown and shown.total is not None:
        return Money(shown.total, shown.currency)
    return Money(order.total, order.currency)


def _expected(shipment: Shipment, order: Order, status: ShipmentStatus, event: TrackingEvent | None) -> date | None:
    estimate = shipment.estimated_at
    if estimate is None or status in FINAL or status is ShipmentStatus.READY_FOR_PICKUP:
        return None
    day = local_day(estimate, _country(shipment, order))
    is_past = event is not None and event.at is not None and day < local_day(event.at, _country(shipment, order))
    return None if is_past else day


def _delivered(shipment: Shipment, order: Order, status: ShipmentStatus, event: TrackingEvent | None) -> date | None:
    moment: datetime | None = shipment.delivered_at or (event.at if event else None)
    if status is not ShipmentStatus.DELIVERED or moment is None:
        return None
    return local_day(moment, _country(shipment, order))


def _country(shipment: Shipment, order: Order) -> str | None:
    address = shipment.address or order.shipping_address or order.billing_address
    return address.country if address else None
