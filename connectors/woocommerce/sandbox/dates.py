"""Dates as the store writes and filters them: local and GMT text, one second fine, exclusive at both ends.

The traps are WooCommerce's own: `dates_are_gmt` with a Z suffix shifts by the site's offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.woocommerce.sandbox.errors import invalid_param
from hub.api import Document

SHAPE = re.compile(r"^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?$", re.IGNORECASE)
FILTERS = {
    "after": ("date_created_gmt", 1),
    "before": ("date_created_gmt", -1),
    "modified_after": ("date_modified_gmt", 1),
    "modified_before": ("date_modified_gmt", -1),
}


def gmt_text(moment: datetime) -> str:
    """Write an aware time as the store does: GMT, whole seconds, no suffix."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def local_text(gmt: str | None, zone: ZoneInfo) -> str | None:
    """Turn stored GMT text into the site's local time."""
    if gmt is None:
        return None
    return datetime.fromisoformat(gmt + "+00:00").astimezone(zone).replace(tzinfo=None).isoformat()


def with_local(document: Document, zone: ZoneInfo, *names: str) -> Document:
    """Give each `NAME_gmt` of a document its local twin."""
    return {name: local_text(document[f"{name}_gmt"], zone) for name in names}


def bound(name: str, text: str, *, gmt: bool, zone: ZoneInfo) -> str:
    """Read a filter's time as WooCommerce does and give the GMT text that it compares with."""
    match = SHAPE.match(text)
    if match is None:
        raise invalid_param(name, "rest_invalid_date", "Invalid date.")
    day, time, suffix = match.groups()
    moment = datetime.fromisoformat(f"{day}T{time}{'+00:00' if (suffix or '').upper() == 'Z' else suffix or ''}")
    if suffix is None:
        return gmt_text(moment.replace(tzinfo=UTC if gmt else zone))
    if gmt:  # the instant is turned into site-local time first, and that is then taken for GMT
        return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()
    return gmt_text(moment)


def filtered(rows: Iterable[Document], params: Mapping[str, str], zone: ZoneInfo) -> list[Document]:
    """Keep the documents within the date filters of a request; every bound is exclusive."""
    kept = list(rows)
    gmt = params.get("dates_are_gmt", "") in ("true", "1")
    for name, (field, side) in FILTERS.items():
        if params.get(name):
            edge = bound(name, params[name], gmt=gmt, zone=zone)
            kept = [row for row in kept if _beyond(row[field], edge, side)]
    return kept


def _beyond(value: str | None, edge: str, side: int) -> bool:
    if value is None:
        return False
    return value > edge if side > 0 else value < edge
