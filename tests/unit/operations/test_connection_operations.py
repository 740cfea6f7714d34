"""Connections: added, tested, paused, resumed; and secrets that are never kept in plain text."""

from __future__ import annotations

import pytest
from office import CONNECTIONS, Office

from hub.errors import AuthError, ConfigError
from hub.operations import connection as operation
from hub.store import settings

VALUES = {"url": "http://x.example", "key": "env:OFFICE_KEY"}


def state(office: Office, name: str = "shop") -> tuple[str, str | None]:
    row = operation.find_connection(office.database, name)
    return row.state, row.reason


def test_a_connection_is_tested_and_then_kept_as_made_by_hand(office: Office) -> None:
    row = operation.new_connection(office.database, office.plugins, "market", "shop", VALUES)
    operation.check_connection(office.hub, row)
    operation.keep_connection(office.database, row)
    found = operation.find_connection(office.database, "market")
    assert (found.connector, found.merchant, found.managed_by) == ("shop", "default", "operator")


def test_a_connection_that_does_not_work_says_why(office: Office) -> None:
    office.refusing.add("shop")
    row = operation.new_connection(office.database, office.plugins, "market", "shop", VALUES)
    with pytest.raises(AuthError, match="the key is refused"):
        operation.check_connection(office.hub, row)


@pytest.mark.parametrize(
    ("name", "values", "merchant", "message"),
    [
        ("shop", VALUES, None, "there is a connection shop already"),
        ("my market", VALUES, None, '"my market" is not a good name'),
        ("market", {**VALUES, "key": "k-1"}, None, "key is a secret"),
        ("market", {"url": "x"}, None, "the settings do not fit Shop: needs key"),
        ("market", {**VALUES, "page_size": "many"}, None, "page_size should be a valid integer"),
        ("market", VALUES, "nobody", "there is no merchant nobody"),
    ],
)
def test_what_does_not_fit_is_named(
    office: Office, name: str, values: dict[str, str], merchant: str | None, message: str
) -> None:
    office.apply(CONNECTIONS)
    with pytest.raises(ConfigError, match=message):
        operation.new_connection(office.database, office.plugins, name, "shop", values, merchant=merchant)


def test_an_unknown_connection_is_told_with_the_one_that_was_meant(office: Office) -> None:
    office.apply(CONNECTIONS)
    with pytest.raises(ConfigError, match="there is no connection shpo") as caught:
        operation.find_connection(office.database, "shpo")
    assert caught.value.hint == 'did you mean "shop"?'


def test_a_test_tells_what_is_wrong_and_what_to_do(office: Office) -> None:
    office.apply(CONNECTIONS)
    office.refusing.add("shop")
    tested = operation.try_connection(office.hub, "shop")
    assert (tested.works, tested.error, tested.hint, tested.exit_code) == (False, "AuthError", "Make a new one.", 3)
    assert operation.try_connection(office.hub, "erp").works


def test_a_paused_connection_is_left_alone_until_it_is_resumed(office: Office) -> None:
    office.apply()
    assert operation.pause(office.database, "shop", office.clock(), "stocktaking")
    assert not operation.pause(office.database, "shop", office.clock())
    assert state(office) == ("paused", "stocktaking")
    assert {result.connection for result in office.sync().results} == {"erp"}
    assert operation.resume(office.database, "shop", office.clock())
    assert not operation.resume(office.database, "shop", office.clock())
    assert state(office) == ("ok", None)


def test_a_successful_test_ends_the_need_for_new_credentials_but_not_a_pause(office: Office) -> None:
    office.apply(CONNECTIONS)
    with office.database.write() as tx:
        settings.set_connection_state(tx, "shop", "needs_reauth", "401", office.clock())
        settings.set_connection_state(tx, "erp", "paused", None, office.clock())
    for name in ("shop", "erp"):
        operation.mend_connection(office.database, name, office.clock())
    assert (state(office), state(office, "erp")) == (("ok", None), ("paused", None))
