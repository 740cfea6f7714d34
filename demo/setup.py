"""The demo's hub.toml: what a merchant with two shops, an ERP and a carrier would write."""

from __future__ import annotations

from pathlib import Path

from demo.stage import Stage, boutique_percents

TOML = """\
[hub]
database = "sqlite:///hub.db"

[merchants.demo]
name = "Maison Demo"
language = "en"

[connections.shop]
connector = "woocommerce"
merchant = "demo"
url = "{shop}"
key = "env:SHOP_KEY"
secret = "env:SHOP_SECRET"
note = "private"                # the hub writes to buyers, so the shop does not

[connections.boutique]
connector = "shopify"
merchant = "demo"
shop = "{boutique}"
access_token = "env:BOUTIQUE_TOKEN"
notify = false                  # the hub writes to buyers, so the store does not
[connections.boutique.tables.locations]
"Lager Berlin" = "default"      # where the ERP's warehouse is

[connections.erp]
connector = "tryton"
merchant = "demo"
url = "{erp}"
database = "{database}"
user = "{user}"
password = "env:ERP_PASSWORD"
[connections.erp.tables.taxes]  # the ERP's name = the shop's code, name or percent
{taxes}
"10.47375 %" = "CA-QC-QST-2"    # 9.975 % on the price with 5 % GST in it
[connections.erp.tables.carriers]
"Standard" = "dhl_parcel_de"
[connections.erp.tables.locations]
"Warehouse" = "default"         # the one place that both shops sell from

[connections.carrier]
connector = "karrio"
merchant = "demo"
url = "{carrier}"
key = "env:CARRIER_KEY"
[connections.carrier.ship_from]
company_name = "Maison Demo"
address_line1 = "Chausseestr. 1"
postal_code = "10115"
city = "Berlin"
country_code = "DE"

[[routes]]
entity = "customer"
source = "shop"
target = "erp"

[[routes]]
entity = "product"
source = "shop"
target = "erp"

[[routes]]  # the same three for the second shop
entity = "customer"
source = "boutique"
target = "erp"

[[routes]]
entity = "product"
source = "boutique"
target = "erp"

[[routes]]
entity = "order"
source = "boutique"
target = "erp"

[[routes]]
entity = "order"
source = "shop"
target = "erp"
except = [{{ field = "status", in = ["draft", "trashed", "failed"] }}]

[[routes]]  # the ERP counts; the shop sells what is available
entity = "inventory"
source = "erp"
target = "shop"
write = ["available"]
only = [{{ field = "tracked", is = true }}]

[[routes]]
entity = "inventory"
source = "erp"
target = "boutique"
write = ["available"]
only = [{{ field = "tracked", is = true }}]

[[routes]]  # the warehouse packs in the ERP; the carrier's label and tracking number come back to it
entity = "shipment"
source = "erp"
target = "carrier"
direction = "two-way"
except = [{{ field = "status", in = ["pending", "cancelled"] }}]

[[routes]]  # the buyer sees the tracking number in the shop
entity = "shipment"
source = "erp"
target = "shop"
only = [{{ field = "tracking_number", exists = true }}]

[[routes]]  # each shop is told of the parcels of its own orders
entity = "shipment"
source = "erp"
target = "boutique"
only = [{{ field = "tracking_number", exists = true }}]

[policies]
"inventory.available" = "erp"

[[schedules]]
connection = "shop"
every = "5m"

[[schedules]]
connection = "boutique"
every = "5m"

[[schedules]]
connection = "carrier"
streams = ["trackers"]
every = "15m"

[notices]
sender = "Maison Demo <hello@maison-demo.example>"
smtp = "{smtp}"
languages = ["en", "de", "fr", "es", "ru", "zh"]
"""


def write_toml(folder: Path, stage: Stage) -> None:
    """Write the demo's hub.toml into its folder; the ERP's taxes are named by their rates."""
    percents = {rate.percent for rate in stage.shop.store.rates if not rate.compound} | boutique_percents()
    rates = sorted({f"{percent.normalize():f}" for percent in percents})
    text = TOML.format(
        shop=stage.shop_url,
        boutique=stage.boutique_url,
        erp=stage.erp.url,
        database=stage.erp.database,
        user=stage.erp.user,
        carrier=stage.carrier_url,
        smtp=stage.smtp,
        taxes="\n".join(f'"{rate} %" = "{rate}"' for rate in rates),
    )
    (folder / "hub.toml").write_text(text, encoding="utf-8")
