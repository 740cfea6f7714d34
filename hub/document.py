"""Documents: records in the remote's shape, and a list of them that is read one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias, overload

import msgspec
import orjson

from hub.errors import InvalidRecordError

Document: TypeAlias = dict[str, Any]
"""A record in the remote's shape."""

Text: TypeAlias = bytes | memoryview
"""The JSON of one document."""

CUT: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Unread(Sequence[Document]):
    """Documents in the JSON in which they came: each is read when it is asked for, anew each time, and not kept.

    A page of a hundred orders is two megabytes of objects. Read one by one they never leave the processor's caches.
    One whose JSON cannot be read for all that, such as a number beyond all floats, is an InvalidRecordError by itself.
    """

    def __init__(self, texts: Sequence[Text]) -> None:
        self.texts = texts

    @classmethod
    def cut(cls, body: bytes) -> Unread:
        """Cut a JSON list into its elements, unread and not copied; ValueError for anything else."""
        if not body.isascii():
            body.decode()  # what is cut is not looked at
        try:
            return cls([memoryview(raw) for raw in CUT.decode(body)])
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError(str(error)) from error

    @overload
    def __getitem__(self, place: int) -> Document: ...

    @overload
    def __getitem__(self, place: slice) -> Unread: ...

    def __getitem__(self, place: int | slice) -> Document | Unread:
        return Unread(self.texts[place]) if isinstance(place, slice) else read(self.texts[place])

    def __len__(self) -> int:
        return len(self.texts)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def read(text: Text) -> Document:
    """Read one document; InvalidRecordError where its JSON is broken."""
    try:
        found: Document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRecordError(
            f"a document is no JSON that can be read: {error}", hint="Look at it in the remote system."
        ) from error
    return found
