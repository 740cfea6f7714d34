"""Everything around the hub: the shop, the ERP, the carrier and the mailbox, each behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.erp.tryton.sandbox import tryton_server
from connectors.erp.tryton.sandbox.server import TrytonServer
from connectors.logistics.karrio.sandbox import KarrioSandbox
from connectors.woocommerce.sandbox import WooSandbox, seed
from demo.mailbox import Mailbox, open_mailbox
from hub.testing.serve import serve

ORDERS = 500


@dataclass(frozen=True, slots=True)
class Stage:
    """The systems of the demo and where they listen. `stamps` remembers every change that the ERP ever told of."""

    shop: WooSandbox
    shop_url: str
    erp: TrytonServer
    carrier: KarrioSandbox
    carrier_url: str
    mailbox: Mailbox
    smtp: str
    stamps: set[tuple[str, int, str]] = field(default_factory=set)


@contextmanager
def open_stage(cache: Path, work: Path, orders: int = ORDERS) -> Iterator[Stage]:
    """Start all systems; the ERP takes a while the first time, when it is installed."""
    with ExitStack() as stack:
        shop = WooSandbox(currency="EUR", zone="Europe/Berlin")
        seed(shop, orders=orders, seed=7)
        carrier = KarrioSandbox(per_minute=6000)
        mailbox, smtp = stack.enter_context(open_mailbox(work / "mails"))
        shop_url = stack.enter_context(serve(shop))
        carrier_url = stack.enter_context(serve(carrier))
        erp = stack.enter_context(tryton_server(cache, work / "erp"))
        yield Stage(shop, shop_url, erp, carrier, carrier_url, mailbox, smtp)
