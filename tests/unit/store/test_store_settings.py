"""What is configured: it is replaced by name, and what the hub itself keeps there stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.store import settings, tables
from hub.store.database import Database
from hub.store.settings import ConnectionRow, CustomFieldRow, MerchantRow, PolicyRow, RouteRow

ROUTE = RouteRow("order shop->erp", "default", "order", "shop", "erp", "orders", "sales")


def test_a_merchant_is_replaced(database: Database) -> None:
    new = MerchantRow("default", "Ada's", "de", {"from": "shop@example.com"}, "file")
    with database.write() as tx:
        settings.put_merchant(tx, new)
        assert settings.merchants(tx) == [new]


def test_replacing_a_connection_keeps_its_state_and_its_request_counter(database: Database, now: datetime) -> None:
    with database.write() as tx:
        settings.keep_asked(tx, "shop", 41)
        settings.set_connection_state(tx, "shop", "paused", "stocktaking", now)
        settings.put_connection(tx, ConnectionRow("shop", "default", "woocommerce", {"url": "https://a.example"}))
        row = settings.connection(tx, "shop")
    assert row is not None
    assert (row.connector, row.settings) == ("woocommerce", {"url": "https://a.example"})
    assert (row.state, row.reason, row.asked) == ("paused", "stocktaking", 41)


def test_a_state_is_noted_when_it_changes_and_not_again(database: Database, now: datetime) -> None:
    with database.write() as tx:
        assert settings.set_connection_state(tx, "shop", "degraded", "no answer", now)
        assert not settings.set_connection_state(tx, "shop", "degraded", "no answer", now)
        assert settings.set_connection_state(tx, "shop", "degraded", "another reason", now)
        assert settings.set_connection_state(tx, "shop", "ok", None, now)
        assert not settings.set_connection_state(tx, "shop", "ok", None, now)
        assert settings.connection(tx, "nowhere") is None


def test_a_route_comes_back_with_its_rules_and_mask(database: Database) -> None:
    rules = {"only": [{"field": "status", "in": ["completed"]}]}
    changed = replace(ROUTE, direction="two-way", state="draft", rules=rules, mask={"skip": ["note"]}, since="t")
    with database.write() as tx:
        settings.put_route(tx, ROUTE)
        assert settings.routes(tx) == [ROUTE]
        settings.put_route(tx, changed)
        assert settings.routes(tx, "default") == [changed]
        assert settings.routes(tx, "other") == []


def test_policies_and_custom_fields_are_replaced_by_their_keys(database: Database) -> None:
    with database.write() as tx:
        for owner in ("shop", "erp"):
            settings.put_policy(tx, PolicyRow("default", "order", "status", owner))
        for kind in ("text", "number"):
            settings.put_custom_field(tx, CustomFieldRow("default", "order", "gift", kind))
        assert settings.policies(tx, "default") == [PolicyRow("default", "order", "status", "erp")]
        assert settings.policies(tx, "other") == []
        assert settings.custom_fields(tx) == [CustomFieldRow("default", "order", "gift", "number")]


def test_a_value_table_belongs_to_one_connection(database: Database) -> None:
    with database.write() as tx:
        settings.put_value(tx, "shop", "taxes", "std", "19")
        settings.put_value(tx, "shop", "taxes", "std", "20")
        settings.put_value(tx, "erp", "taxes", "std", "1")
        assert settings.value_tables(tx, "shop") == {"taxes": {"std": "20"}}


def test_the_newest_override_of_a_mapping_counts_and_all_versions_are_kept(database: Database, now: datetime) -> None:
    with database.write() as tx:
        for version, body in enumerate(("one", "two", ""), 1):
            assert settings.add_mapping_override(tx, "connection:shop", "woo", "orders", body, now) == version
        assert settings.mapping_overrides(tx, "connection:shop", "woo") == {"orders": ""}
        assert settings.mapping_overrides(tx, "merchant:default", "woo") == {}
        assert len(tx.execute(tables.mapping_override.select()).all()) == 3


def test_settings_are_taken_out_by_their_key(database: Database) -> None:
    with database.write() as tx:
        settings.put_value(tx, "shop", "taxes", "std", "19")
        settings.put_value(tx, "shop", "taxes", "low", "7")
        settings.remove(tx, tables.value, connection="shop", table="taxes", remote="std")
        assert settings.value_tables(tx, "shop") == {"taxes": {"low": "7"}}
