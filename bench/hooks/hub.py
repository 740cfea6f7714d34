"""The hub that is called, in a process of its own: python -m bench.hooks.hub DATABASE PORT."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.hooks import shop
from hub import log
from hub.config import Listen
from hub.operations.serve import serve
from hub.plugins import load_plugins
from hub.store.database import Database
from hub.store.keyring import Keyring
from hub.sync.hub import Hub
from hub.web.server import serving


def main(path: str, port: str) -> None:
    """Take webhooks in and fetch what they touched, as `hub serve` does."""
    log.configure("WARNING")
    folder = Path(path).parent
    database = Database(f"sqlite:///{path}", keyring=Keyring(folder, {}))
    plugins = load_plugins(extra={"storm": shop}, blocked=["woocommerce", "tryton", "karrio", "shopify"])
    hub = Hub(database, plugins, folder)
    with serving(hub, Listen("127.0.0.1", int(port))):
        serve(hub)


if __name__ == "__main__":
    main(*sys.argv[1:])
