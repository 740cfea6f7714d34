"""The plan of a sync: it writes nothing, to nobody, and says exactly what the sync then does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from house import House, order

from hub.api import Page, Unread, Window
from hub.operations.rehearse import SyncPlan, plan_sync
from hub.testing.memory import MemoryConnector

RULES = {"except": [{"field": "status", "is": "cancelled"}]}


def furnish(house: House) -> None:
    """Let some of everything be known and changed, some be new, some be barred, and some be wrong."""
    house.route("order", rules=RULES)
    house.erp.normalize = number_variants
    house.shop.put("customers", {"id": "7", "email": "ada@example.com", "first": "Ada", "last": "L"})
    house.shop.put("products", {"id": "70", "name": "Shirt", "variants": [{"id": "71", "sku": "S"}]})
    house.shop.put("orders", order("1", customer=7))
    house.sync_well()
    house.erp.put("customers", house.erp.tables["customers"]["1001"], last="Byron")
    house.shop.put("customers", {"id": "7"}, first="Augusta")
    house.shop.put("products", {"id": "80", "name": "Hat", "variants": [{"id": "81", "sku": "H"}]})
    house.shop.put("orders", order("1", customer=7, note="By the window"))
    house.shop.put("orders", order("2", customer=8, variant="81"))
    house.shop.put("customers", {"id": "8", "email": "g@example.com", "first": "Grace"})
    house.shop.put("orders", order("3", status="cancelled"))
    house.shop.put("orders", order("4", status="nonsense"))
    house.shop.put("orders", order("5", customer=9, email="nobody@example.com"))
    house.erp.writes.clear()
    house.shop.writes.clear()


def number_variants(document: dict[str, Any]) -> dict[str, Any]:
    """Give each variant an id of the ERP's own, as a real one does."""
    parts = [{"id": f"10{ord(part['sku'])}", **part} for part in document.get("variants") or ()]
    return {**document, "variants": parts} if parts else document


def content(house: House) -> list[str]:
    with house.hub.database.read() as tx:
        names = tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").scalars()
        return [f"{name} {row}" for name in names for row in tx.exec_driver_sql(f'SELECT * FROM "{name}"')]


def told(stream: str, is_new: bool, document: dict[str, Any]) -> tuple[str, bool, str]:
    """Give a write without what only a real remote knows: the ids that it gives to what is new."""
    text = json.dumps({name: value for name, value in document.items() if name != "ref"}, sort_keys=True)
    return stream, is_new, re.sub(r'"(10[0-9]{2}|90{8}[0-9]{7})"', '"an id"', text)


def planned(plan: SyncPlan) -> list[tuple[str, bool, str]]:
    return [told(s.stream, w.external_id is None, w.document) for s in plan.streams for w in s.writes]


def test_a_plan_writes_nothing_anywhere(house: House) -> None:
    """T137: neither in the systems nor in the database."""
    furnish(house)
    before = content(house)
    plan = plan_sync(house.hub)
    assert sum(stream.creates + stream.changes for stream in plan.streams) > 3
    assert (house.erp.writes, house.shop.writes) == ([], [])
    assert content(house) == before


def test_a_plan_says_exactly_what_the_sync_then_does(house: House) -> None:
    """T137: every create, every change, every skip with its rule, and what is parked."""
    furnish(house)
    plan = plan_sync(house.hub)
    report = house.sync()
    done = [told(stream, write.external_id is None, write.document) for stream, write in house.erp.writes]
    assert sorted(planned(plan)) == sorted(done)
    assert [result.counts for result in plan.runs] == [result.counts for result in report.results]
    rules = [rule for stream in plan.streams for rule in stream.skipped.elements()]
    assert rules == [event.detail["rule"] for event in house.events("skipped") if event.detail]
    assert rules == ["except status is cancelled"]


def test_a_plan_shows_each_field_before_and_after(house: House) -> None:
    furnish(house)
    changes = [write for s in plan_sync(house.hub).streams for write in s.writes if write.external_id == "1001"]
    [write] = changes
    assert write.name == "customer Augusta Byron"
    assert [(one.path, one.before, one.after) for one in write.fields] == [("first_name", "Ada", "Augusta")]


def test_what_is_parked_is_named_with_its_reason(house: House) -> None:
    furnish(house)
    parked = {(one.name, reason) for s in plan_sync(house.hub).streams for one in s.parks for reason in [one.reason]}
    assert ("order 5", "waits for one of customers") in parked
    assert any(name == "4" and "'nonsense'" in reason for name, reason in parked)


def test_a_large_plan_is_cut_and_still_counts_everything(house: House) -> None:
    for number in range(30):
        house.shop.put("customers", {"id": str(100 + number), "email": f"{number}@example.com"})
    [stream] = plan_sync(house.hub, shown=5).streams
    assert (stream.creates, len(stream.writes)) == (30, 5)


def test_a_plan_may_be_made_while_somebody_else_syncs(house: House) -> None:
    furnish(house)
    with house.hub.database.write() as tx:
        tx.exec_driver_sql("UPDATE lease SET holder = 'other:1:1', expires_at = '2999'")
    assert plan_sync(house.hub).report.errors == []


def test_what_would_be_written_shows_in_what_is_read_afterwards(house: House) -> None:
    """A full re-read at the end of the same sync finds the values that were just written."""
    house.swap("shop", MemoryConnector, reread=3600, blind_to=("note",))
    house.route("customer", direction="two-way")
    furnish(house)
    house.clock.forward(days=2)
    plan = plan_sync(house.hub)
    report = house.sync()
    written = [[(r.stream, r.counts.written) for r in results] for results in (plan.runs, report.results)]
    assert written[0] == written[1]


class Untidy(MemoryConnector):
    """Gives with every page of orders a document that cannot be read."""

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            assert isinstance(page.documents, Unread)
            broken = [b'{"id": "66", "updated": "t", "weight": 1e999}'] if stream == "orders" else []
            yield replace(page, documents=Unread([*page.documents.texts, *broken]))


def test_what_cannot_be_read_is_parked_in_the_plan_as_it_is_by_the_sync(house: House) -> None:
    house.swap("erp", Untidy)
    house.route("order", direction="two-way")
    furnish(house)
    plan = plan_sync(house.hub)
    assert plan.report.errors == []
    report = house.sync()
    assert [result.counts for result in plan.runs] == [result.counts for result in report.results]
    assert ("erp", "66") in {(problem.connection, problem.subject) for problem in house.problems()}
