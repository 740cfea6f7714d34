"""What the doctor says of the key with which the hub keeps its secrets."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cryptography.fernet import Fernet
from office import CONNECTIONS, Office

from hub.queries.doctor import Check, check_key
from hub.store import secrets
from hub.store.database import Database
from hub.store.keyring import VARIABLE, Keyring

KEY, OTHER = ({VARIABLE: Fernet.generate_key().decode()} for _ in range(2))


def told(office: Office, environ: Mapping[str, str], *, keep: str = "") -> list[Check]:
    database = Database(office.database.url, keyring=Keyring(None, environ))
    if keep:
        with database.write() as tx:
            secrets.add(tx, "shop", "webhook", keep, office.clock())
    try:
        return list(check_key(database))
    finally:
        database.close()


def test_a_hub_without_secrets_needs_no_key(office: Office) -> None:
    assert told(office, {}) == []


@pytest.mark.parametrize(("environ", "said"), [({}, "is gone"), (OTHER, "with another key")])
def test_a_key_that_does_not_open_what_is_kept_is_told(office: Office, environ: Mapping[str, str], said: str) -> None:
    office.apply(CONNECTIONS)
    [well] = told(office, KEY, keep="open sesame")
    assert (well.verdict, well.message) == ("ok", "it opens all that the hub keeps secret (1)")
    [bad] = told(office, environ)
    assert bad.verdict == "failed"
    assert said in bad.message
    assert "back" in bad.hint
