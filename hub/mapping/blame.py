"""Finds the field that a failed decode was about."""

from __future__ import annotations

from types import FrameType, TracebackType

from hub.errors import InvalidRecordError, RecordError
from hub.mapping.encode import unknown_value
from hub.mapping.field import Field
from hub.mapping.generate import Doing, Program
from hub.mapping.paths import path_text


def blame(error: Exception, program: Program) -> RecordError | None:
    """Turn what a codec or a lookup raised into an error that names both paths; None when it is nobody's but ours."""
    ours: list[str] = []
    theirs: list[str] = []
    last: tuple[FrameType, Field, Doing] | None = None
    for frame, line in _frames(error.__traceback__, program.name):
        if line not in program.places:
            return None
        f, doing = program.places[line]
        index = f"[{len(frame.f_locals['items'])}]" if doing is Doing.ELEMENT else ""
        ours.append(f.rule.name + index)
        theirs.append(" and ".join(map(path_text, f.rule.reads)) + index)
        last = frame, f, doing
    return _located(error, ".".join(ours), ".".join(theirs), *last) if last else None


def _located(error: Exception, ours: str, theirs: str, frame: FrameType, f: Field, doing: Doing) -> RecordError:
    if doing is Doing.TRANSLATING:
        known = f.ours if f.ours is not None else frame.f_locals.get("tables", {}).get(f.rule.table, {})
        return unknown_value(frame.f_locals.get("v"), ours, theirs, f.rule.table, known)
    what = f"it has no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
    hint = "Correct the record in the remote system, or the field's rule in the mapping."
    return InvalidRecordError(
        f"{ours} cannot be read from {theirs}: {what}", path=theirs, hint=hint, context={"field": ours}
    )


def _frames(traceback: TracebackType | None, name: str) -> list[tuple[FrameType, int]]:
    """List the frames of the program's own functions, outermost first."""
    found = []
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == name:
            found.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found
