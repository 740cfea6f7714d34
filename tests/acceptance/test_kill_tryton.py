"""The hub is killed with SIGKILL while it writes sales into a real Tryton: none is missing, none is there twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.erp.tryton.sandbox import TrytonServer, tryton_server
from connectors.erp.tryton.sandbox.worker import signed_in
from connectors.woocommerce.sandbox import WooSandbox, seed
from hub.testing.serve import serve

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("HUB_CACHE") or ROOT / ".cache")
KILLS = 3
NOT_SOLD = frozenset({"checkout-draft", "trash", "failed"})
SECRETS = {"SHOP_KEY": "ck_sandbox", "SHOP_SECRET": "cs_sandbox", "ERP_PASSWORD": "entrepot-demo"}
TOML = """\
[hub]
database = "sqlite:///hub.db"

[connections.shop]
connector = "woocommerce"
url = "{shop}"
key = "env:SHOP_KEY"
secret = "env:SHOP_SECRET"

[connections.erp]
connector = "tryton"
url = "{erp}"
database = "{database}"
user = "{user}"
password = "env:ERP_PASSWORD"
[connections.erp.tables.taxes]
{taxes}
"10.47375 %" = "CA-QC-QST-2"

{routes}
"""
ROUTE = """
[[routes]]
entity = "{entity}"
source = "shop"
target = "erp"
"""
SOLD = 'except = [{ field = "status", in = ["draft", "trashed", "failed"] }]\n'


def hub(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("hub")), *arguments]
    return subprocess.Popen(
        command, cwd=folder, env={**os.environ, **SECRETS}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()


def set_up(folder: Path, shop: WooSandbox, shop_url: str, erp: TrytonServer) -> None:
    rates = sorted({f"{rate.percent.normalize():f}" for rate in shop.store.rates if not rate.compound})
    taxes = "\n".join(f'"{rate} %" = "{rate}"' for rate in rates)
    routes = "".join(ROUTE.format(entity=entity) for entity in ("customer", "product", "order")) + SOLD
    text = TOML.format(shop=shop_url, erp=erp.url, database=erp.database, user=erp.user, taxes=taxes, routes=routes)
    (folder / "hub.toml").write_text(text)
    finish(hub(folder, "init"))
    finish(hub(folder, "apply", "--yes"))


def wait_for_sales(erp: TrytonServer, at_least: int) -> None:
    with signed_in(erp) as rpc:
        for _ in range(600):
            if rpc.call("model.sale.sale.search_count", [["web_shop", "!=", None]]) >= at_least:
                return
            time.sleep(0.02)
    raise AssertionError("The hub writes no sales.")


@pytest.mark.tryton
def test_sales_survive_three_kills(tmp_path: Path) -> None:
    """T018, T133: killed while sales are written in bulk; started again it finds what arrived and writes the rest."""
    shop, dice = WooSandbox(currency="EUR", zone="Europe/Berlin"), random.Random(3)
    seed(shop, orders=160, seed=3)
    sold = {str(o["id"]): o for o in shop.store.orders.values() if o["status"] not in NOT_SOLD}
    with serve(shop) as shop_url, tryton_server(CACHE) as erp:
        set_up(tmp_path, shop, shop_url, erp)
        for kill in range(KILLS):
            process = hub(tmp_path, "sync")
            wait_for_sales(erp, kill * 45 + 1)
            time.sleep(dice.uniform(0, 1.5))
            process.kill()
            process.communicate()
            assert process.returncode == -9, "it had ended before it was killed"
        finish(hub(tmp_path, "sync"))
        finish(hub(tmp_path, "sync"))
        with signed_in(erp) as rpc:
            fields = ["reference", "currency.code", "total_amount"]
            sales = rpc.call("model.sale.sale.search_read", [["web_shop", "!=", None]], 0, None, None, fields)
    numbers = Counter(sale["reference"] for sale in sales)
    assert numbers == Counter(order["number"] for order in sold.values())
    by_number = {order["number"]: order for order in sold.values()}
    for sale in sales:
        order = by_number[sale["reference"]]
        assert (sale["currency."]["code"], Decimal(sale["total_amount"])) == (
            order["currency"],
            Decimal(order["total"]),
        )
