"""What the tests against a real Tryton share: how things are written there, and what became of a write."""

from __future__ import annotations

from collections.abc import Callable

from hub.api import Document, Refused, Written

Push = Callable[..., list[Written | Refused]]
Make = Callable[..., Document]


def document(outcome: Written | Refused) -> Document:
    """Give what was written, as Tryton has it now."""
    assert isinstance(outcome, Written), outcome.error
    assert outcome.document is not None
    return outcome.document


def error(outcome: Written | Refused) -> Exception:
    """Give why a write was refused."""
    assert isinstance(outcome, Refused)
    return outcome.error
