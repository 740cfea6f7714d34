"""Streams that our credentials do not reach, while they reach the others: only these are off."""

from __future__ import annotations

from collections.abc import Iterable

from hub.connector import Stream
from hub.errors import AuthError, HubError
from hub.store import problems
from hub.store.problems import Place, ProblemKind
from hub.sync.connection.session import Session

SUBJECT = "access"
FORBIDDEN = "403"
PARTIAL = "reaches"


def is_partial(error: HubError) -> bool:
    """Tell whether a refusal is about one stream only."""
    return isinstance(error, AuthError) and PARTIAL in error.context


def narrowed(session: Session, stream: Stream, error: HubError) -> HubError:
    """Make a refusal one of this stream alone, where the connector proves that our credentials are good otherwise."""
    if not isinstance(error, AuthError) or error.context.get("status") != FORBIDDEN:
        return error
    try:
        session.connector.check()
    except HubError:
        return error
    return AuthError(
        f"{session.spec.title} does not let us at {stream.name}: {error.message}",
        hint=f"Give the credentials of {session.name} access to {stream.name}; the other streams go on meanwhile.",
        context={**error.context, PARTIAL: "the others"},
    )


def note_access(session: Session, off: Iterable[tuple[Stream, HubError, str]], on: Iterable[Stream]) -> None:
    """Open a problem for each stream that is off (with the run that found out), and close those of streams that work.

    A stream that is off is asked again with each sync; nothing of it is lost meanwhile.
    """
    hub, now = session.hub, session.hub.world.now()
    with hub.database.read() as tx:
        open_now = {one.stream for one in problems.listing(tx, connection=session.name, subject=SUBJECT)}
    closing, off = [stream.name for stream in on if stream.name in open_now], list(off)
    if not closing and not off:
        return
    with session.commit() as tx:
        for name in closing:
            problems.close(tx, session.name, name, "pull", [SUBJECT], note="It can be read again.", now=now)
        for stream, error, run in off:
            place = Place(session.merchant, session.name, stream.name, "pull", SUBJECT)
            problem_id = hub.world.new_id()
            problems.report(tx, place, error, problem_id=problem_id, now=now, kind=ProblemKind.REPAIR, run=run)
