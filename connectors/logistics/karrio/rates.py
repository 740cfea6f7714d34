"""Which of the offered rates is bought."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hub.api import Document, RejectedError


def choose_rate(shipment: Document, services: Sequence[str]) -> Document:
    """Choose the first of `services` that is offered, else (none named) the cheapest rate; RejectedError if none fits.

    Among equal prices the faster one is taken. Prices in several currencies cannot be compared: then services must be
    named.
    """
    rates = shipment.get("rates") or []
    if not rates:
        raise RejectedError(
            _no_rates(shipment), code="no_rates", hint="Mend the address or the parcels, then replay it."
        )
    for service in services:
        if offered := [rate for rate in rates if rate.get("service") == service]:
            return min(offered, key=_price)
    offers = ", ".join(sorted({str(rate.get("service")) for rate in rates}))
    if services:
        message = f"none of the services {', '.join(services)} is offered, only {offers}"
        raise RejectedError(
            message, code="no_service", hint="Add one of them to the connection's services, then replay."
        )
    if len({rate.get("currency") for rate in rates}) > 1:
        message = f"the cheapest rate cannot be told, the prices are in several currencies: {offers}"
        raise RejectedError(
            message, code="currencies", hint="Name the connection's services in the order you like them."
        )
    return min(rates, key=_price)


def _price(rate: Document) -> tuple[Decimal, int, str]:
    return Decimal(str(rate["total_charge"])), rate.get("transit_days") or 99, str(rate["id"])


def _no_rates(shipment: Document) -> str:
    said = [str(message.get("message")) for message in shipment.get("messages") or [] if message.get("message")]
    return "no carrier offers a rate" + (f": {'; '.join(dict.fromkeys(said))}" if said else "")
