"""What an error is about, without what is different in each record: problems with one cause are one group."""

from __future__ import annotations

import re

from hub.errors import HubError, RejectedError, UnknownValueError

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\u201c[^\u201d]*\u201d")
NUMBER = re.compile(r"[0-9a-z]*[0-9][0-9a-z-]*", re.IGNORECASE)
LONGEST = 300


def cause_of(error: HubError) -> str:
    """Give the cause of an error: the same text for the same mistake in another record."""
    if isinstance(error, UnknownValueError):
        return f"{NUMBER.sub('#', error.path)}: {error.value}"[:LONGEST]
    code = f"{error.code}: " if isinstance(error, RejectedError) and error.code else ""
    return (code + NUMBER.sub("#", QUOTED.sub("'#'", error.message)))[:LONGEST]
