"""Makes a failing script small: takes out edits and faults as long as the failure stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hub.testing.simulation.script import Edit, Fault, Script

Fails = Callable[[Script], bool]


def shrink(script: Script, fails: Fails, most: int = 400) -> Script:
    """Give the smallest script found that still fails; at most `most` are tried."""
    tried = 0

    def still(smaller: Script) -> bool:
        nonlocal tried
        tried += 1
        return tried <= most and fails(smaller)

    size = max(1, len(_parts(script)) // 2)
    while size:
        script, less = _pass(script, size, still)
        size = size if less and size > 1 else size // 2
    return script


def _pass(script: Script, size: int, fails: Fails) -> tuple[Script, bool]:
    """Try to leave out `size` parts at a time; tell whether it got smaller."""
    less = False
    start = 0
    while start < len(_parts(script)):
        smaller = _without(script, _parts(script)[start : start + size])
        if fails(smaller):
            script, less = smaller, True
        else:
            start += size
    return script, less


def _parts(script: Script) -> tuple[Edit | Fault, ...]:
    return (*script.faults, *script.edits)


def _without(script: Script, gone: tuple[Edit | Fault, ...]) -> Script:
    ids = {id(one) for one in gone}
    return replace(
        script,
        edits=tuple(one for one in script.edits if id(one) not in ids),
        faults=tuple(one for one in script.faults if id(one) not in ids),
    )
