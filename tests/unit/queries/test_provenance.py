"""Why a value is as it is: which system said so, when, in which run, and through which rule."""

from __future__ import annotations

import pytest
from office import Office, customer, order

from hub.errors import ConfigError
from hub.operations.replay import apply_replay, plan_replay
from hub.queries.provenance import why
from hub.queries.record import record_page
from hub.store import settings


@pytest.fixture
def record(office: Office) -> str:
    """An order whose note was changed in the shop, and then in the ERP."""
    office.apply()
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1", note="ring"))
    office.sync()
    office.sync()
    office.shop.put("orders", {"id": "1", "note": "knock"})
    office.sync()
    office.sync()
    office.erp.put("orders", {"id": "1002", "note": "wait"})
    office.sync()
    return office.record("shop", "orders", "1").id


def test_a_field_is_explained_by_every_value_that_it_had(office: Office, record: str) -> None:
    found = why(office.hub, record, "note")
    assert [(one.value, one.source, one.version) for one in found.steps] == [
        ("wait", "erp", 3),
        ("knock", "shop", 2),
        ("ring", "shop", 1),
    ]
    assert found.steps[0].run is not None
    assert found.steps[0].since > found.steps[1].since
    assert (found.stream, found.rule, found.layer, found.is_current) == ("orders", "note", "shipped", True)
    assert found.place.startswith("erp/orders.yaml:")


def test_a_field_that_never_changed_is_as_old_as_the_record(office: Office, record: str) -> None:
    [step] = why(office.hub, record, "currency").steps
    assert (step.value, step.source, step.version) == ("EUR", "shop", 1)


def test_a_mapping_that_was_changed_since_is_told(office: Office, record: str) -> None:
    body = "entity: order\nstream: orders\nfields:\n  note: {in: remark}\n"
    with office.database.write() as tx:
        settings.add_mapping_override(tx, "connection:erp", "erp", "orders", body, office.clock())
    found = why(office.hub, record, "note")
    assert (found.rule, found.layer, found.is_current) == ("remark", "connection", False)


def test_an_operators_change_is_told_as_such(office: Office, record: str) -> None:
    page = record_page(office.database, office.plugins, record, now=office.clock())
    first = [one for one in page.past if one.connection == "shop"][-1].event
    apply_replay(office.hub, plan_replay(office.hub, record, first), "ada")
    newest = why(office.hub, record, "note").steps[0]
    assert (newest.value, newest.source, newest.run) == ("ring", "operator", None)


def test_what_a_record_does_not_have_is_told_with_what_it_has(office: Office, record: str) -> None:
    with pytest.raises(ConfigError, match="has no color") as caught:
        why(office.hub, record, "color")
    assert "note" in caught.value.hint
