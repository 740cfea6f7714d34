"""The type of an error says what happens next; the docstring of the module draws the tree."""

from __future__ import annotations

import inspect
import re

import pytest

from hub import errors
from hub.errors import (
    HubError,
    InvalidRecordError,
    LinkMissingError,
    MappingFileError,
    RateLimitError,
    UnknownValueError,
)

CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, HubError)}


def drawn() -> dict[str, str]:
    """Read the tree of the docstring: error -> its parent."""
    path: list[str] = []
    parents = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│├└─ ]*)(\w+Error)\b", line):
            depth = len(found[1]) // 3
            path[depth:] = [found[2]]
            parents[found[2]] = path[depth - 1] if depth else ""
    return parents


def test_the_tree_of_the_docstring_is_the_tree_of_the_code() -> None:
    assert drawn() == {
        name: (kind.__bases__[0].__name__ if kind is not HubError else "") for name, kind in CLASSES.items()
    }


def test_every_error_is_public_and_says_what_it_is_for() -> None:
    assert set(errors.__all__) == set(CLASSES)
    assert [name for name, kind in CLASSES.items() if not inspect.getdoc(kind)] == []


@pytest.mark.parametrize(
    ("code", "parent"),
    [(1, "HubError"), (2, "ConfigError"), (3, "AuthError"), (4, "TransientError"), (5, "RecordError")],
)
def test_each_branch_has_an_exit_code_of_its_own(code: int, parent: str) -> None:
    assert CLASSES[parent].exit_code == code


def test_an_error_reads_as_its_message_and_keeps_its_advice_and_ids() -> None:
    error = HubError("The shop is down.", hint="Wait.", context={"connection": "shop"})
    assert str(error) == error.message == "The shop is down."
    assert (error.hint, error.context) == ("Wait.", {"connection": "shop"})


def test_the_context_of_an_error_is_its_own() -> None:
    context = {"id": "1"}
    error = HubError("x", context=context)
    context["id"] = "2"
    assert error.context == {"id": "1"}


def test_a_mapping_error_names_file_and_line() -> None:
    assert str(MappingFileError("unknown key 'pth'", file="orders.yaml", line=7)) == "orders.yaml:7: unknown key 'pth'"
    assert str(MappingFileError("empty", file="orders.yaml")) == "orders.yaml: empty"


def test_errors_that_the_sync_acts_on_carry_what_it_needs() -> None:
    assert RateLimitError("slow down", retry_after=7.5).retry_after == 7.5
    missing = LinkMissingError("no customer yet", stream="customers", record_id="r1")
    assert missing.context == {"stream": "customers", "record": "r1"}
    unknown = UnknownValueError("no tax", path="lines.0.tax", value="19", table="taxes")
    assert unknown.context == {"path": "lines.0.tax", "value": "19", "table": "taxes"}
    assert InvalidRecordError("bad", path="total", context={"id": "9"}).context == {"id": "9", "path": "total"}
