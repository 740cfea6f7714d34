"""What is wrong with one stream, one setting or one version stays there: everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

from house import House, order
from pydantic import BaseModel

from hub.api import AuthError, Page, Window
from hub.operations.connection import try_connection
from hub.store import checkpoints, problems, settings
from hub.store.problems import ProblemKind
from hub.sync.execute import Report, sync_connection
from hub.testing.memory import MemoryConnector


class Narrow(MemoryConnector):
    """Its key does not reach the products."""

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        if stream == "products":
            raise AuthError("products: 403", hint="Renew it.", context={"status": "403"})
        return super().read(stream, window)


class Shut(Narrow):
    """Its key reaches nothing at all."""

    def check(self) -> None:
        raise AuthError("no entry", hint="Renew it.", context={"status": "403"})


def state(house: House, name: str = "shop") -> tuple[str, str | None]:
    with house.hub.database.read() as tx:
        row = settings.connection(tx, name)
    assert row is not None
    return row.state, row.reason


def respec(house: House, name: str, **changes: Any) -> None:
    specs = cast("dict[str, Any]", house.hub.plugins.connectors)
    specs[name] = replace(specs[name], **changes)


def repairs(house: House) -> list[problems.Problem]:
    return [one for one in house.problems() if one.kind == ProblemKind.REPAIR]


def test_a_scope_that_is_missing_for_one_stream_turns_only_that_stream_off(house: House) -> None:
    """T142: it is named, the others go on, and it comes back by itself once the scope is given."""
    house.shop.put("orders", order("1"))
    house.swap("shop", Narrow)
    house.sync()
    assert len(house.erp.tables["orders"]) == 1
    tested = try_connection(house.hub, "shop", streams=True)
    assert (tested.works, tested.off) == (True, ("products",))
    [problem] = repairs(house)
    assert (problem.stream, problem.kind) == ("products", "repair")
    assert "Shop does not let us at products" in problem.message
    assert "Give the credentials of shop access to products" in problem.hint
    assert state(house)[0] == "degraded"
    house.sync()
    assert len(repairs(house)) == 1
    house.swap("shop", MemoryConnector)
    house.sync_well()
    assert repairs(house) == []
    assert state(house) == ("ok", None)


def test_a_stream_that_is_off_does_not_slow_the_others_down(house: House) -> None:
    house.swap("shop", Narrow)
    sync_connection(house.hub, "shop")
    with house.hub.database.read() as tx:
        assert tx.exec_driver_sql("SELECT failures, retry_at FROM connection WHERE name = 'shop'").one() == (0, None)


def test_a_key_that_reaches_nothing_needs_a_person(house: House) -> None:
    house.swap("shop", Shut)
    sync_connection(house.hub, "shop")
    assert state(house)[0] == "needs_reauth"
    assert repairs(house) == []


def test_the_end_of_an_interface_is_told_sixty_days_before_with_its_date_and_once(house: House) -> None:
    """T144."""
    respec(house, "shop", sunset=date(2026, 5, 1))
    house.sync_well()
    assert repairs(house) == [], "61 days are left"
    house.clock.forward(days=1)
    house.sync_well()
    house.sync_well()
    [problem] = repairs(house)
    assert "on 2026-05-01" in problem.message
    assert problem.attempts == 1
    respec(house, "shop", sunset=date(2027, 5, 1))
    house.sync_well()
    assert repairs(house) == []


class Newer(BaseModel):
    """The settings of a version that wants one more."""

    region: str


def test_an_upgrade_that_the_settings_do_not_fit_stops_only_its_connection_and_loses_nothing(house: House) -> None:
    """T145: nothing is migrated in place, so the former version goes on exactly where it was."""
    house.shop.put("orders", order("1"))
    house.sync_well()
    with house.hub.database.read() as tx:
        before = checkpoints.every(tx)
    old = house.hub.plugins.connectors["shop"]
    respec(house, "shop", settings=Newer)
    house.shop.put("orders", order("2"))
    [error] = Report(sync_connection(house.hub, "shop")).errors
    assert "setting region: Field required" in error.message
    assert state(house) == ("degraded", error.message)
    assert not Report(sync_connection(house.hub, "erp")).errors
    with house.hub.database.read() as tx:
        assert {key: mark for key, mark in checkpoints.every(tx).items() if key[0] == "shop"} == {
            key: mark for key, mark in before.items() if key[0] == "shop"
        }
    respec(house, "shop", settings=old.settings)
    house.sync_well()
    assert len(house.erp.tables["orders"]) == 2
    assert state(house) == ("ok", None)


def test_an_upgrade_that_an_overriding_mapping_does_not_fit_keeps_every_version_of_it(house: House) -> None:
    """T145: the override is kept as it is; the connection says what does not fit, and the old connector goes on."""
    override = "entity: order\nstream: orders\nid: id\nfields:\n  note: {path: note, as: gone_in_this_version}\n"
    house.shop.put("orders", order("1"))
    with house.hub.database.write() as tx:
        settings.add_mapping_override(tx, "connection:shop", "shop", "orders", override, house.clock())
    report = Report(sync_connection(house.hub, "shop"))
    assert any("gone_in_this_version" in error.message for error in report.errors)
    assert state(house)[0] == "degraded"
    with house.hub.database.read() as tx:
        assert settings.mapping_overrides(tx, "connection:shop", "shop") == {"orders": override}
    with house.hub.database.write() as tx:
        settings.add_mapping_override(tx, "connection:shop", "shop", "orders", "", house.clock())
    house.sync_well()
    assert len(house.erp.tables["orders"]) == 1
