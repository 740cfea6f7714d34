"""Reads a stream's past in a lane of its own, slice by slice: in between the connection is free for live work."""

from __future__ import annotations

from collections.abc import Callable

from hub.connector import Lane, Stream, Window
from hub.store import checkpoints
from hub.store.checkpoints import Checkpoint
from hub.store.runs import Counts, RunState
from hub.sync.connection.patience import patient
from hub.sync.connection.session import Session, open_session
from hub.sync.connection.state import refuse_paused
from hub.sync.execute import Kind, Result, ordered, perform, settle
from hub.sync.hub import Hub
from hub.sync.reading import window
from hub.sync.reading.pull import Progress, Reading, pull, readable, silent
from hub.sync.reading.slice import SLICE, sliced


def backfill(
    hub: Hub,
    name: str,
    stream: str,
    bounds: Window,
    *,
    progress: Progress = silent,
    stopping: Callable[[], bool] = lambda: False,
) -> Result:
    """Read a stream's past to its end; a back-fill of the same beginning that was stopped goes on where it was."""
    begin_backfill(hub, name, stream, bounds)
    total, result = Counts(), None

    def shown(connection: str, stream_name: str, done: int, expected: int | None) -> None:
        progress(connection, stream_name, total.read + done, expected)

    while is_under_way(hub, name, stream) and not stopping() and not (result and result.error):
        result = patient(hub, lambda: read_slice(hub, name, stream, progress=shown, stopping=stopping))
        total = total.plus(result.counts)
    if result is None:
        return Result(name, stream, Kind.PULL, RunState.OK, total, "")
    return Result(name, stream, result.kind, _state(result, total), total, result.run, result.error)


def begin_backfill(hub: Hub, name: str, stream_name: str, bounds: Window) -> None:
    """Note what is to be read; whoever works on the connection next goes on with it."""
    refuse_paused(hub, name)

    def begin() -> None:
        with open_session(hub, name, bulk=True) as session:
            stream = _stream(session, stream_name)
            with session.commit() as tx:
                before = checkpoints.get(tx, name, stream.name, Lane.BACKFILL)
                if not window.is_under_way(before, bounds):
                    begun = Checkpoint(before.high_water, window.remember(bounds, None), before.skew)
                    checkpoints.put(tx, name, stream.name, Lane.BACKFILL, begun, hub.world.now())

    patient(hub, begin)


def is_under_way(hub: Hub, name: str, stream: str) -> bool:
    """Tell whether a back-fill of a stream has not come to its end."""
    with hub.database.read() as tx:
        return checkpoints.get(tx, name, stream, Lane.BACKFILL).window is not None


def read_slice(
    hub: Hub,
    name: str,
    stream_name: str,
    *,
    progress: Progress = silent,
    stopping: Callable[[], bool] = lambda: False,
) -> Result:
    """Read the next slice of a back-fill; LockedError while somebody else works on the connection."""
    refuse_paused(hub, name)
    with open_session(hub, name, stopping, bulk=True) as session:
        stream = _stream(session, stream_name)
        settled = settle(session, stream, progress)
        if settled and settled.error:
            return settled
        reading = Reading(session, stream, "", Lane.BACKFILL, progress=progress)
        is_over = sliced(session, SLICE)
        return perform(session, stream, Kind.PULL, Lane.BACKFILL, reading, lambda r: pull(r, is_enough=is_over))


def _stream(session: Session, name: str) -> Stream:
    stream = ordered(session.spec, [name])[0]
    readable(session, stream)
    return stream


def _state(last: Result, total: Counts) -> RunState:
    return RunState.PARTIAL if last.error is None and total.parked else last.state
