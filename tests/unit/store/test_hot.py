"""Statements of the hot path: the order of their names, and the text for both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from hub.store import checkpoints, inbox, links, outbox, records, runs, subscriptions, webhooks
from hub.store.database import Database
from hub.store.hot import Hot, Upsert
from hub.store.tables import inbox as inbox_table

EVERY = {
    "checkpoint": checkpoints.PUT,
    "inbox": inbox.ADD,
    "delivery": webhooks.NOTE,
    "hook_count": webhooks.COUNT,
    "subscription": subscriptions.PUT,
    "link": links.PUT,
    "promise": links.PROMISE,
    "document": links.PUT_DOCUMENT,
    "outbox": outbox.PUT,
    "owe": outbox.OWE,
    "record": records.PUT,
    "record_version": records.PUT_VERSION,
    "record_key": records.PUT_KEY,
    "event": runs.ADD_EVENT,
}
NAMES = ["connection", "stream", "external_id", "reason", "added_at", "times"]


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("name", EVERY)
def test_every_hot_statement_compiles_for_both_databases(name: str, dialect: Dialect) -> None:
    text = str(EVERY[name].statement(dialect.name).compile(dialect=dialect))
    assert text.startswith("INSERT INTO")
    assert "ON CONFLICT" in text


@pytest.mark.parametrize("name", EVERY)
def test_positional_values_go_in_the_order_of_the_names(name: str) -> None:
    hot = EVERY[name]
    compiled = hot.statement("sqlite").compile(dialect=sqlite.dialect())
    assert tuple(compiled.positiontup or ()) == hot.names


def test_names_out_of_the_tables_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"inbox: name the columns in the table's order: \['connection', 'stream'"):
        Upsert(inbox_table, [*NAMES[1:], NAMES[0]], NAMES[:3], [])


def test_a_statement_without_a_dialect_of_its_own_names_the_dialect() -> None:
    with pytest.raises(KeyError, match="oracle"):
        Hot(["a"]).statement("oracle")


def test_an_upsert_replaces_only_what_it_may_update_and_counts_up_what_it_should(database: Database) -> None:
    put = Upsert(inbox_table, NAMES, NAMES[:3], ["added_at"], add=["times"])
    with database.write() as tx:
        put.many(tx, [("shop", "orders", "1", "webhook", "2026-01-01", 1)])
        put.many(tx, [("shop", "orders", "1", "replay", "2026-01-02", 2)])
        row = tx.execute(inbox_table.select()).one()
    assert (row.reason, row.added_at, row.times) == ("webhook", "2026-01-02", 3)


def test_an_upsert_without_updates_leaves_the_first_row_alone(database: Database) -> None:
    put = Upsert(inbox_table, NAMES, NAMES[:3], [])
    with database.write() as tx:
        put.many(tx, [("shop", "orders", "1", "webhook", "2026-01-01", 1)])
        put.many(tx, [("shop", "orders", "1", "replay", "2026-01-02", 2)])
        assert tx.execute(inbox_table.select()).one().reason == "webhook"


def test_json_that_comes_as_bytes_is_stored_as_the_same_text(database: Database) -> None:
    put = Upsert(inbox_table, NAMES, NAMES[:3], ["reason"], json=["reason"])
    with database.write() as tx:
        put.many(tx, [("shop", "orders", "1", "Łódź".encode(), "t", 1), ("shop", "orders", "2", "Łódź", "t", 1)])
        assert [row.reason for row in tx.execute(inbox_table.select())] == ["Łódź", "Łódź"]
        put.many(tx, [("shop", "orders", "1", "Ürün".encode(), "t", 1)])
        assert tx.execute(inbox_table.select().where(inbox_table.c.reason == "Ürün")).one().external_id == "1"


def test_no_rows_are_no_statement(database: Database) -> None:
    with database.write() as tx:
        Upsert(inbox_table, NAMES, NAMES[:3], []).many(tx, [])
        assert tx.execute(inbox_table.select()).all() == []
