"""Writes whose answer was never seen: found, repeated where that is safe, or put before a person; never sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from house import House, order

from hub.api import AuthError, Document, Lane, Refused, RejectedError, UnavailableError, Window, Write, Written
from hub.operations.problem import close_problem, queue_replay
from hub.store import links, outbox
from hub.sync.backfill import backfill
from hub.testing.memory import MemoryConnector, MemoryRemote

Fail = Callable[[str, Write], None]


class Mute(MemoryConnector):
    """Cannot be asked whether a write has arrived."""

    find = None  # type: ignore[assignment]


class Blind(Mute):
    """Nor read back."""

    fetch = None  # type: ignore[assignment]


def lose(when: str, *numbers: str) -> Fail:
    """Lose the answer of orders, before or after the remote has kept them."""

    def fail(now: str, write: Write) -> None:
        if now == when and write.document.get("number") in numbers:
            raise UnavailableError("connection reset", hint="Wait.")

    return fail


def whole(_when: str, _write: Write) -> None:
    return None


def numbers(house: House) -> list[str]:
    return sorted(row["number"] for row in house.erp.tables.get("orders", {}).values())


def edit_everything(house: House) -> None:
    """Edit each order in the shop, and see that the ERP follows without a second order."""
    for external_id in list(house.shop.tables["orders"]):
        house.shop.put("orders", {"id": external_id, "note": "edited"})
    house.sync_well()
    assert {row.get("note") for row in house.erp.tables["orders"].values()} == {"edited"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("keyed", [False, True])
def test_a_lost_answer_is_settled_before_anything_is_read(house: House, when: str, keyed: bool) -> None:
    """T018: the ERP's own list shows our order before the hub knows its id; it must not become a second record."""
    if keyed:
        house.swap("erp", partial(Keyed, {}), keyed=True)
    for number in ("1", "2", "3"):
        house.shop.put("orders", order(number))
    house.erp.fail = lose(when, "2")
    house.sync()
    house.erp.fail = whole
    house.sync_well()
    assert numbers(house) == ["1", "2", "3"]
    assert house.owed() == {}
    edit_everything(house)
    assert numbers(house) == ["1", "2", "3"]


class Keyed(Mute):
    """Cannot be asked, but knows the key of a write that it has seen."""

    def __init__(self, seen: dict[str, Document], remote: MemoryRemote) -> None:
        super().__init__(remote)
        self.seen = seen

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Answer a repeated key as the first time."""
        for write in writes:
            if write.key in self.seen:
                yield Written(write, str(self.seen[write.key]["id"]), document=self.seen[write.key])
                continue
            self._remote.fail("before", write)
            document = {**write.document, **({"id": write.external_id} if write.external_id else {})}
            self.seen[write.key] = self._remote.put(stream, {"ref": write.record_id, **document})
            self._remote.fail("after", write)
            yield Written(write, str(self.seen[write.key]["id"]), document=self.seen[write.key])


class Today(Keyed):
    """Answers a repeated key with the record as it stands now."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write, and give what stands there."""
        for outcome in super().upsert(stream, writes):
            assert isinstance(outcome, Written)
            document = dict(self._remote.tables[stream][outcome.external_id])
            yield Written(outcome.write, outcome.external_id, document=document)


def test_what_a_person_edited_before_a_create_was_repeated_is_hers(house: House) -> None:
    """T003: the answer to the repetition shows the edit; it is not what the ERP made of our value."""
    house.route("order", direction="two-way")
    house.swap("erp", partial(Today, {}), keyed=True)
    house.shop.put("orders", order("1", note="from the shop"))
    house.erp.fail = lose("after", "1")
    house.sync()
    house.erp.fail = whole
    external_id = next(iter(house.erp.tables["orders"]))
    house.erp.put("orders", {"id": external_id, "note": "seen to by Bo"})
    house.sync_well()
    assert house.shop.tables["orders"]["1"]["note"] == "seen to by Bo"


def test_where_it_cannot_be_asked_a_person_is_and_nothing_is_sent_again(house: House) -> None:
    """T004."""
    house.swap("erp", Mute, batch=1)
    house.shop.put("orders", order("1"))
    house.shop.put("orders", order("2"))
    house.erp.fail = lose("before", "1")
    house.sync()
    house.erp.fail = whole
    for _ in range(3):
        report = house.sync()
        assert not report.errors
        assert all(result.counts.add_up() for result in report.results)
    problem = next(p for p in house.problems() if p.kind == "outcome_unknown")
    assert problem.attempts == 1
    assert "Nobody knows whether Erp received this order" in problem.message
    assert numbers(house) == ["2"]
    assert house.owed()["erp", "orders"] == (0, 0, 1)


def test_a_write_that_was_never_handed_over_is_not_unknown(house: House) -> None:
    """T004: the first of many fails; those behind it were not sent, so nobody needs to be asked about them."""
    house.swap("erp", Mute)
    for number in range(1, 10):
        house.shop.put("orders", order(str(number)))
    house.erp.fail = lose("after", "1")
    house.sync()
    house.erp.fail = whole
    house.sync()
    assert (
        len([p for p in house.problems() if p.kind == "outcome_unknown"])
        <= house.hub.plugins.connectors["erp"].stream("orders").batch
    )
    assert set(map(str, range(3, 10))) <= set(numbers(house))


def test_replaying_sends_it_once_more(house: House) -> None:
    """T004: the person looked, and it is missing."""
    unknown(house, "before")
    queue_replay(house.hub.database, house.hub.plugins, house.problems(), house.clock())
    house.sync_well()
    assert numbers(house) == ["1"]
    assert house.problems() == []
    edit_everything(house)


def test_closing_forgets_it(house: House) -> None:
    """T004: the person looked, and it is there; the next read links it."""
    unknown(house, "after", reads=False)
    close_problem(house.hub.database, house.problems()[0], "It is there.", house.clock())
    assert house.owed() == {}
    house.swap("erp", Blind, reads=True)
    house.sync_well()
    assert numbers(house) == ["1"]
    edit_everything(house)
    assert numbers(house) == ["1"]


def test_what_is_read_meanwhile_answers_the_question_by_itself(house: House) -> None:
    """T004: the ERP's list shows the order with our reference."""
    unknown(house, "after", reads=False)
    house.swap("erp", Blind, reads=True)
    house.sync_well()
    house.sync_well()
    assert house.problems() == []
    assert house.owed() == {}
    edit_everything(house)
    assert numbers(house) == ["1"]


def unknown(house: House, when: str, **stream: Any) -> None:
    house.swap("erp", Blind, **stream)
    house.shop.put("orders", order("1"))
    house.erp.fail = lose(when, "1")
    house.sync()
    house.erp.fail = whole
    house.sync("erp")
    assert [p.kind for p in house.problems()] == ["outcome_unknown"]


def test_what_a_remote_made_of_a_write_is_no_change_when_it_is_first_read(house: House) -> None:
    """T120: the answer was lost, and the ERP writes names in capitals."""
    house.route("customer", direction="two-way")
    house.swap("erp", Blind)
    house.erp.normalize = lambda document: {**document, "last": (document.get("last") or "").upper()}

    def cut(now: str, write: Write) -> None:
        if now == "after":
            raise UnavailableError("connection reset")

    house.shop.put("customers", {"id": "7", "email": "a@example.com", "last": "Lovelace"})
    house.erp.fail = cut
    house.sync()
    house.erp.fail = whole
    house.sync()
    house.sync()
    assert house.shop.tables["customers"]["7"]["last"] == "Lovelace"
    assert len(house.erp.tables["customers"]) == 1
    assert house.data("erp", "customers", "1001")["last_name"] == "Lovelace"


def test_the_parts_of_a_product_that_is_recognized_are_ours_too(house: House) -> None:
    """The answer with the variants' ids was lost; orders refer to them all the same."""
    house.swap("erp", Blind)
    house.erp.normalize = lambda d: {**d, "variants": [{"id": "v9", "sku": "S1"}]} if d.get("variants") else d
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S1"}]})

    def cut(now: str, write: Write) -> None:
        if now == "after" and "variants" in write.document:
            raise UnavailableError("connection reset")

    house.erp.fail = cut
    house.sync()
    house.erp.fail = whole
    house.shop.put("orders", order("1", variant="51"))
    house.sync_well()
    house.sync_well()
    assert next(iter(house.erp.tables["orders"].values()))["lines"][0]["variant"] == "v9"
    assert len(house.erp.tables["products"]) == 1


def test_a_copy_of_our_document_is_a_record_of_its_own(house: House) -> None:
    """Somebody duplicates the order in the ERP, and the copy carries our reference too."""
    house.shop.put("orders", order("1"))
    house.sync_well()
    original = next(row for row in house.erp.tables["orders"].values())
    house.erp.put("orders", {**original, "id": "77"})
    house.sync_well()
    assert house.record("erp", "orders", "77").id != house.record("shop", "orders", "1").id
    assert house.record("erp", "orders", original["id"]).id == house.record("shop", "orders", "1").id


@pytest.mark.parametrize("reference", ["nobody", {"not": "text"}, True, "0", None])
def test_a_reference_that_is_not_ours_is_just_a_field(house: House, reference: Any) -> None:
    house.erp.put("orders", order("50", ref=reference))
    house.sync_well()
    assert house.data("erp", "orders", "50")["number"] == "50"


def test_the_past_is_not_read_before_an_open_question_is_settled(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.erp.fail = lose("after", "1")
    house.sync()

    def deaf(_connector: object, _stream: str, _write: Write) -> str | None:
        raise UnavailableError("down", hint="Wait.")

    house.swap("erp", type("Deaf", (MemoryConnector,), {"find": deaf}))
    result = backfill(house.hub, "erp", "orders", Window(lane=Lane.BACKFILL))
    assert isinstance(result.error, UnavailableError)
    with house.hub.database.read() as tx:
        assert links.promised(tx, "erp", "orders") == []
        assert len(outbox.in_flight(tx, "erp", "orders")) == 1


def test_an_outcome_that_came_before_the_error_counts(house: House) -> None:
    house.swap("erp", MemoryConnector, batch=3)
    for number in ("1", "2", "3"):
        house.shop.put("orders", order(number))
    house.erp.fail = lose("before", "2")
    report = house.sync()
    assert all(result.counts.add_up() for result in report.results), report.results
    assert house.owed()["erp", "orders"] == (0, 0, 2)
    assert numbers(house) == ["1"]


def test_a_revoked_token_keeps_what_was_written_and_says_so(house: House) -> None:
    """T141."""

    def revoke(now: str, write: Write) -> None:
        if now == "before" and write.document.get("number") == "2":
            raise AuthError("401", hint="Ask for a new key.")

    for number in ("1", "2"):
        house.shop.put("orders", order(number))
    house.erp.fail = revoke
    report = house.sync()
    assert [type(error) for error in report.errors] == [AuthError]
    house.erp.fail = whole
    house.sync_well()
    assert numbers(house) == ["1", "2"]


def test_a_refused_write_is_tried_again_when_the_record_changes_and_its_problem_closes(house: House) -> None:
    refusing(house)
    house.erp.fail = whole
    house.shop.put("orders", {"id": "1", "note": "mended"})
    house.sync_well()
    assert house.problems() == []
    assert numbers(house) == ["1"]


def test_a_refused_edit_that_is_taken_back_leaves_no_problem(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well()

    def refuse(now: str, write: Write) -> None:
        if now == "before" and write.document.get("note") == "bad":
            raise RejectedError("no such note", code="note")

    house.erp.fail = refuse
    house.shop.put("orders", {"id": "1", "note": "bad"})
    house.sync()
    assert [p.direction for p in house.problems()] == ["push"]
    house.shop.put("orders", {"id": "1", "note": ""})
    house.sync_well()
    assert house.problems() == []


def test_a_refused_write_of_what_a_rule_bars_since_leaves_no_problem(house: House) -> None:
    refusing(house)
    house.route("order", rules={"except": [{"field": "status", "is": "cancelled"}]})
    house.shop.put("orders", {"id": "1", "status": "cancelled"})
    house.sync_well()
    assert house.problems() == []


def refusing(house: House) -> None:
    def refuse(now: str, write: Write) -> None:
        if now == "before" and write.document.get("number") == "1":
            raise RejectedError("no such tax", code="tax")

    house.shop.put("orders", order("1"))
    house.erp.fail = refuse
    house.sync()
    assert [p.direction for p in house.problems()] == ["push"]
