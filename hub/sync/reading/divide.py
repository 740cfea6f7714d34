"""Divides a batch that fails, so that one record which always fails does not keep the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.errors import BadResponseError, RecordError, TransientError, UnavailableError

MOST = 3
"""So many single ids failing on the way: then it is the remote, and the rest is left for later."""
BROKEN = "500"
"""The status of a remote that stumbles over what it was asked; 502 to 504 say that it is away."""


def divide(
    ask: Callable[[Sequence[str]], object], ids: Sequence[str], refused: Callable[[str, RecordError], None]
) -> None:
    """Ask for many ids at once; where that fails for fewer, down to one.

    What is wrong with a single record goes to `refused`. What a remote cannot answer for a single id is raised after
    the others were asked for; what is wrong with the remote itself is raised at once.
    """
    parts, failed = [list(ids)], list[TransientError]()
    while parts:
        part = parts.pop(0)
        try:
            ask(part)
            continue
        except RecordError as error:
            if len(part) == 1:
                refused(part[0], error)
        except TransientError as error:
            failed += [error] * (len(part) == 1)
            if not _may_be_one(error) or len(failed) == MOST:
                raise
        middle = len(part) // 2
        parts = [half for half in (part[:middle], part[middle:]) if half and middle] + parts
    if failed:
        raise failed[0]


def _may_be_one(error: TransientError) -> bool:
    """Tell whether a failure may be about one of the ids: an answer came, and it was no sign of an outage."""
    if isinstance(error, UnavailableError):
        return error.context.get("status") == BROKEN
    return isinstance(error, BadResponseError)
