"""The condition that a column holds one of some texts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from hub.store import inbox, links
from hub.store.among import among
from hub.store.database import Database
from hub.store.tables import inbox as table

ODD = ["1", "01", "1.0", "it's", 'a "b"', "\\", "Zoë", "\N{PILE OF POO}", "null", "[]", " ", ""]


def found(database: Database, wanted: Collection[str]) -> set[str]:
    with database.read() as tx:
        return set(tx.execute(select(table.c.external_id).where(among(table.c.external_id, wanted))).scalars())


@pytest.fixture
def odd(database: Database, now: Any) -> Database:
    with database.write() as tx:
        inbox.add(tx, [("shop", "orders", text) for text in ODD], "", now)
    return database


@given(wanted=st.sets(st.sampled_from([*ODD, "other", "2", "ZOË"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_texts_are_compared_as_they_are(odd: Database, wanted: set[str]) -> None:
    assert found(odd, wanted) == wanted & set(ODD)


def test_there_may_be_more_of_them_than_a_statement_has_room_for(odd: Database) -> None:
    assert found(odd, [str(number) for number in range(100_000)]) == {"1"}


def test_a_text_that_no_database_can_hold_finds_nothing(odd: Database) -> None:
    assert found(odd, ["1\0", "null\0x"]) == set()


def test_it_finds_its_rows_by_the_index(database: Database) -> None:
    with database.read() as tx:
        query = links.KNOWN.compile(dialect=tx.dialect)
        plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("shop", "orders", "[]")).all()
    assert "USING PRIMARY KEY (connection=? AND stream=? AND external_id=?)" in plan[0].detail


def test_it_is_one_statement_in_both_databases() -> None:
    one, two = (select(table.c.reason).where(among(table.c.external_id, wanted)) for wanted in (["1"], ["2", "3"]))
    assert str(one.compile(dialect=sqlite.dialect())) == str(two.compile(dialect=sqlite.dialect()))
    assert "IN (SELECT value \nFROM json_each(?))" in str(one.compile(dialect=sqlite.dialect()))
    assert "FROM json_array_elements_text(CAST(%(param_1)s" in str(one.compile(dialect=postgresql.dialect()))
