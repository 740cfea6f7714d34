"""Play a day in the life of a merchant, with the real commands, and check the books at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from connectors.erp.tryton.sandbox.worker import assign, count_stock, pack, send, signed_in, waiting
from connectors.woocommerce.settings import WooSettings
from demo.books import NOTHING, erp_books, erp_writes, hub_books, shop_books
from demo.setup import write_toml
from demo.stage import Stage, open_stage

CACHE = Path(".cache").resolve()
WORK = CACHE / "demo"
PARCELS = 30
SHOP_KEY, SHOP_SECRET = "ck_sandbox", "cs_sandbox"
CARRIER_KEY = "key_sandbox"
ERP_PASSWORD = "entrepot-demo"
console = Console(highlight=False)


def main() -> int:
    """Play the demo; 0 when all books agree to the cent."""
    started = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    console.print("[bold]Entrepot[/bold] between a WooCommerce shop, a Tryton ERP, a Karrio carrier and a mailbox.")
    console.print("The ERP is a real Tryton 8.2. The first time it is installed, which takes a minute.")
    with open_stage(CACHE, WORK) as stage:
        quiet = play(stage)
        agree = check_books(stage)
        tell_where_to_look(stage, time.monotonic() - started)
    return 0 if agree and quiet else 1


def play(stage: Stage) -> bool:
    """Go through the day; True when the last sync wrote nothing."""
    write_toml(WORK, stage)
    step("A merchant describes the systems in hub.toml, and the hub makes a plan of it first")
    hub("init")
    hub("apply", "--yes")
    hub("connect", "test")
    step("The first sync: customers, products and orders of the shop become parties, products and sales of the ERP")
    hub("sync")
    step(f"The warehouse packs {PARCELS} sales in the ERP; the hub buys labels and tells the shop the tracking numbers")
    shipments = pack_parcels(stage)
    hub("sync")
    step("The parcels leave, and move; buyers are told in their language")
    with signed_in(stage.erp) as rpc:
        send(rpc, shipments)
    for status in ("in_transit", "out_for_delivery", "delivered"):
        console.print(f"[dim]The carrier scans the parcels: {status.replace('_', ' ')}.[/dim]")
        move_parcels(stage, status)
        hub("sync", "carrier")
    hub("sync")
    step("The shop has completed those orders meanwhile; the ERP is told")
    hub("sync")
    step("A last sync finds nothing to write, anywhere")
    before = writes_seen(stage)
    hub("sync")
    seen = [now - then for now, then in zip(writes_seen(stage), before, strict=True)]
    console.print("Writes seen by the shop: {}, by the carrier: {}, by the ERP: {}.".format(*seen))
    step("What an operator sees")
    hub("status")
    hub("problems", "list")
    hub("record", "show", an_order(stage))
    return not any(seen)


def writes_seen(stage: Stage) -> tuple[int, int, int]:
    """Count the writes that each system has seen so far: shop, carrier, ERP."""
    logs = (stage.shop.requests, stage.carrier.requests)
    shop, carrier = (sum(not line.startswith("GET") for line in log) for log in logs)
    return shop, carrier, erp_writes(stage)


def pack_parcels(stage: Stage) -> list[int]:
    """Do the warehouse's work in the ERP: count the stock, reserve, pick and pack."""
    with signed_in(stage.erp) as rpc:
        count_stock(rpc, 1000)
        ready = assign(rpc, waiting(rpc, PARCELS))
        pack(rpc, ready)
    console.print(f"[dim]Packed: {len(ready)} shipments.[/dim]")
    return ready


def move_parcels(stage: Stage, status: str) -> None:
    """Let the carrier scan every parcel."""
    for number in [tracker["tracking_number"] for tracker in stage.carrier.state.trackers.values()]:
        stage.carrier.advance(number, status)


def an_order(stage: Stage) -> str:
    """Pick the number of an order that was shipped."""
    shipped = (
        o
        for o in stage.shop.store.orders.values()
        if any(m["key"] == "_wc_shipment_tracking_items" for m in o["meta_data"])
    )
    return str(next(shipped)["number"])


def check_books(stage: Stage) -> bool:
    """Print everybody's counts and totals side by side; True when they agree."""
    settings = WooSettings.model_validate({"url": stage.shop_url, "key": SHOP_KEY, "secret": SHOP_SECRET})
    shop, erp, mine = shop_books(stage, settings), erp_books(stage), hub_books(WORK)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for name in ("Shop", "", "Hub", "", "ERP", ""):
        table.add_column(name, justify="right")
    table.add_column("")
    for currency in sorted({*shop, *erp, *mine}):
        sums = [books.get(currency, NOTHING) for books in (shop, mine, erp)]
        cells = [cell for one in sums for cell in (f"{one.count:,}", f"{one.total:,}")]
        table.add_row(
            currency, *cells, "[green]agree[/green]" if sums[0] == sums[1] == sums[2] else "[red]DIFFER[/red]"
        )
    step("Orders and their totals: the shop's and the ERP's own, asked of them and not of the hub")
    console.print(table)
    return shop == mine == erp


def tell_where_to_look(stage: Stage, seconds: float) -> None:
    """Say what is left behind to look at."""
    languages = sorted({str(mail["Content-Language"]) for mail in stage.mailbox.mails})
    console.print(f"\n{len(stage.mailbox.mails)} mails were sent ({', '.join(languages)}), for example:")
    for mail in stage.mailbox.mails[:3]:
        console.print(f"  {mail['To']}: {mail['Subject']}", markup=False)
    console.print(f"\nDone in {seconds:.0f} s. Look around:")
    here = os.path.relpath(WORK)
    for line in (
        f"cd {here}",
        "hub status               what is going on",
        "hub record show NUMBER   where an order is",
        "hub notices list         what buyers were told",
        "hub mapping check        what the mappings prove, and what they lose",
    ):
        console.print(f"  {line}", markup=False)
    console.print(f"  mails are in {here}/mails, and open in any mail program", markup=False)


def step(title: str) -> None:
    """Announce the next step."""
    console.print(f"\n[bold]{title}[/bold]")


def hub(*arguments: str) -> None:
    """Run the real command and show it; a failure ends the demo."""
    console.print(f"[bold cyan]$ hub {' '.join(arguments)}[/bold cyan]")
    started = time.monotonic()
    secrets = {"SHOP_KEY": SHOP_KEY, "SHOP_SECRET": SHOP_SECRET}
    secrets |= {"ERP_PASSWORD": ERP_PASSWORD, "CARRIER_KEY": CARRIER_KEY}
    command = [str(Path(sys.executable).with_name("hub")), *arguments]
    subprocess.run(command, cwd=WORK, env={**os.environ, **secrets}, check=True)
    console.print(f"[dim]({time.monotonic() - started:.1f} s)[/dim]\n")


if __name__ == "__main__":
    sys.exit(main())
