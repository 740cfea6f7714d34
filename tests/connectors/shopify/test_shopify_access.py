"""How the connector is let in, and what it says of what it lacks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.shopify import SPEC
from connectors.shopify.sandbox import ShopifySandbox
from connectors.shopify.sandbox.server import ALL, ONLY_READ
from connectors.shopify.version import SUNSET, VERSION, WARNING, days_left
from hub.api import AuthError, Cautions, ConfigError, Token, Window
from hub.testing import ManualClock

APP = {"client_id": "app", "client_secret": "hush"}


@pytest.mark.parametrize(
    "given", ["acme", "acme.myshopify.com", " https://ACME.myshopify.com/admin ", "https://acme.myshopify.com"]
)
def test_a_stores_address_is_read_however_it_is_written(given: str) -> None:
    assert SPEC.settings.model_validate({"shop": given, "access_token": "t"}).shop == "https://acme.myshopify.com"


@pytest.mark.parametrize(
    "given", ["www.acme.com", "acme.myshopify.com.evil.test", "https://evil.test/acme.myshopify.com", "-"]
)
def test_what_is_no_store_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match=r"NAME\.myshopify\.com"):
        SPEC.settings.model_validate({"shop": given, "access_token": "t"})


def test_a_way_in_is_needed() -> None:
    with pytest.raises(ValidationError, match="access_token"):
        SPEC.settings.model_validate({"shop": "acme", "client_id": "app"})


@pytest.mark.parametrize("missing", ["orders", "customers", "inventory"])
def test_the_check_names_every_scope_that_is_missing(connect: Any, missing: str) -> None:
    """T142: the scope, and what it is for."""
    scopes = [scope for scope in ALL if not scope.endswith(f"_{missing}")]
    store = connect(ShopifySandbox(scopes=scopes), history=False)
    store.check()
    (said,) = store.cautions()
    assert f"read_{missing}" in said
    assert f"write_{missing}" in said


def test_returns_need_a_scope_of_their_own_to_be_read(connect: Any) -> None:
    """T142: orders and refunds go on without it."""
    shop = ShopifySandbox(scopes=[scope for scope in ALL if not scope.endswith("_returns")])
    (said,) = connect(shop, history=False).cautions()
    assert "lacks read_returns (for returns):" in said


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ("read_fulfillments", "calls about fulfillments"),
        ("read_customer_merge", "calls about merged customers"),
        ("read_shopify_payments_disputes", "calls about disputes"),
    ],
)
def test_calls_that_need_a_scope_of_their_own_are_named(connect: Any, missing: str, what: str) -> None:
    """T142: everything is read without it, and only later."""
    shop = ShopifySandbox(scopes=[scope for scope in ALL if scope.partition("_")[2] != missing.partition("_")[2]])
    store = connect(shop, history=False)
    store.check()
    assert [f"lacks {missing} (for {what}):" in said for said in store.cautions()] == [True]


def test_an_app_that_may_read_nothing_is_refused(connect: Any) -> None:
    with pytest.raises(ConfigError, match="nothing"):
        connect(ShopifySandbox(scopes=["read_all_orders"])).check()


def test_writing_is_reading_too_and_need_not_be_allowed(connect: Any) -> None:
    may_write = ShopifySandbox(scopes=[*ONLY_READ, *(scope for scope in ALL if scope.startswith("write_"))])
    assert list(connect(may_write, history=False).cautions()) == []
    may_read = ShopifySandbox(scopes=[scope for scope in ALL if scope.startswith("read_")])
    assert list(connect(may_read, writes=False).cautions()) == []
    assert list(connect(may_read).cautions()) != []


def test_a_history_of_60_days_is_said(connect: Any, clock: ManualClock) -> None:
    """T030."""
    shop = ShopifySandbox(clock.now, scopes=[scope for scope in ALL if scope != "read_all_orders"])
    store = connect(shop)
    store.check()
    assert isinstance(store, Cautions)
    (said,) = store.cautions()
    assert "60 days" in said
    assert "read_all_orders" in said
    assert list(connect(shop, history=False).cautions()) == []


def test_the_end_of_the_pinned_version_is_said_60_days_before(connect: Any, clock: ManualClock) -> None:
    """T144: by the store's own clock."""
    clock.moment = datetime(SUNSET.year, SUNSET.month, SUNSET.day, tzinfo=UTC) - WARNING
    (said,) = connect(ShopifySandbox(clock.now)).cautions()
    assert VERSION in said
    assert "in 60 days" in said
    assert days_left(SUNSET - timedelta(days=61)) is None
    assert days_left(SUNSET + timedelta(days=5)) == 0


def test_a_version_that_is_served_no_more_stops_the_connection(connect: Any) -> None:
    """T144."""
    with pytest.raises(ConfigError, match=VERSION):
        connect(ShopifySandbox(versions=["2027-10"])).check()


def test_an_app_of_the_organization_asks_for_its_token_by_itself(connect: Any, clock: ManualClock) -> None:
    store = connect(ShopifySandbox(clock.now, expiring=True), **APP)
    store.check()
    token = store.renew(None)
    assert token.expires_at == clock.now() + timedelta(seconds=86399)


def test_an_expiring_token_is_renewed_and_its_refresh_token_is_spent(connect: Any, clock: ManualClock) -> None:
    """T140, T141: both halves rotate; one that was used already lets nobody in."""
    shop = ShopifySandbox(clock.now, expiring=True)
    store = connect(shop, **APP, refresh_token="first-refresh")
    with pytest.raises(AuthError, match="no token"):
        store.check()
    first = store.renew(None)
    store.use(first)
    store.check()
    assert first.expires_at == clock.now() + timedelta(hours=1)
    assert first.refresh_expires_at == clock.now() + timedelta(days=90)
    clock.advance(3601)
    with pytest.raises(AuthError):
        store.check()
    second = store.renew(first)
    assert second.refresh not in ("", first.refresh)
    store.use(second)
    store.check()
    with pytest.raises(AuthError):
        store.renew(first)


def test_a_token_that_stays_needs_no_renewal(connect: Any, clock: ManualClock) -> None:
    shop = ShopifySandbox(clock.now)
    store = connect(shop)
    assert store.renew(None) == Token("shpat_sandbox")
    assert list(store.read("orders", Window()))


def test_a_wrong_secret_is_told_as_credentials(connect: Any) -> None:
    store = connect(ShopifySandbox(expiring=True), client_id="app", client_secret="wrong")
    with pytest.raises(AuthError):
        store.check()
