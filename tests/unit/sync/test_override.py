"""A merchant's own mapping rules are laid over the shipped ones, and free what could not be read before."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import House, order

from hub.errors import ConfigError, MappingFileError
from hub.operations.override import reset_override, set_override
from hub.store import settings
from hub.store.settings import ConnectionRow

RULES = """
entity: order
stream: orders
id: id
fields:
  status: {path: status, values: {open: [processing, by-hand], completed: [completed], cancelled: [cancelled]}}
"""


def shop(house: House) -> ConnectionRow:
    with house.hub.database.read() as tx:
        row = settings.connection(tx, "shop")
    assert row is not None
    return row


@pytest.mark.parametrize("merchant_wide", [False, True])
def test_an_unknown_status_gets_a_meaning_and_the_order_comes_in(
    house: House, tmp_path: Path, merchant_wide: bool
) -> None:
    house.shop.put("orders", order("1", status="by-hand"))
    house.sync("shop")
    assert [problem.error for problem in house.problems()] == ["UnknownValueError"]
    file = tmp_path / "orders.yaml"
    file.write_text(RULES)
    stream = house.hub.plugins.connector("shop").stream("orders")
    done = set_override(house.hub, shop(house), stream, file, merchant_wide=merchant_wide)
    assert (done.version, done.freed) == (1, 1)
    house.sync_well()
    assert house.data("shop", "orders", "1")["status"] == "open"
    assert house.problems() == []


def test_a_typo_is_named_with_the_line_of_the_operators_file_and_nothing_is_kept(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(RULES.replace("open:", "opne:"))
    stream = house.hub.plugins.connector("shop").stream("orders")
    with pytest.raises(MappingFileError, match=r"orders\.yaml:6: .*'opne'.*'open'"):
        set_override(house.hub, shop(house), stream, file)
    with house.hub.database.read() as tx:
        assert settings.mapping_overrides(tx, "connection:shop", "shop") == {}


def test_rules_that_are_taken_back_hold_no_longer(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(RULES)
    stream = house.hub.plugins.connector("shop").stream("orders")
    set_override(house.hub, shop(house), stream, file)
    assert not reset_override(house.hub, shop(house), stream).is_own
    with pytest.raises(ConfigError, match="no rules of connection shop are laid over orders"):
        reset_override(house.hub, shop(house), stream)
    house.shop.put("orders", order("1", status="by-hand"))
    house.sync("shop")
    assert [problem.error for problem in house.problems()] == ["UnknownValueError"]
