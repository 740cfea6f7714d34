"""How the plan of a sync is shown: by connection and stream, what is new, what changes, and what stays and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from hub.cli.output import plain
from hub.cli.report import plain_error, plain_result
from hub.cli.words import clean, count, many

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.rehearse import PlannedSkip, PlannedStream, PlannedWrite, SyncPlan
    from hub.queries.difference import Difference

LONGEST = 60
FIELDS = 12
"""As many fields of one change are shown."""


def render_plan(plan: SyncPlan) -> Iterator[RenderableType]:
    """Lay out a plan for a person."""
    for stream in plan.streams:
        yield from _stream(stream)
        yield ""
    read = sum(result.counts.read for result in plan.runs if result.kind != "push")
    creates = sum(stream.creates for stream in plan.streams)
    changes = sum(stream.changes for stream in plan.streams)
    yield f"Of {many(read, 'record')} read, {many(creates, 'create')} and {many(changes, 'change')} would follow."
    if failed := sorted({result.connection for result in plan.report.failures}):
        yield f"More may follow: {', '.join(failed)} could not be read to the end."
    if plan.notices:
        yield f"{many(plan.notices, 'notice')} to buyers would become due."
    yield "This was a plan: nothing was written. Do it with `hub sync`."


def plain_plan(plan: SyncPlan) -> dict[str, Any]:
    """Give a plan for programs."""
    return {
        "streams": [plain(stream) for stream in plan.streams],
        "runs": [plain_result(result) for result in plan.runs],
        "errors": [plain_error(error) for error in plan.report.errors],
        "notices": plan.notices,
    }


def _stream(stream: PlannedStream) -> Iterator[RenderableType]:
    counted = {
        "new": stream.creates,
        "to change": stream.changes,
        "skipped": stream.skipped.total(),
        "parked": stream.parked.total(),
    }
    said = ", ".join(f"{count(number)} {word}" for word, number in counted.items() if number)
    yield Text(f"{stream.connection} {stream.stream}: {said}", style="bold")
    for reason in stream.held:
        yield Padding(Text(f"held back until somebody agrees: {reason}", style="red"), (0, 0, 0, 2))
    for write in stream.writes:
        yield from _indented(_write(write), 2)
    left = stream.creates + stream.changes - len(stream.writes)
    if left > 0:
        yield _more(left, "write")
    yield from _indented(_reasons("skipped", stream.skipped, stream.skips), 2)
    yield from _indented(_reasons("parked", stream.parked, stream.parks), 2)


def _write(write: PlannedWrite) -> Iterator[Text]:
    if write.external_id is None:
        told = ", ".join(f"{one.path} {_short(one.after)}" for one in write.fields)
        yield Text(clean(f"+ {write.name}: {told}"), style="green", overflow="ellipsis", no_wrap=True)
        return
    yield Text(clean(f"~ {write.name} ({write.external_id})"), style="yellow")
    for one in write.fields[:FIELDS]:
        yield Text(f"    {_difference(one)}")
    if len(write.fields) > FIELDS:
        yield _more(len(write.fields) - FIELDS, "field")


def _difference(one: Difference) -> str:
    return clean(f"{one.path}: {_short(one.before)} -> {_short(one.after)}")


def _reasons(word: str, counted: Counter[str], shown: list[PlannedSkip]) -> Iterator[Text]:
    for reason, number in counted.most_common():
        named = [one.name for one in shown if one.reason == reason][:3]
        more = f" and {number - len(named):,} more" if number > len(named) else ""
        yield Text(clean(f"{word}: {reason}: {', '.join(named)}{more}"), style="dim" if word == "skipped" else "red")


def _short(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _more(number: int, noun: str) -> Text:
    return Text(f"    ... and {many(number, f'more {noun}')}", style="dim")


def _indented(lines: Iterator[Text], by: int) -> Iterator[RenderableType]:
    return (Padding(line, (0, 0, 0, by)) for line in lines)
