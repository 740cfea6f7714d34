"""What every shipped mapping must do, as a suite that a connector's author subclasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson

from hub.api import ConnectorSpec, Document, Stream, UnknownValueError
from hub.mapping.engine import Compiled, Pairs
from hub.mapping.field import Field, Part
from hub.mapping.paths import MISSING, read, write
from hub.model import ENTITIES
from hub.testing.subject import compile_shipped

if TYPE_CHECKING:
    import pytest


class MappingContract:
    """Subclass it in a test module:

    class TestAcmeMappings(MappingContract):
        spec = SPEC
        recorded = {"orders": [...]}
        vocabulary = {"orders": {"status": ["open", "shipped"]}}

    recorded: per stream, documents as the remote really sends them. vocabulary: per stream and top field, every value
    that the vendor documents. unrecorded: per stream, mapped fields that no recording can show. tables: value tables.
    """

    spec: ConnectorSpec
    recorded: Mapping[str, Sequence[Document]]
    vocabulary: Mapping[str, Mapping[str, Sequence[Any]]] = {}
    unrecorded: Mapping[str, Sequence[str]] = {}
    tables: Mapping[str, Mapping[str, str]] = {}

    def test_every_stream_has_recordings(self, stream: Stream) -> None:
        assert self.recorded.get(stream.name), f"give the contract recorded documents of {stream.name}"

    def test_every_recorded_document_becomes_a_valid_record(self, stream: Stream) -> None:
        for mapping, document in self._recordings(stream):
            record = mapping.decode(document, self.tables, Pairs().record)
            ENTITIES[mapping.entity].model_validate_json(orjson.dumps(record))
            assert mapping.external_id(document)

    def test_what_is_written_is_read_back_the_same(self, stream: Stream) -> None:
        """The law: decode(apply(encode(record), document)) is the record, on every two-way path."""
        for mapping, document in self._recordings(stream):
            links = Pairs()
            record = mapping.decode(document, self.tables, links.record)
            for base in (document, {}):  # over what stands there, and as a record of its own
                patch = mapping.encode(record, self.tables, links.external, base=base or None)
                again = mapping.decode(mapping.apply(patch, base), self.tables, links.record)
                wrong = _differences(mapping.two_way(record), mapping.two_way(again))
                assert not wrong, f"{stream.name} {mapping.external_id(document)} reads back otherwise: {wrong}"

    def test_a_patch_leaves_foreign_data_alone(self, stream: Stream) -> None:
        for mapping, document in self._recordings(stream):
            links, ours = Pairs(), {path[0].name for f in mapping.top.fields for path in f.rule.writes if path}
            record = mapping.decode(document, self.tables, links.record)
            patch = mapping.encode(record, self.tables, links.external, base=document)
            after = mapping.apply(patch, document)
            foreign = {key: value for key, value in document.items() if key not in ours}
            assert not _differences(foreign, {key: after.get(key, MISSING) for key in foreign})

    def test_what_a_record_does_not_say_is_not_written(self, stream: Stream) -> None:
        patch = self._mapping(stream).encode({}, self.tables, Pairs().external)
        assert patch == {}, f"an empty record writes {patch}"

    def test_translating_leaves_its_input_alone(self, stream: Stream) -> None:
        for mapping, document in self._recordings(stream):
            links, before = Pairs(), deepcopy(document)
            record = mapping.decode(document, self.tables, links.record)
            meant = deepcopy(record)
            mapping.encode(record, self.tables, links.external, base=document)
            assert document == before, f"decoding changed {stream.name} {mapping.external_id(before)}"
            assert record == meant, f"encoding changed the record of {stream.name} {mapping.external_id(before)}"

    def test_every_mapped_path_occurs_in_a_recording(self, stream: Stream) -> None:
        mapping = self._mapping(stream)
        unseen = set(_unseen(mapping.top, self.recorded.get(stream.name, ()), ""))
        missing = sorted(unseen - set(self.unrecorded.get(stream.name, ())))
        assert not missing, f"no recording of {stream.name} shows {missing}: a misspelt path, or a recording to add"

    def test_every_documented_value_is_mapped(self, stream: Stream) -> None:
        mapping, unknown = self._mapping(stream), []
        for name, values in self.vocabulary.get(stream.name, {}).items():
            path = mapping.top.field(name).rule.reads[0]
            for value in values:
                document: Document = deepcopy(self.recorded[stream.name][0])
                patch: Document = {}
                write(patch, document, path, value)
                try:
                    mapping.decode(mapping.apply(patch, document), self.tables, Pairs().record)
                except UnknownValueError:
                    unknown.append((name, value))
        assert not unknown, f"{stream.name} does not know {unknown}"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each check once a stream."""
        metafunc.parametrize("stream", self.spec.streams, ids=lambda stream: stream.name)

    def _mapping(self, stream: Stream) -> Compiled:
        return compile_shipped(self.spec, stream.name)

    def _recordings(self, stream: Stream) -> Iterator[tuple[Compiled, Document]]:
        mapping = self._mapping(stream)
        return ((mapping, document) for document in self.recorded.get(stream.name, ()))


def _differences(expected: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = sorted(expected.keys() | got.keys())
    pairs = {key: (expected.get(key, MISSING), got.get(key, MISSING)) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _unseen(part: Part, objects: Sequence[Any], prefix: str) -> Iterator[str]:
    """Name the fields whose remote path is in none of these objects."""
    for f in part.fields:
        if f.rule.reads:
            values = [value for item in objects for value in _values(f, item)]
            if not values:
                yield prefix + f.rule.name
            elif f.part is not None and f.part is not part:
                yield from _unseen(f.part, values, f"{prefix}{f.rule.name}.")


def _values(f: Field, item: Any) -> Iterator[Any]:
    for path in f.rule.reads:
        found = read(path, item)
        if found is not MISSING and (found is not None or f.part is None):
            yield from found if f.rule.each and isinstance(found, list) else [found]
