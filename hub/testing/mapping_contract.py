"""What every shipped mapping must do, as a suite that a connector's author subclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hub.api import ConnectorSpec, Document, Stream, UnknownValueError
from hub.mapping.check import check
from hub.mapping.coverage import never_seen
from hub.mapping.engine import Compiled, Pairs
from hub.mapping.law import differences
from hub.mapping.paths import write
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

    def test_the_laws_hold(self, stream: Stream) -> None:
        """For recorded and for made-up records: valid, read back as written, foreign data alone, inputs untouched."""
        documents = self.recorded.get(stream.name, ())
        findings = check(self._mapping(stream), documents, ENTITIES[stream.entity], self.tables).findings
        told = [f"{f.file}:{f.line} {f.field} {f.document}: {f.law}, but {f.message}" for f in findings]
        assert not told, "\n".join(told)

    def test_a_record_can_be_written_where_there_is_nothing_yet(self, stream: Stream) -> None:
        mapping = self._mapping(stream)
        for document in self.recorded.get(stream.name, ()):
            links = Pairs()
            record = mapping.decode(document, self.tables, links.record)
            created = mapping.apply(mapping.encode(record, self.tables, links.external), {})
            again = mapping.decode(created, self.tables, links.record)
            wrong = [
                f"{d.path}: {d.expected!r} comes back as {d.got!r}" for d in differences(mapping.top, record, again)
            ]
            assert not wrong, f"{stream.name} {mapping.external_id(document)} as a new record: {wrong}"

    def test_every_mapped_path_occurs_in_a_recording(self, stream: Stream) -> None:
        unseen = set(never_seen(self._mapping(stream).top, self.recorded.get(stream.name, ())))
        missing = sorted(unseen - set(self.unrecorded.get(stream.name, ())))
        assert not missing, f"no recording of {stream.name} shows {missing}: a misspelt path, or a recording to add"

    def test_every_documented_value_is_mapped(self, stream: Stream) -> None:
        mapping, unknown = self._mapping(stream), []
        for name, values in self.vocabulary.get(stream.name, {}).items():
            path = mapping.top.field(name).rule.reads[0]
            for value in values:
                document, patch = self.recorded[stream.name][0], Document()
                write(patch, document, path, value)
                try:
                    mapping.decode(mapping.apply(patch, deepcopy(document)), self.tables, Pairs().record)
                except UnknownValueError:
                    unknown.append((name, value))
        assert not unknown, f"{stream.name} does not know {unknown}"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each check once a stream."""
        metafunc.parametrize("stream", self.spec.streams, ids=lambda stream: stream.name)

    def _mapping(self, stream: Stream) -> Compiled:
        return compile_shipped(self.spec, stream.name)
