"""Sync two ledgers in a process of its own: run.py DATABASE."""

from __future__ import annotations

import sys
from pathlib import Path

import ledger_connector

from hub.plugins import load_plugins
from hub.store import schema
from hub.store.database import Database
from hub.sync.execute import sync
from hub.sync.hub import Hub


def main(path: str) -> int:
    """Sync everything; tell what went wrong."""
    database = Database(f"sqlite:///{path}")
    schema.require(database)
    plugins = load_plugins(extra={"ledger": ledger_connector}, blocked=["woocommerce", "tryton", "karrio"])
    report = sync(Hub(database, plugins, Path(path).parent))
    for error in report.errors:
        print(type(error).__name__, error, error.hint, file=sys.stderr)  # noqa: T201 - the test reads it
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
