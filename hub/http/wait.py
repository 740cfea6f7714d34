"""How long a remote asks us to wait: the Retry-After header."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Read Retry-After in seconds (RFC 9110, 10.2.3); None where it is absent or makes no sense.

    A date is compared with the answer's own Date, since it is the remote's clock that set it.
    """
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    then = _http_date(text)
    if then is None:
        return None
    asked = _http_date(response.headers.get("Date", "")) or now
    return max(0.0, (then - asked).total_seconds())


def _http_date(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
