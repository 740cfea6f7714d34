"""Reads the merchants and connections of hub.toml."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from hub.config.declaration import DEFAULT_MERCHANT, Connection, Merchant
from hub.config.table import Table

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
GOOD_NAME = "use small letters, digits, - and _, at most 63, for example my-shop"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
TABLE_NAMES = ("taxes", "payments", "carriers", "locations", "units")


def read_merchants(root: Table) -> dict[str, Merchant]:
    """Read [merchants.NAME]."""
    return {name: _merchant(name, table) for name, table in root.table("merchants").named_tables().items()}


def read_connections(root: Table, merchants: list[str]) -> dict[str, Connection]:
    """Read [connections.NAME]; one that names no merchant belongs to the only one there is."""
    merchant = merchants[0] if len(merchants) == 1 else DEFAULT_MERCHANT
    found = {}
    for name, table in root.table("connections").named_tables().items():
        if len(merchants) > 1 and "merchant" not in table.values:
            table.wrong(None, "needs merchant, since there are several", f'for example merchant = "{merchants[0]}"')
        found[name] = _connection(name, table, merchant)
    return found


def _check_name(name: str, table: Table) -> None:
    if not NAME.fullmatch(name):
        table.wrong(None, "is not a good name", GOOD_NAME)


def _merchant(name: str, table: Table) -> Merchant:
    _check_name(name, table)
    language = table.text("language", "en")
    if not LANGUAGE.fullmatch(language):
        table.wrong("language", f'cannot be "{language}"', 'write it like "de" or "pt-BR"')
    merchant = Merchant(name, title=table.text("name", name), language=language)
    table.close()
    return merchant


def _connection(name: str, table: Table, merchant: str) -> Connection:
    _check_name(name, table)
    return Connection(
        name=name,
        connector=table.needed("connector", "woocommerce"),
        merchant=table.text("merchant", merchant),
        tables=_value_tables(table.table("tables")),
        settings={key: _as_json(value) for key, value in table.rest().items()},
    )


def _value_tables(table: Table) -> dict[str, dict[str, str]]:
    found = {}
    for name in TABLE_NAMES:
        rows = table.table(name)
        found[name] = {key: rows.text(key) for key in rows.values}
    table.close()
    return {name: rows for name, rows in found.items() if rows}


def _as_json(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, (datetime, date, time)) else value
