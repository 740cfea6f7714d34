"""Decides what to read: windows that overlap, by the remote's clock, and never move past what is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub.clock import utc_parse, utc_text
from hub.connector import Cursor, Lane, Stream, Window
from hub.store.checkpoints import Checkpoint

OVERLAP = timedelta(minutes=2)
"""Rows that become visible late, or carry the same second as the last one, are read again."""


def next_window(stream: Stream, checkpoint: Checkpoint, lane: Lane, now: datetime) -> Window:
    """Go on with the window under way, or open the next one: from the high water less the overlap, to now.

    `now` is our clock; the measured skew turns it into the remote's.
    """
    if checkpoint.window is not None:
        return _under_way(checkpoint.window, lane)
    if stream.cursor is Cursor.NONE or lane is Lane.SWEEP:
        return Window(lane=lane)
    since = utc_parse(checkpoint.high_water) - OVERLAP if checkpoint.high_water else None
    return Window(since=since, until=now + timedelta(seconds=checkpoint.skew), lane=lane)


def is_under_way(checkpoint: Checkpoint, bounds: Window) -> bool:
    """Tell whether a back-fill goes on with what was begun; one from another beginning has other records to read."""
    return checkpoint.window is not None and checkpoint.window["since"] == _text(bounds.since)


def remember(window: Window, resume: Any, first_remote_time: datetime | None = None) -> dict[str, Any]:
    """Write down a window under way, as the checkpoint keeps it.

    It ends at the remote's clock at its first answer: what changes later may move among pages that are read already.
    """
    return {"since": _text(window.since), "until": _text(_end(window, first_remote_time)), "resume": resume}


def measured(checkpoint: Checkpoint, remote_time: datetime | None, now: datetime) -> int:
    """Measure by how many seconds the remote's clock is ahead; an answer that tells no time changes nothing."""
    return checkpoint.skew if remote_time is None else round((remote_time - now).total_seconds())


def high_water(window: Window, checkpoint: Checkpoint, first_remote_time: datetime | None) -> str | None:
    """Tell up to when everything is stored once a window is exhausted.

    Never later than the remote's clock at the first answer: our own may be ahead (T025). Never earlier than before.
    """
    until = _end(window, first_remote_time)
    if until is None or window.lane is not Lane.LIVE:
        return checkpoint.high_water
    return max(utc_text(until), checkpoint.high_water or "")


def _end(window: Window, first_remote_time: datetime | None) -> datetime | None:
    if window.until is None or first_remote_time is None:
        return window.until
    return min(window.until, first_remote_time)


def _under_way(kept: dict[str, Any], lane: Lane) -> Window:
    return Window(_time(kept["since"]), _time(kept["until"]), kept["resume"], lane)


def _text(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _time(text: str | None) -> datetime | None:
    return utc_parse(text) if text else None
