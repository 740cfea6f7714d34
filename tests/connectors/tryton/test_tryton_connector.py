"""The set-up of a connection: what check() proves, and how it says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.erp.tryton import SPEC, Tryton
from connectors.erp.tryton.rpc import Rpc
from hub.api import AuthError, ConfigError, HubError, RejectedError


def test_a_good_connection_passes(tryton: Tryton) -> None:
    tryton.check()


def test_settings_of_other_names_are_found(connect: Callable[..., Tryton]) -> None:
    connect(shop="Web shop", warehouse="Warehouse", category="Goods", carrier="Express").check()


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"password": "wrong"}, "refuses the user or the password Correct them in the connection's settings"),
        ({"database": "nowhere"}, "404"),
        ({"shop": "Nope"}, "one of: Web shop"),
        ({"warehouse": "Nope"}, "one of: Warehouse"),
        ({"category": "Nope"}, "one of: Goods"),
        ({"carrier": "Nope"}, "no carrier 'Nope'"),
        ({"codes": {"rounding": "NOPE"}}, "no product 'NOPE'"),
    ],
)
def test_what_is_wrong_with_a_connection_is_named(
    connect: Callable[..., Tryton], setting: dict[str, Any], named: str
) -> None:
    with pytest.raises(HubError) as caught:
        connect(**setting).check()
    assert named in f"{caught.value.message} {caught.value.hint}"
    assert isinstance(caught.value, AuthError if "password" in setting else ConfigError | HubError)


def test_two_shops_must_be_told_apart(connect: Callable[..., Tryton], rpc: Rpc) -> None:
    currency = rpc.search_read("currency.currency", [["code", "=", "EUR"]], ["id"])[0]["id"]
    (shop,) = rpc.call("model.web.shop.create", [{"name": "Second", "currency": currency, "company": 1}])
    try:
        with pytest.raises(ConfigError, match="which shop is it"):
            connect().check()
        connect(shop="Second").check()
    finally:
        rpc.call("model.web.shop.delete", [shop])


def test_a_session_that_the_server_does_not_know_is_opened_again(tryton: Tryton) -> None:
    tryton.check()
    tryton._rpc._session = "YWRtaW46MTpub3RhdG9rZW4="  # what a server that was restarted no longer knows
    tryton.check()


def test_the_errors_of_the_real_server_are_typed(rpc: Rpc) -> None:
    with pytest.raises(RejectedError, match="nofield"):
        rpc.call("model.party.party.read", [1], ["nofield"])
    with pytest.raises(RejectedError, match="required"):
        rpc.call("model.product.template.create", [{"name": "x", "default_uom": None}])


def test_the_settings_keep_their_password_to_themselves() -> None:
    settings = SPEC.settings.model_validate(
        {"url": "https://erp.test", "database": "x", "user": "ann", "password": "s3cret"}
    )
    assert "s3cret" not in f"{settings!r} {settings.model_dump_json()}"
