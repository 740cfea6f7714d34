"""Reads from a shipment's tracking events what a notice needs: which event brought a status, and when."""

from __future__ import annotations

from datetime import datetime

from hub.model import Shipment, ShipmentStatus, TrackingEvent
from hub.notify.status import told_as


def newest_event(shipment: Shipment, status: ShipmentStatus) -> TrackingEvent | None:
    """Find the tracking event of a status: the newest where times are known, else the last of the list."""
    alike = [event for event in shipment.events if event.status and told_as(event.status) is status]
    timed = [(event.at, index) for index, event in enumerate(alike) if event.at]
    return alike[max(timed)[1]] if timed else next(reversed(alike), None)


def happened_at(shipment: Shipment, status: ShipmentStatus) -> datetime | None:
    """Tell when a shipment came to a status; None when nothing tells, as carriers often give no offset."""
    event = newest_event(shipment, status)
    if event is not None and event.at is not None:
        return event.at
    moments = {ShipmentStatus.DELIVERED: shipment.delivered_at, ShipmentStatus.IN_TRANSIT: shipment.shipped_at}
    return moments.get(status)
