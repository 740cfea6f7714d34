"""What arrives: documents with an identity, gathered into batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from house import ORDERS

from hub.api import InvalidRecordError, Page, Unread
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.layers import layer
from hub.mapping.schema import load_mapping
from hub.sync.agreeing.arrival import BATCH, arrive, batches, digest

T1, T2 = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def compiled() -> Compiled:
    return compile_mapping(layer([load_mapping(ORDERS, "orders.yaml", "shipped")]), make_codecs(()))


def documents(*ids: Any) -> list[dict[str, Any]]:
    return [{"id": external_id, "updated": f"t{external_id}"} for external_id in ids]


def gathered(pages: list[Page]) -> list[Any]:
    numbers = count(1)
    return list(batches(compiled(), pages, lambda: next(numbers)))


def test_an_id_is_the_same_however_it_is_written() -> None:
    """T009: a gid and a number, and no rounding above 2^53."""
    ids = ["gid://shopify/Order/5", 9007199254740993, "A-1"]
    assert [a.external_id for a in arrive(compiled(), documents(*ids), 1)] == ["5", "9007199254740993", "A-1"]
    assert len(arrive(compiled(), documents("gid://shopify/Order/5", 5, "5"), 1)) == 1


def test_of_several_documents_with_one_id_in_a_page_the_last_counts() -> None:
    first, second = {"id": "1", "note": "old"}, {"id": "1", "note": "new"}
    assert [a.document for a in arrive(compiled(), [first, second], 1)] == [second]


def test_a_document_without_an_id_is_kept_with_its_error() -> None:
    broken, sound = arrive(compiled(), [{"note": "x"}, {"id": "1"}], 1)
    assert broken.error is not None
    assert broken.external_id.startswith("without id ")
    assert (sound.error, sound.external_id) == (None, "1")


def test_an_id_that_no_database_can_look_up_is_none() -> None:
    """SQLite ends a text at NUL where it looks it up, PostgreSQL has no place for it."""
    [broken] = arrive(compiled(), [{"id": "a\0b"}], 1)
    assert broken.error is not None
    assert broken.external_id.startswith("without id ")


def test_a_version_that_cannot_be_read_is_an_error_of_that_document() -> None:
    broken = arrive(compiled(), [{"id": "1", "updated": {"no": "text"}}], 1)[0]
    assert broken.error is not None
    assert broken.external_id == "1"


def test_a_document_of_an_unread_page_is_the_same_as_one_that_was_read() -> None:
    """Spaces and escapes are the remote's taste: the same record must have the same hash wherever it comes from."""
    page = Unread.cut(rb'[ {"id": 5, "updated": "t5", "url": "http:\/\/x", "name": "Zo\u00eb"} ]')
    [unread], [known] = arrive(compiled(), page, 1), arrive(compiled(), list(page), 1)
    assert (unread.external_id, unread.version, unread.body) == (known.external_id, known.version, known.body)
    assert unread.digest == known.digest
    unread.put_away()
    assert (unread.document, unread.digest) == (known.document, known.digest)


def test_a_document_that_cannot_be_read_is_kept_as_it_came() -> None:
    broken, sound = arrive(compiled(), Unread.cut(b'[{"id": "1", "updated": "t", "kg": 1e999}, {"id": "2"}]'), 1)
    assert (broken.external_id, broken.body) == ("1", b'{"id": "1", "updated": "t", "kg": 1e999}')
    assert sound.document == {"id": "2"}
    with pytest.raises(InvalidRecordError, match="no JSON that can be read"):
        _ = broken.document


def test_a_document_that_is_nested_too_deeply_to_be_written_is_kept_as_it_came() -> None:
    deep = b'{"id": "1", "updated": "t", "x": ' + b"[" * 500 + b"]" * 500 + b"}"
    [arrival] = arrive(compiled(), Unread.cut(b"[" + deep + b"]"), 1)
    assert (arrival.body, arrival.error) == (deep, None)


def test_what_a_person_edited_is_kept_as_the_remote_said_it() -> None:
    [edited] = arrive(compiled(), [{"id": "1", "note": "ours"}], 1)
    edited.keep_as(b'{"id":"1","note":"theirs"}')
    edited.put_away()
    assert (edited.document["note"], edited.body) == ("ours", b'{"id":"1","note":"theirs"}')
    assert edited.digest == digest(edited.body)


def test_the_digest_tells_documents_apart() -> None:
    one, same, other = (
        arrive(compiled(), [{"id": 1, "a": 1}], 1)
        + arrive(compiled(), [{"id": 1, "a": 1}], 2)
        + arrive(compiled(), [{"id": 1, "a": 2}], 3)
    )
    assert one.digest == same.digest == digest(one.body)
    assert one.digest != other.digest


def test_small_pages_are_committed_together_and_the_last_batch_ends_the_window() -> None:
    only = gathered([Page(documents("1", "2"), 2, 3, T1), Page(documents("3"), None, None, T2)])
    assert len(only) == 1
    assert [a.external_id for a in only[0].arrivals] == ["1", "2", "3"]
    assert (only[0].exhausted, only[0].resume, only[0].expected, only[0].remote_time) == (True, None, 3, T1)


def test_a_batch_that_is_full_is_committed_with_its_resume_point() -> None:
    """T033: memory stays bounded by the batch, not by the window."""
    pages = [Page(documents(*range(n * BATCH + 1, (n + 1) * BATCH + 1)), n + 1, None, T1) for n in range(2)]
    found = gathered([*pages, Page(documents("9999"), None)])
    assert [(len(b.arrivals), b.resume, b.exhausted) for b in found] == [
        (BATCH, 1, False),
        (BATCH, 2, False),
        (1, None, True),
    ]


def test_a_document_that_moved_to_another_page_counts_once_as_it_was_last_seen() -> None:
    pages = [Page([{"id": "1", "note": "old"}, {"id": "2"}], 1), Page([{"id": "1", "note": "new"}], None)]
    only = gathered(pages)[0]
    assert [(a.external_id, a.document.get("note"), a.asked) for a in only.arrivals] == [
        ("1", "new", 2),
        ("2", None, 1),
    ]


def test_each_page_is_numbered_before_it_is_asked_for() -> None:
    numbers = count(1)
    told: list[str] = []

    def ask() -> int:
        told.append("number")
        return next(numbers)

    def pages() -> Iterator[Page]:
        for resume in (1, 2, None):
            told.append("page")
            yield Page(documents(resume or 3), resume)

    [batch] = batches(compiled(), pages(), ask)
    assert told == ["number", "page"] * 3
    assert [a.asked for a in batch.arrivals] == [1, 2, 3]


def test_pages_after_the_last_are_not_asked_for() -> None:
    def pages() -> Iterator[Page]:
        yield Page([], None)
        raise AssertionError("asked for a page after the last")

    assert [batch.exhausted for batch in batches(compiled(), pages(), lambda: 1)] == [True]


def test_a_connector_that_stops_without_saying_so_has_ended_the_window() -> None:
    assert [batch.exhausted for batch in batches(compiled(), [Page(documents("1"), 5)], lambda: 1)] == [True]
