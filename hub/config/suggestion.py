"""Guesses what somebody meant who wrote a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 12


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Say `did you mean "shop"?`, or list what there is when nothing is near; empty when that is too much."""
    from difflib import get_close_matches  # only needed once something is already wrong

    names = {text.lower(): text for text in sorted(known)}
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{names[near[0]]}"?'
    return f"there is: {', '.join(names.values())}" if 0 < len(names) <= SHOWN else ""
