"""Pages that are read document by document."""

from __future__ import annotations

import pytest

from hub.document import Unread, read
from hub.errors import InvalidRecordError

BODY = '[{"id": 1, "name": "Zoë"}, {"id": 2, "price": 1.10}, {"id": 3, "tags": []}]'.encode()


def test_a_page_is_the_list_that_it_would_be_if_it_had_been_read() -> None:
    page = Unread.cut(BODY)
    assert page == [{"id": 1, "name": "Zoë"}, {"id": 2, "price": 1.1}, {"id": 3, "tags": []}]
    assert [document["id"] for document in page] == [1, 2, 3]
    assert (len(page), page[-1]["id"], list(page[1:]) == list(page)[1:]) == (3, 3, True)


def test_each_document_is_read_anew_so_that_nobody_sees_what_another_did_to_it() -> None:
    page = Unread.cut(BODY)
    page[0]["name"] = "changed"
    assert page[0]["name"] == "Zoë"


def test_an_empty_page_holds_nothing() -> None:
    assert not Unread.cut(b" [ ] ")
    assert list(Unread.cut(b"[]")) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"<html>",
        b"[" * 9999,
        b'[{"id": 1}',
        b'[{"id": 1},]',
        b'[{"id": "\xff"}]',
        b'[{"id": "\\ud800"}]',
        b"[01]",
    ],
)
def test_what_is_no_json_list_is_refused_whole(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Unread.cut(body)


def test_a_document_that_cannot_be_read_does_not_stand_in_the_way_of_its_neighbors() -> None:
    """A number beyond all floats is the one thing that is found out only now."""
    page = Unread.cut(b'[{"id": 1, "weight": 1e999}, {"id": 2}]')
    assert page[1] == {"id": 2}
    with pytest.raises(InvalidRecordError, match="a document is no JSON that can be read: number is infinity"):
        read(page.texts[0])
