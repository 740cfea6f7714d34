"""What every connector that writes must do."""

from __future__ import annotations

from copy import deepcopy

from hub.api import Document, Refused, Stream, Write, Written
from hub.testing.subject import Connected, Subject


class WritingChecks(Subject):
    """One outcome a write, nothing twice, nothing touched that was not meant."""

    def test_a_declared_stream_can_be_written(self, writable: Stream) -> None:
        known = self.creates.keys() | self.changes.keys()
        assert writable.name in known, f"give the contract something to write to {writable.name}: creates or changes"

    def test_every_create_is_answered_with_an_id_in_order(self, creatable: Stream) -> None:
        writes = [create(document, place) for place, document in enumerate(self.creates[creatable.name])]
        with self.connected() as hub:
            for start in range(0, len(writes), creatable.batch):
                batch = writes[start : start + creatable.batch]
                outcomes = write(hub, creatable, *batch)
                assert [outcome.write for outcome in outcomes] == batch, "one outcome for each write, in order"
                assert all(written(outcome).external_id for outcome in outcomes)

    def test_a_create_that_is_repeated_makes_one_record(self, creatable: Stream) -> None:
        """The answer was lost: the hub repeats the write where the remote honors its key, else it looks for it."""
        wanted = create(self.creates[creatable.name][0])
        with self.connected() as hub:
            [first] = write(hub, creatable, wanted)
            if creatable.keyed:
                [second] = write(hub, creatable, wanted)
                assert written(second).external_id == written(first).external_id, "the key did not hold"
            elif hasattr(hub.connector, "find"):
                found = hub.connector.find(creatable.name, wanted)
                assert found == written(first).external_id, "find does not see what upsert has written"

    def test_finding_what_was_never_written_gives_none(self, creatable: Stream) -> None:
        with self.connected() as hub:
            if hasattr(hub.connector, "find"):
                wanted = create(self.creates[creatable.name][0])
                assert hub.connector.find(creatable.name, wanted) is None

    def test_a_change_keeps_its_id_and_repeating_it_changes_nothing(self, changeable: Stream) -> None:
        with self.connected() as hub:
            wanted = self._change(hub, changeable)
            [first] = write(hub, changeable, wanted)
            [again] = write(hub, changeable, wanted)
        assert written(first).external_id == written(again).external_id == wanted.external_id

    def test_the_answer_to_a_write_is_the_document_as_it_stands_there(self, changeable: Stream) -> None:
        with self.connected() as hub:
            [outcome] = write(hub, changeable, self._change(hub, changeable))
        answer = written(outcome).document
        if answer is not None:
            assert self.ids(changeable.name, [answer]) == [written(outcome).external_id]
            self.decoded(changeable.name, answer)

    def test_writing_leaves_its_input_alone(self, changeable: Stream) -> None:
        with self.connected() as hub:
            wanted = self._change(hub, changeable)
            before = deepcopy((wanted.document, wanted.base))
            write(hub, changeable, wanted)
        assert (wanted.document, wanted.base) == before, "upsert changed a document that it was given"

    def test_a_record_that_is_refused_spares_the_others(self, refusing: Stream) -> None:
        good, bad = self.creates[refusing.name][0], self.refused[refusing.name]
        with self.connected() as hub:
            batches = (
                [[create(bad, 1), create(good, 2)]] if refusing.batch > 1 else [[create(bad, 1)], [create(good, 2)]]
            )
            outcomes = [outcome for batch in batches for outcome in write(hub, refusing, *batch)]
        assert [type(outcome) for outcome in outcomes] == [Refused, Written]
        assert outcomes[0].error.message, "a refusal says why"  # type: ignore[union-attr]

    def _change(self, hub: Connected, stream: Stream) -> Write:
        external_id, patch = self.changes[stream.name]
        base = None
        if hasattr(hub.connector, "fetch") and stream.reads:
            base = next(iter(hub.connector.fetch(stream.name, [external_id])), None)
            assert base is not None, f"the sandbox has no {external_id} in {stream.name}"
        return Write("record-change", "key-change", external_id, deepcopy(patch), base)


def create(document: Document, place: int = 0) -> Write:
    """Ask for a new record."""
    return Write(f"record-{place}", f"key-{place}", None, deepcopy(document))


def write(hub: Connected, stream: Stream, *writes: Write) -> list[Written | Refused]:
    """Write, and hear every outcome."""
    return list(hub.connector.upsert(stream.name, list(writes)))


def written(outcome: Written | Refused) -> Written:
    """Insist that the remote took a write."""
    assert isinstance(outcome, Written), f"refused: {outcome.error.message}"
    return outcome
