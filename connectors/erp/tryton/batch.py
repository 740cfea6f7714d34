"""Writing many at once: when Tryton refuses all because of one, the one is found and the others are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from hub.api import Document, RecordError, Refused, RejectedError, Write, Written

T = TypeVar("T")
Refusals: TypeAlias = dict[Write, RecordError]


def halving(items: Sequence[T], act: Callable[[Sequence[T]], None], refuse: Callable[[T, RecordError], None]) -> None:
    """Act on all items together; where that is refused, on each half, until the refused ones are alone.

    `act` must change nothing when it raises, as Tryton's transactions do.
    """
    if not items:
        return
    try:
        act(items)
    except RecordError as error:
        if len(items) == 1:
            refuse(items[0], error)
            return
        middle = len(items) // 2
        halving(items[:middle], act, refuse)
        halving(items[middle:], act, refuse)


def outcomes(
    writes: Sequence[Write],
    ids: dict[Write, int],
    refused: Refusals,
    fetch: Callable[[Sequence[str]], list[Document]],
) -> Iterator[Written | Refused]:
    """Give one outcome for each write, in order, with the records as they stand now."""
    stand = {document["id"]: document for document in fetch([str(ids[w]) for w in writes if w not in refused])}
    for write in writes:
        if error := refused.get(write):
            yield Refused(write, error)
        elif document := stand.get(str(ids[write])):
            yield Written(write, document["id"], document["modified"], document)
        else:
            yield Refused(write, gone(ids[write]))


def gone(number: int | str | None) -> RejectedError:
    """Make the error for a record that somebody has deleted in Tryton."""
    hint = "Forget it with `hub record unlink RECORD CONNECTION`, then replay: it is created anew."
    return RejectedError(f"Tryton has no record {number} any more", code="missing", hint=hint)
