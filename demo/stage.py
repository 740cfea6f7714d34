"""Everything around the hub: two shops, the ERP, the carrier and the mailbox, each behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox import tryton_server
from connectors.erp.tryton.sandbox.server import TrytonServer
from connectors.erp.tryton.sandbox.worker import add_tax, signed_in
from connectors.logistics.karrio.sandbox import KarrioSandbox
from connectors.shopify.sandbox import ShopifySandbox
from connectors.shopify.sandbox import seed as seed_boutique
from connectors.shopify.sandbox.catalog import PLACES
from connectors.woocommerce.sandbox import WooSandbox, seed
from demo.mailbox import Mailbox, open_mailbox
from hub.testing.serve import serve

ORDERS = 500
BOUTIQUE_ORDERS = 40


@dataclass(frozen=True, slots=True)
class Stage:
    """The systems of the demo and where they listen; `rpc` is how the people at the ERP work.

    `stamps` remembers every change that the ERP ever told of.
    """

    shop: WooSandbox
    shop_url: str
    boutique: ShopifySandbox
    boutique_url: str
    erp: TrytonServer
    rpc: Rpc
    carrier: KarrioSandbox
    carrier_url: str
    mailbox: Mailbox
    smtp: str
    stamps: set[tuple[str, int, str]] = field(default_factory=set)


@contextmanager
def open_stage(
    cache: Path, work: Path, orders: int = ORDERS, boutique_orders: int = BOUTIQUE_ORDERS
) -> Iterator[Stage]:
    """Start all systems; the ERP takes a while the first time, when it is installed."""
    with ExitStack() as stack, ThreadPoolExecutor(1) as beside:
        starting = beside.submit(stack.enter_context, tryton_server(cache, work / "erp"))
        shop = WooSandbox(currency="EUR", zone="Europe/Berlin")
        seed(shop, orders=orders, seed=7)
        boutique = ShopifySandbox(currency="EUR")
        seed_boutique(boutique, orders=boutique_orders, seed=7, brand="BQ-", large=False)
        carrier = KarrioSandbox(per_minute=6000)
        erp = starting.result()
        mailbox, smtp = stack.enter_context(open_mailbox(work / "mails"))
        shop_url = stack.enter_context(serve(shop))
        boutique_url = stack.enter_context(serve(boutique))
        carrier_url = stack.enter_context(serve(carrier))
        rpc = stack.enter_context(signed_in(erp))
        for percent in boutique_percents():
            add_tax(rpc, percent)
        yield Stage(shop, shop_url, boutique, boutique_url, erp, rpc, carrier, carrier_url, mailbox, smtp)


def boutique_percents() -> set[Decimal]:
    """List the rates of tax, in percent, where the boutique's buyers live."""
    return {100 * rate for place in PLACES for _, rate in place.rates}
