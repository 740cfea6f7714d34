"""`hub restored` at the command line, after the database was put back from a copy."""

from __future__ import annotations

import shutil

import orjson
from bad_input_desk import Desk, Shop


def test_the_same_orders_are_the_same_records_after_a_backup_was_put_back(desk: Desk, shop: Shop) -> None:
    """Their ids are those that other systems know them by."""
    said = desk.do("backup kept.db")
    assert said.out.startswith("kept.db written (")
    desk.do("sync")
    number = next(iter(shop.orders))
    before = _id_of(desk, number)
    for name in ("hub.db-wal", "hub.db-shm"):
        (desk.folder / name).unlink(missing_ok=True)
    shutil.copyfile(desk.folder / "kept.db", desk.folder / "hub.db")
    said = desk.do("restored --by Ann")
    assert "looked for before it is created" in said.out
    desk.do("sync")
    assert _id_of(desk, number) == before


def test_a_script_is_told_until_when_and_how_many_notices_are_uncertain(desk: Desk) -> None:
    told = orjson.loads(desk.do("restored --json").out)
    assert (sorted(told), told["notices"]) == (["at", "notices", "until"], 0)


def _id_of(desk: Desk, number: int) -> str:
    return str(orjson.loads(desk.do(f"record show {number} --entity order --json").out)["record"]["id"])
