"""Play a day in the life of a merchant, with the real commands, and check the books at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox.worker import assign, count_stock, pack, send, waiting
from connectors.woocommerce.settings import WooSettings
from demo.books import NOTHING, Books, Sum, both, boutique_books, erp_books, erp_writes, hub_books, shop_books
from demo.setup import write_toml
from demo.stage import Stage, open_stage
from hub.api import Document

CACHE = Path(".cache").resolve()
WORK = CACHE / "demo"
PARCELS, BOUTIQUE_PARCELS = 30, 10
SHOP_KEY, SHOP_SECRET = "ck_sandbox", "cs_sandbox"
BOUTIQUE_TOKEN = "shpat_sandbox"
CARRIER_KEY = "key_sandbox"
ERP_PASSWORD = "entrepot-demo"
TITLE = "Orders and their totals, asked of the shops and the ERP, beside the hub's own"
console = Console(highlight=False)


def main() -> int:
    """Play the demo; 0 when all books agree to the cent."""
    started = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    console.print("[bold]Entrepot[/bold] between two shops, WooCommerce and Shopify, a Tryton ERP,")
    console.print("a Karrio carrier and a mailbox.")
    console.print("The ERP is a real Tryton 8.2. It is installed the first time, for about a minute.")
    with open_stage(CACHE, WORK) as stage:
        quiet = play(stage)
        agree = check_books(stage)
        tell_where_to_look(stage, time.monotonic() - started)
    return 0 if agree and quiet else 1


def play(stage: Stage) -> bool:
    """Go through the day; True when the last sync wrote nothing."""
    write_toml(WORK, stage)
    step("A merchant describes the systems in hub.toml, and the hub shows its plan")
    hub("init")
    hub("apply", "--yes")
    hub("connect", "test")
    step("The first sync: customers, products and orders of both shops reach the ERP")
    hub("sync")
    step(f"The warehouse packs {PARCELS} sales in the ERP; the hub buys labels and tells the shops")
    shipments = pack_parcels(stage)
    hub("sync")
    step("The parcels leave, and move; buyers are told in their language")
    send(stage.rpc, shipments)
    for status in ("in_transit", "out_for_delivery", "delivered"):
        move_parcels(stage, status)
        hub("sync", "carrier")
    step("The shops are told, and complete those orders")
    hub("sync", "shop")
    hub("sync", "boutique")
    step("The ERP is told of that")
    hub("sync")
    step("A last sync finds nothing to write, anywhere")
    before = writes_seen(stage)
    hub("sync")
    seen = [now - then for now, then in zip(writes_seen(stage), before, strict=True)]
    console.print("Writes seen: WooCommerce {}, Shopify {}, carrier {}, ERP {}.".format(*seen))
    step("What an operator sees")
    say("Four records wait for a person, as some do on any day: variations that share their product's stock,")
    say("and an order without an address. `hub problems show` says what to do about each.")
    look(["status"], ["problems", "list"], ["record", "show", an_order(stage)])
    return not any(seen)


def writes_seen(stage: Stage) -> tuple[int, int, int, int]:
    """Count the writes that each system has seen so far: shop, boutique, carrier, ERP."""
    logs = (stage.shop.requests, stage.carrier.requests)
    shop, carrier = (sum(not line.startswith("GET") for line in log) for log in logs)
    boutique = sum(text.lstrip().startswith("mutation") for text, _ in stage.boutique.asked)
    return shop, boutique, carrier, erp_writes(stage)


def pack_parcels(stage: Stage) -> list[int]:
    """Do the warehouse's work in the ERP: count the stock, reserve, pick and pack."""
    count_stock(stage.rpc, 1000)
    ready = assign(stage.rpc, to_pack(stage))
    pack(stage.rpc, ready)
    console.print(f"[dim]Packed: {len(ready)} shipments.[/dim]")
    return ready


def to_pack(stage: Stage) -> list[int]:
    """Choose shipments of both shops, and of the boutique those that it has not sent off itself."""
    unsent = [row["name"] for row in stage.boutique.store.all("Order") if is_unsent(row)]
    numbered = [["reference", "like", "#%"]]  # as the boutique numbers its orders
    theirs = shipments_of(stage.rpc, numbered)
    boutique = shipments_of(stage.rpc, [*numbered, ["reference", "in", unsent]])
    idle = waiting(stage.rpc)
    mine = [one for one in idle if one in boutique][:BOUTIQUE_PARCELS]
    return [*[one for one in idle if one not in theirs][: PARCELS - len(mine)], *mine]


def is_unsent(order: Document) -> bool:
    """Tell whether an order of the boutique waits for its parcel, and nothing of it was given back or changed."""
    is_free = not (order["cancelledAt"] or order["closed"] or order["refunds"])
    is_whole = all(line["quantity"] == line["currentQuantity"] for line in order["lineItems"])
    return is_free and is_whole and order["displayFulfillmentStatus"] == "UNFULFILLED"


def shipments_of(rpc: Rpc, domain: list[Any]) -> set[int]:
    """Name the shipments of some sales."""
    return {one for sale in rpc.search_read("sale.sale", domain, ["shipments"]) for one in sale["shipments"]}


def move_parcels(stage: Stage, status: str) -> None:
    """Let the carrier scan every parcel."""
    console.print(f"[dim]The carrier scans the parcels: {status.replace('_', ' ')}.[/dim]")
    for number in [tracker["tracking_number"] for tracker in stage.carrier.state.trackers.values()]:
        stage.carrier.advance(number, status)


def say(sentence: str) -> None:
    """Tell in passing what is going on."""
    console.print(sentence, style="dim", soft_wrap=True)


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
    shops = shop_books(stage, settings), boutique_books(stage, BOUTIQUE_TOKEN)
    sold, mine, erp = both(*shops), hub_books(WORK), erp_books(stage)
    step(TITLE)
    console.print(books_table(*shops, mine, erp))
    return sold == mine == erp


def books_table(shop: Books, boutique: Books, mine: Books, erp: Books) -> Table:
    """Lay everybody's counts and totals out side by side, and say of each currency whether they agree."""
    sold = both(shop, boutique)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    table.add_column("")
    for name in ("WooCommerce", "Shopify", "Hub", "ERP"):
        table.add_column("", justify="right")
        table.add_column(name, justify="right")
    table.add_column("")
    for currency in sorted({*sold, *erp, *mine}):
        cells = [cell for books in (shop, boutique, mine, erp) for cell in in_words(books.get(currency, NOTHING))]
        agree = sold.get(currency) == mine.get(currency) == erp.get(currency)
        table.add_row(currency, *cells, "[green]agree[/green]" if agree else "[red]DIFFER[/red]")
    return table


def in_words(one: Sum) -> tuple[str, str]:
    """Write a count and a total; nothing is a dash."""
    return (f"{one.count:,}", f"{one.total:,}") if one.count else ("", "-")


def tell_where_to_look(stage: Stage, seconds: float) -> None:
    """Say what is left behind to look at."""
    languages = sorted({str(mail["Content-Language"]) for mail in stage.mailbox.mails})
    console.print(f"\n{len(stage.mailbox.mails)} mails were sent ({', '.join(languages)}), for example:")
    for mail in stage.mailbox.mails[:3]:
        console.print(f"  {mail['To']}: {mail['Subject']}", markup=False)
    console.print(f"\nDone in {seconds:.0f} s. Look around:")
    here = os.path.relpath(WORK)
    commands = os.path.relpath(Path(sys.executable).parent)
    for line in (
        f". {commands}/activate",
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
    subprocess.run(command(arguments), cwd=WORK, env=environment(), check=True)
    console.print(f"[dim]({time.monotonic() - started:.1f} s)[/dim]\n")


def look(*views: list[str]) -> None:
    """Run commands that only show something, all at once, and show one after the other; a failure ends the demo."""
    size = {"COLUMNS": str(console.width), **({"FORCE_COLOR": "1"} if console.is_terminal else {})}
    running = [
        subprocess.Popen(command(view), cwd=WORK, env=environment() | size, stdout=subprocess.PIPE, text=True)
        for view in views
    ]
    for view, process in zip(views, running, strict=True):
        console.print(f"[bold cyan]$ hub {' '.join(view)}[/bold cyan]")
        said, _ = process.communicate()
        sys.stdout.write(f"{said}\n")
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)


def command(arguments: Sequence[str]) -> list[str]:
    """Spell the command of this environment."""
    return [str(Path(sys.executable).with_name("hub")), *arguments]


def environment() -> dict[str, str]:
    """Give what a merchant would have set: the secrets that hub.toml refers to."""
    secrets = {"SHOP_KEY": SHOP_KEY, "SHOP_SECRET": SHOP_SECRET}
    secrets |= {"BOUTIQUE_TOKEN": BOUTIQUE_TOKEN, "ERP_PASSWORD": ERP_PASSWORD, "CARRIER_KEY": CARRIER_KEY}
    return {**os.environ, **secrets}


if __name__ == "__main__":
    sys.exit(main())
