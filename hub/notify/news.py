"""What is known about a notice at the moment of sending: the shipment, its order, its buyer, and who else was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub.clock import utc_parse
from hub.connector import Channel, Message
from hub.errors import InvalidRecordError
from hub.model import Consent, Order, Shipment, ShipmentStatus
from hub.notify.burst import RELEASED
from hub.notify.judgement import superseded, too_old, why_not_sent
from hub.notify.plan import language_of, read_customer, read_order, told
from hub.notify.render import render
from hub.notify.rules import NoticeRules
from hub.notify.tracking import happened_at
from hub.notify.view import notice_view
from hub.store import notices, records
from hub.store.notices import Notice

if TYPE_CHECKING:
    from hub.store.database import Transaction

REACHED = frozenset({"sending", "sent", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """How one merchant speaks: its rules, its name as buyers know it, and its channels by name."""

    rules: NoticeRules
    shop: str
    channels: Mapping[str, Channel]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The records behind a notice as they are now; `order` is None while it has not arrived."""

    status: ShipmentStatus
    shipment: Shipment
    order: Order | None
    recipient: str | None
    language: str | None
    consents: tuple[Consent, ...]
    opted_out: bool
    told: tuple[ShipmentStatus, ...]


def read_news(tx: Transaction, notice: Notice) -> News:
    """Read what a notice is about; InvalidRecordError when its shipment is gone."""
    row = records.by_ids(tx, [notice.shipment]).get(notice.shipment)
    if row is None:
        raise InvalidRecordError("the shipment of a notice is gone", path="shipment")
    shipment = Shipment.model_validate_json(row.data)
    order = read_order(tx, shipment.order)
    customer = read_customer(tx, order) if order else None
    recipient = notice.recipient or (order.email if order else None)
    return News(
        status=ShipmentStatus(notice.status),
        shipment=shipment,
        order=order,
        recipient=recipient,
        language=notice.language or (language_of(tx, order) if order else None),
        consents=tuple(customer.consents) if customer else (),
        opted_out=bool(recipient) and notices.opted_out(tx, notice.merchant, notice.channel, recipient or ""),
        told=tuple(told(notices.of_shipment(tx, notice.shipment), notice.channel, REACHED)),
    )


def why_not_now(notice: Notice, news: News, rules: NoticeRules, now: datetime) -> str:
    """Say why a notice may not go out any more; a release by an operator overrules age and order, never the buyer."""
    if notice.reason != RELEASED:
        happened = happened_at(news.shipment, news.status) or utc_parse(notice.created_at)
        if reason := superseded(news.status, news.told) or too_old(news.status, happened, rules, now):
            return reason
    if news.order is None and not news.recipient:
        return ""  # it waits for its order
    country = _country(news.order)
    return why_not_sent(
        news.recipient, opted_out=news.opted_out, consents=news.consents, rule=rules.consent_in(country)
    )


def write_message(notice: Notice, news: News, outlet: Outlet) -> Message:
    """Write the message of a notice; its id is the notice's key, the same for every attempt."""
    if news.order is None or not news.recipient:
        raise InvalidRecordError("a notice has nobody to go to", path="order")
    view = notice_view(
        news.order,
        news.shipment,
        key=f"{notice.shipment}/{notice.status}/{notice.channel}/{notice.role}",
        status=news.status,
        recipient=news.recipient,
        sender=outlet.rules.sender,
        merchant=outlet.shop,
    )
    return render(view, news.language, languages=outlet.rules.languages)


def _country(order: Order | None) -> str | None:
    address = (order.shipping_address or order.billing_address) if order else None
    return address.country if address else None
