"""What was parked is corrected by a person: the original stays beside the edit, and the record comes in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from office import Office, customer, order

from hub.errors import ConfigError, RejectedError
from hub.operations.edit import current_document, edit_problem, set_values
from hub.operations.problem import queue_replay, reprocess_stored
from hub.store import links, problems
from hub.store.problems import Problem


def parked(office: Office, **more: Any) -> Problem:
    office.apply()
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1", **{"status": "lost", **more}))
    office.sync()
    [problem] = office.problems()
    return problem


def retry(office: Office, problem: Problem) -> None:
    reprocess_stored(office.hub, queue_replay(office.database, office.plugins, [problem], office.clock()))


def edit(office: Office, problem: Problem, *settings: str) -> Problem:
    document = set_values(current_document(problem), settings)
    return edit_problem(office.hub, problem, document, "ada", office.clock())


def test_an_edited_document_comes_in_and_its_original_is_kept(office: Office) -> None:
    """T128: the edit stands beside the original, with who made it and when."""
    problem = parked(office)
    kept = edit(office, problem, "status=completed")
    retry(office, kept)
    assert office.record("shop", "orders", "1").status == "completed"
    with office.database.read() as tx:
        closed = problems.get(tx, problem.id)
        document = links.documents(tx, "shop", "orders", ["1"])["1"]
    assert closed is not None
    assert (closed.state, closed.note) == ("closed", "Read without a problem.")
    assert (closed.edited_by, closed.edited_at is not None) == ("ada", True)
    assert orjson.loads(closed.document or "")["status"] == "lost"
    assert orjson.loads(closed.edited or "")["status"] == "completed"
    assert orjson.loads(document)["status"] == "lost", "what was received is what the shop said"


def test_the_same_document_from_the_remote_is_known_from_then_on(office: Office) -> None:
    retry(office, edit(office, parked(office), "status=completed"))
    office.sync("shop")
    assert office.problems() == []
    assert office.record("shop", "orders", "1").status == "completed"


def test_a_correction_by_the_remote_itself_replaces_the_edit(office: Office) -> None:
    retry(office, edit(office, parked(office), "status=completed"))
    office.shop.put("orders", {"id": "1", "status": "processing"})
    office.sync("shop")
    assert office.record("shop", "orders", "1").status == "open"


def test_an_edit_that_fails_as_well_stays_to_be_corrected(office: Office) -> None:
    problem = parked(office)
    retry(office, edit(office, problem, "status=wrong"))
    [again] = office.problems()
    assert (again.id, again.attempts) == (problem.id, 2)
    assert current_document(again)["status"] == "wrong"
    assert orjson.loads(again.document or "")["status"] == "lost"
    retry(office, edit(office, again, "status=completed"))
    assert office.problems() == []


def test_news_from_the_remote_end_an_edit(office: Office) -> None:
    edit(office, parked(office), "status=completed")
    office.shop.put("orders", {"id": "1", "status": "nonsense"})
    office.sync("shop")
    [problem] = office.problems()
    assert (problem.edited, current_document(problem)["status"]) == (None, "nonsense")


def test_a_refused_write_is_sent_as_it_was_edited(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """T128: a payload for the ERP."""

    def refuse(_when: str, write: Any) -> None:
        if write.document.get("note") == "too long":
            raise RejectedError("the note is too long")

    office.erp.fail = refuse
    office.apply()
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1", note="too long"))
    office.sync()
    [problem] = office.problems()
    retry(office, edit(office, problem, "note=long"))
    [sale] = office.erp.tables["orders"].values()
    assert sale["note"] == "long"
    assert office.problems() == []
    office.sync()
    assert [write.document["note"] for stream, write in office.erp.writes if stream == "orders"] == ["long"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("status", "'status' sets nothing"),
        ("billing.country=DE", "billing.country: the document has no billing there"),
        ("id=2", "the edited document is 2, the problem is about 1"),
        ("id=null", "the edited document has no id"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(office: Office, setting: str, message: str) -> None:
    problem = parked(office)
    with pytest.raises(ConfigError, match=message):
        edit(office, problem, setting)


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("total=5", {"total": "5"}),
        ("count=5", {"count": 5}),
        ("lines.1.sku=X", {"lines": [{"sku": "A"}, {"sku": "X"}]}),
        ("lines.0=null", {"lines": [None, {"sku": "B"}]}),
        ("new=[1]", {"new": [1]}),
        ('total="a=b"', {"total": "a=b"}),
    ],
)
def test_values_are_set_by_their_paths(setting: str, changed: dict[str, Any]) -> None:
    document = {"total": "1.00", "count": 1, "lines": [{"sku": "A"}, {"sku": "B"}]}
    assert set_values(document, [setting]) == {**document, **changed}
    assert document["total"] == "1.00"


def test_only_what_is_open_can_be_edited(office: Office) -> None:
    problem = parked(office)
    retry(office, edit(office, problem, "status=completed"))
    with office.database.read() as tx:
        closed = problems.get(tx, problem.id)
    assert closed is not None
    with pytest.raises(ConfigError, match="has nothing to edit"):
        edit_problem(office.hub, closed, {}, "ada", office.clock())


def test_a_write_of_which_no_document_could_be_made_says_so(office: Office) -> None:
    bare = replace(parked(office), document=None)
    with pytest.raises(ConfigError, match="has nothing to edit") as raised:
        current_document(bare)
    assert raised.value.hint.startswith("No document was made yet")
