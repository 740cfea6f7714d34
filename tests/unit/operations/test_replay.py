"""Time travel: what was received and sent is kept, and an old document is held against the record of today."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from office import CONNECTIONS, ROUTES, Office, customer, order

from hub.errors import ConfigError, LockedError, RejectedError
from hub.operations.replay import apply_replay, plan_replay
from hub.operations.retention import Forgotten, forget_past
from hub.queries.past import PastView, past_event
from hub.queries.record import record_page
from hub.store import links, runs


def lived(office: Office) -> str:
    """Let an order be received three times and written twice; give its record."""
    office.apply()
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1", note="first"))
    office.sync()
    office.sync()
    for note in ("second", "third"):
        office.shop.put("orders", {"id": "1", "note": note})
        office.sync()
        office.sync()
    return office.record("shop", "orders", "1").id


def entries(office: Office, record_id: str, connection: str) -> list[PastView]:
    page = record_page(office.database, office.plugins, record_id, now=office.clock())
    return [one for one in page.past if one.connection == connection]


def test_every_document_and_every_write_of_a_record_is_kept(office: Office) -> None:
    """T130: received bytes and sent bytes, each with an event id, beside the steps between them."""
    record_id = lived(office)
    received = entries(office, record_id, "shop")
    assert [(one.way, one.current) for one in received] == [
        ("received", True),
        ("received", False),
        ("received", False),
    ]
    notes = [past_event(office.database, record_id, one.event).document["note"] for one in received]
    assert notes == ["third", "second", "first"]
    sent = [one for one in entries(office, record_id, "erp") if one.way == "sent"]
    keys = [write.key for stream, write in office.erp.writes if stream == "orders"]
    assert [one.event for one in sent] == keys[::-1]
    assert past_event(office.database, record_id, keys[1]).document["note"] == "second"


def test_a_first_import_keeps_nothing_twice(office: Office) -> None:
    office.apply()
    office.shop.put("orders", order("1", customer=None))
    office.sync("shop")
    office.sync("shop")
    with office.database.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM history").scalar() == 0


def test_what_was_refused_is_kept_as_well(office: Office) -> None:
    office.apply()
    office.shop.put("customers", customer())

    def refuse(when: str, _write: object) -> None:
        raise RejectedError("not today")

    office.erp.fail = refuse
    office.sync()
    record_id = office.record("shop", "customers", "7").id
    [refused] = entries(office, record_id, "erp")
    assert refused.way == "refused"


def test_a_plan_shows_what_an_old_event_says_today(office: Office) -> None:
    record_id = lived(office)
    first = entries(office, record_id, "shop")[-1].event
    replay = plan_replay(office.hub, record_id, first[-6:])
    assert [(one.path, one.before, one.after) for one in replay.differences] == [("note", "third", "first")]
    assert orjson.loads(office.record("shop", "orders", "1").data)["note"] == "third"


def test_a_replay_is_the_operators_change_and_goes_where_routes_lead(office: Office) -> None:
    record_id = lived(office)
    first = entries(office, record_id, "shop")[-1].event
    assert apply_replay(office.hub, plan_replay(office.hub, record_id, first), "ada") == ["erp"]
    record = office.record("shop", "orders", "1")
    assert (record.source, orjson.loads(record.data)["note"]) == ("operator", "first")
    office.sync()
    [sale] = office.erp.tables["orders"].values()
    assert sale["note"] == "first"
    assert orjson.loads(office.record("shop", "orders", "1").data)["note"] == "first", "the shop's is no news"
    with office.database.read() as tx:
        [event] = runs.events(tx, record=record_id, kind="replayed")
    assert event.detail == {"event": first, "fields": ["note"], "by": "ada"}


def test_only_some_fields_are_taken_from_an_old_event(office: Office) -> None:
    record_id = lived(office)
    first = entries(office, record_id, "shop")[-1].event
    assert plan_replay(office.hub, record_id, first, ["total"]).differences == ()
    with pytest.raises(ConfigError, match="says nothing about color"):
        plan_replay(office.hub, record_id, first, ["color"])


def test_a_mapping_that_was_mended_shows_what_an_old_event_means_now(office: Office) -> None:
    record_id = lived(office)
    with office.database.write() as tx:
        from hub.store import settings

        body = "entity: order\nstream: orders\nfields:\n  note: {in: email}\n"
        settings.add_mapping_override(tx, "connection:shop", "shop", "orders", body, office.clock())
    replay = plan_replay(office.hub, record_id, entries(office, record_id, "shop")[0].event)
    assert [(one.path, one.after) for one in replay.differences] == [("note", "g@example.com")]


def test_what_the_old_event_refers_to_must_be_here(office: Office) -> None:
    record_id = lived(office)
    with office.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM link WHERE connection = 'shop' AND stream = 'customers'")
    replay = plan_replay(office.hub, record_id, entries(office, record_id, "shop")[0].event)
    assert replay.missing == ("customers 7",)
    with pytest.raises(ConfigError, match="refers to customers 7, which the hub does not know"):
        apply_replay(office.hub, replay, "ada")


def test_a_plan_of_yesterday_is_not_applied_to_the_record_of_today(office: Office) -> None:
    record_id = lived(office)
    replay = plan_replay(office.hub, record_id, entries(office, record_id, "shop")[-1].event)
    office.shop.put("orders", {"id": "1", "note": "fourth"})
    office.sync()
    with pytest.raises(LockedError, match="has changed meanwhile"):
        apply_replay(office.hub, replay, "ada")


def test_what_was_sent_cannot_be_replayed_and_what_is_unknown_is_told(office: Office) -> None:
    record_id = lived(office)
    sent = next(one for one in entries(office, record_id, "erp") if one.way == "sent")
    with pytest.raises(ConfigError, match="was sent, not received"):
        plan_replay(office.hub, record_id, sent.event)
    with pytest.raises(ConfigError, match="no event ends in nowhere"):
        plan_replay(office.hub, record_id, "nowhere")


def test_the_past_is_forgotten_as_hub_toml_says(office: Office) -> None:
    record_id = lived(office)
    office.apply(CONNECTIONS + ROUTES + '[retention]\ndocuments = "30d"\nevents = "60d"\n')
    assert forget_past(office.hub) == Forgotten()
    office.clock.at += timedelta(days=31)
    forgotten = forget_past(office.hub)
    assert (forgotten.documents > 3, forgotten.events, forgotten.runs) == (True, 0, 0)
    assert [one.current for one in entries(office, record_id, "shop")] == [True], "where a system stands is kept"
    office.clock.at += timedelta(days=31)
    forgotten = forget_past(office.hub)
    assert (forgotten.documents, forgotten.events > 0, forgotten.runs > 0) == (0, True, True)
    with office.database.read() as tx:
        assert links.documents(tx, "shop", "orders", ["1"])
