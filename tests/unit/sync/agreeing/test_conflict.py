"""Fields that a person decides: a card with both values freezes the field towards one link, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from house import House

from hub.errors import ConfigError, InvalidRecordError
from hub.operations.conflict import decide, parse_value
from hub.operations.problem import close_problem, close_settled, queue_replay
from hub.store import settings
from hub.store.settings import PolicyRow
from hub.sync.agreeing.conflict import Card, read_card


@pytest.fixture
def torn(open_house: Callable[[], House]) -> House:
    """A customer whose note was changed in the shop and in the ERP since they agreed, where a person decides notes."""
    house = open_house()
    house.route("customer", direction="two-way")
    with house.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "customer", "note", "human"))
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "note": "ring once", "tags": ["new"]})
    house.sync_well()
    house.sync_well()
    house.shop.put("customers", {"id": "7", "note": "ring twice"})
    house.erp.put("customers", {"id": "1001", "note": "do not ring"})
    house.sync_well("shop")
    house.sync_well("erp")
    return house


def notes(house: House) -> tuple[Any, Any]:
    return house.shop.tables["customers"]["7"]["note"], house.erp.tables["customers"]["1001"]["note"]


def card(house: House) -> Card:
    [problem] = house.problems()
    assert (problem.kind, problem.connection, problem.field) == ("conflict", "erp", "note")
    return read_card(problem)


def test_a_card_tells_base_both_values_their_times_and_where_they_came_from(torn: House) -> None:
    """T118."""
    told = card(torn)
    assert (told.base, told.ours.value, told.theirs.value) == ("ring once", "ring twice", "do not ring")
    assert (told.ours.source, told.theirs.source) == ("shop", "erp")
    assert told.ours.since is not None
    assert told.theirs.since is not None
    assert notes(torn) == ("ring twice", "do not ring")


def test_everything_else_of_the_record_goes_on_syncing(torn: House) -> None:
    """T118: the frozen field is written nowhere near the link, also not inside another update."""
    torn.shop.put("customers", {"id": "7", "first": "Ada", "tags": ["new", "vip"]})
    torn.erp.put("customers", {"id": "1001", "last": "Lovelace"})
    torn.sync_well()
    torn.sync_well()
    assert torn.erp.tables["customers"]["1001"]["first"] == "Ada"
    assert torn.erp.tables["customers"]["1001"]["tags"] == ["new", "vip"]
    assert torn.shop.tables["customers"]["7"]["last"] == "Lovelace"
    assert notes(torn) == ("ring twice", "do not ring")
    assert card(torn).base == "ring once"


def test_a_quiet_sync_writes_nothing_and_keeps_the_card(torn: House) -> None:
    writes = len(torn.shop.writes) + len(torn.erp.writes)
    torn.sync_well()
    torn.sync_well()
    assert len(torn.shop.writes) + len(torn.erp.writes) == writes
    assert card(torn).theirs.value == "do not ring"


def test_a_card_follows_what_both_sides_say_meanwhile(torn: House) -> None:
    torn.shop.put("customers", {"id": "7", "note": "ring three times"})
    torn.erp.put("customers", {"id": "1001", "note": "never ring"})
    torn.sync_well()
    torn.sync_well()
    told = card(torn)
    assert (told.base, told.ours.value, told.theirs.value) == ("ring once", "ring three times", "never ring")


@pytest.mark.parametrize(
    ("side", "value", "note"),
    [("ours", None, "ring twice"), ("theirs", None, "do not ring"), (None, "ring softly", "ring softly")],
)
def test_a_decision_lets_the_field_flow_again(torn: House, side: str | None, value: Any, note: str) -> None:
    """T118."""
    decision = decide(torn.hub, torn.problems()[0], side, value)
    assert (decision.field, decision.value) == ("note", note)
    assert torn.problems() == []
    torn.sync_well()
    assert notes(torn) == (note, note)
    torn.shop.put("customers", {"id": "7", "note": "afterwards"})
    torn.sync_well()
    assert notes(torn) == ("afterwards", "afterwards")
    writes = len(torn.shop.writes) + len(torn.erp.writes)
    torn.sync_well()
    assert len(torn.shop.writes) + len(torn.erp.writes) == writes


def test_what_changes_there_after_the_card_was_written_is_not_overruled_by_the_decision(torn: House) -> None:
    torn.erp.put("customers", {"id": "1001", "note": "a third thing"})
    decide(torn.hub, torn.problems()[0], "ours")
    torn.sync_well()
    assert card(torn).theirs.value == "a third thing"
    assert notes(torn) == ("ring twice", "a third thing")


@pytest.mark.parametrize("side", ["shop", "erp"])
def test_a_card_closes_by_itself_when_both_sides_agree_again(torn: House, side: str) -> None:
    if side == "shop":
        torn.shop.put("customers", {"id": "7", "note": "do not ring"})
    else:
        torn.erp.put("customers", {"id": "1001", "note": "ring twice"})
    torn.sync_well()
    torn.sync_well()
    assert torn.problems() == []
    assert len(set(notes(torn))) == 1
    torn.erp.put("customers", {"id": "1001", "note": "later"})
    torn.sync_well()
    torn.sync_well()
    assert notes(torn) == ("later", "later")


@pytest.mark.parametrize(("side", "note"), [("shop", "do not ring"), ("erp", "ring twice")])
def test_a_card_closes_when_one_side_takes_its_change_back(torn: House, side: str, note: str) -> None:
    remote, external_id = (torn.shop, "7") if side == "shop" else (torn.erp, "1001")
    remote.put("customers", {"id": external_id, "note": "ring once"})
    torn.sync_well()
    torn.sync_well()
    assert torn.problems() == []
    assert notes(torn) == (note, note)


def test_another_policy_settles_what_was_left_to_a_person(torn: House) -> None:
    with torn.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "customer", "note", "shop"))
    torn.erp.put("customers", {"id": "1001", "note": "never ring"})
    torn.sync_well()
    torn.sync_well()
    assert torn.problems() == []
    assert notes(torn) == ("ring twice", "ring twice")


def test_a_conflict_cannot_be_closed_without_a_decision_and_its_replay_only_looks_again(torn: House) -> None:
    [problem] = torn.problems()
    with pytest.raises(ConfigError, match="somebody decides"):
        close_problem(torn.hub.database, problem, "never mind", torn.clock())
    queue_replay(torn.hub.database, torn.hub.plugins, [problem], torn.clock())
    torn.sync_well()
    close_settled(torn.hub.database, [problem], torn.clock())
    assert notes(torn) == ("ring twice", "do not ring")
    assert card(torn).field == "note"


def test_a_decision_is_made_once_and_only_about_conflicts(torn: House) -> None:
    [problem] = torn.problems()
    decide(torn.hub, problem, "ours")
    with pytest.raises(ConfigError, match="closed already"):
        decide(torn.hub, problem, "theirs")


def test_a_value_that_the_record_cannot_have_decides_nothing(torn: House) -> None:
    with pytest.raises(InvalidRecordError):
        decide(torn.hub, torn.problems()[0], None, ["no", "text"])
    assert card(torn).field == "note"


def test_a_text_is_taken_as_it_is_typed(torn: House) -> None:
    assert parse_value(torn.hub.database, torn.problems()[0], "12") == "12"
