"""Makes the prepared Tryton database; runs inside Tryton's own virtual environment.

usage: bootstrap.py FOLDER DATABASE PASSWORD - leaves FOLDER/DATABASE.sqlite.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

MODULES = ["carrier", "sale", "sale_shipment_cost", "stock_package_shipping", "web_shop"]
# Units of each currency for one euro; the demo needs some rate, not today's.
CURRENCIES = {
    "EUR": ("Euro", "€", 2, "1"),
    "USD": ("US Dollar", "$", 2, "1.08"),
    "GBP": ("Pound Sterling", "£", 2, "0.85"),
    "CHF": ("Swiss Franc", "Fr.", 2, "0.95"),
    "PLN": ("Zloty", "zł", 2, "4.30"),
    "SEK": ("Swedish Krona", "kr", 2, "11.40"),
    "NOK": ("Norwegian Krone", "kr", 2, "11.70"),
    "DKK": ("Danish Krone", "kr", 2, "7.46"),
    "CZK": ("Czech Koruna", "Kč", 2, "25.20"),
    "HUF": ("Forint", "Ft", 2, "395"),
    "RON": ("Romanian Leu", "lei", 2, "4.97"),
    "TRY": ("Turkish Lira", "₺", 2, "35"),
    "RUB": ("Russian Ruble", "₽", 2, "98"),
    "UAH": ("Hryvnia", "₴", 2, "44"),
    "ILS": ("New Israeli Sheqel", "₪", 2, "4"),
    "AED": ("UAE Dirham", "AED", 2, "3.97"),
    "SAR": ("Saudi Riyal", "SAR", 2, "4.05"),
    "INR": ("Indian Rupee", "₹", 2, "91"),
    "CNY": ("Yuan Renminbi", "¥", 2, "7.80"),
    "HKD": ("Hong Kong Dollar", "HK$", 2, "8.45"),
    "SGD": ("Singapore Dollar", "S$", 2, "1.45"),
    "AUD": ("Australian Dollar", "A$", 2, "1.65"),
    "NZD": ("New Zealand Dollar", "NZ$", 2, "1.80"),
    "CAD": ("Canadian Dollar", "C$", 2, "1.48"),
    "MXN": ("Mexican Peso", "MX$", 2, "19"),
    "BRL": ("Brazilian Real", "R$", 2, "5.9"),
    "ZAR": ("Rand", "R", 2, "19.8"),
    "JPY": ("Yen", "¥", 0, "162"),
    "KRW": ("Won", "₩", 0, "1480"),
    "CLP": ("Chilean Peso", "CLP", 0, "1010"),
    "VND": ("Dong", "₫", 0, "27000"),
    "ISK": ("Iceland Krona", "kr", 0, "150"),
    "KWD": ("Kuwaiti Dinar", "KD", 3, "0.33"),
    "BHD": ("Bahraini Dinar", "BD", 3, "0.41"),
    "TND": ("Tunisian Dinar", "DT", 3, "3.37"),
}
# fmt: off
TAX_RATES = [
    "0", "1", "2", "2.1", "2.5", "2.6", "3", "3.8", "4", "4.5", "5", "5.5", "6", "6.25", "6.5", "6.625", "7",
    "7.25", "7.5", "7.7", "8", "8.1", "8.25", "8.5", "8.625", "8.875", "9", "9.5", "9.975", "10", "10.25",
    "10.47375", "11", "12", "12.5", "13", "13.5", "14", "14.975", "15", "16", "17", "18", "19", "20", "21",
    "22", "23", "24", "25", "25.5", "26", "27",
]
# fmt: on
SERVICES = {
    "SHIPPING": "Shipping",
    "FEE": "Fee",
    "DISCOUNT": "Discount",
    "ROUNDING": "Rounding difference",
    "GIFTCARD": "Gift card",
    "TIP": "Tip",
    "DUTY": "Duty",
    "COLLECTED": "Tax collected by the marketplace",
}
CARRIERS = ["Standard", "Express", "Pickup"]


def main() -> None:
    """Create the tables, then the company and everything a sale needs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("database")
    parser.add_argument("password")
    arguments = parser.parse_args()
    (arguments.folder / f"{arguments.database}.sqlite").touch()
    configure(arguments.folder, arguments.password)
    create_tables(arguments.database)
    seed(arguments.database)
    (arguments.folder / "password").unlink()


def configure(folder: Path, password: str) -> None:
    """Set Tryton's configuration, which it reads from the environment at its first import."""
    secret = folder / "password"
    secret.write_text(password + "\n")
    os.environ.update(TRYTOND_DATABASE__URI="sqlite://", TRYTOND_DATABASE__PATH=str(folder), TRYTONPASSFILE=str(secret))


def create_tables(database: str) -> None:
    """Install the modules, as `trytond-admin` does."""
    import trytond.admin  # type: ignore[import-not-found]
    import trytond.commandline  # type: ignore[import-not-found]

    options = trytond.commandline.get_parser_admin().parse_args(
        ["-d", database, "-u", "ir", "res", *MODULES, "--activate-dependencies", "--email", "admin@erp.test"]
    )
    options.indexes = True
    trytond.admin.run(options)


def seed(database: str) -> None:
    """Fill in the master data, in the order in which it refers to itself."""
    import proteus  # type: ignore[import-not-found]

    config = proteus.config.set_trytond(database, user="admin")
    model = proteus.Model.get
    skip_wizards(model)
    currencies = add_currencies(model)
    countries = add_countries(model)
    company = add_company(model, config, currencies["EUR"])
    add_accounts(proteus, company)
    today = datetime.now(UTC)
    for year in range(today.year - 1, today.year + 2):
        add_fiscal_year(model, company, year)
    add_payment_term(model)
    set_customs(model)
    add_taxes(model, company)
    category = add_category(model)
    services = add_products(model, category)
    add_carriers(model, services["SHIPPING"])
    warehouse = place_warehouse(model, company, countries["DE"])
    add_shop(model, company, warehouse)
    model("stock.package.type")(name="Box").save()


def skip_wizards(model: Any) -> None:
    """Close the questions that Tryton's client asks after an installation."""
    item = model("ir.module.config_wizard.item")
    item.write([i.id for i in item.find([])], {"state": "done"}, {})


def add_currencies(model: Any) -> dict[str, Any]:
    """Create the currencies with a rate that is valid from long ago on."""
    currency, rate = model("currency.currency"), model("currency.currency.rate")
    records = [
        currency(name=name, symbol=symbol, code=code, digits=digits, rounding=Decimal(1).scaleb(-digits))
        for code, (name, symbol, digits, _) in CURRENCIES.items()
    ]
    currency.save(records)
    rate.save([rate(date=date(2000, 1, 1), rate=Decimal(CURRENCIES[c.code][3]), currency=c) for c in records])
    return {c.code: c for c in records}


def add_countries(model: Any) -> dict[str, int]:
    """Create all countries and their subdivisions of ISO 3166; gives the ids by code."""
    import pycountry  # type: ignore[import-not-found]

    country, subdivision = model("country.country"), model("country.subdivision")
    codes = [c.alpha_2 for c in pycountry.countries]
    values = [
        {"code": c.alpha_2, "code3": c.alpha_3, "code_numeric": c.numeric, "name": c.name} for c in pycountry.countries
    ]
    ids = dict(zip(codes, country.create(values, {}), strict=True))
    kinds = dict(subdivision._fields["type"]["selection"])
    subdivision.create(
        [
            {"country": ids[s.country_code], "code": s.code, "name": s.name, "type": known(s.type.lower(), kinds)}
            for s in pycountry.subdivisions
        ],
        {},
    )
    return ids


def known(kind: str, kinds: dict[str, str]) -> str | None:
    """Keep a kind of subdivision that Tryton knows."""
    return kind if kind in kinds else None


def add_company(model: Any, config: Any, currency: Any) -> Any:
    """Create the company and let the user work in it."""
    party = model("party.party")(name="Entrepot Demo GmbH")
    party.save()
    company = model("company.company")(party=party, currency=currency)
    company.save()
    user = model("res.user")
    user.write([config.user], {"companies": [("add", [company.id])], "company": company.id}, {})
    config._context = user.get_preferences(True, {})
    return company


def add_accounts(proteus: Any, company: Any) -> None:
    """Create Tryton's own chart of accounts and make its accounts the defaults."""
    model = proteus.Model.get
    wizard = proteus.Wizard("account.create_chart")
    wizard.execute("account")
    template = model("ir.model.data").get_id("account.account_template_root_en", {})
    wizard.form.account_template = model("account.account.template")(template)
    wizard.form.company = company
    wizard.execute("create_account")
    wizard.form.account_receivable = account(model, "receivable")
    wizard.form.account_payable = account(model, "payable")
    wizard.form.category_account_expense = account(model, "expense")
    wizard.form.category_account_revenue = account(model, "revenue")
    wizard.execute("create_properties")


def account(model: Any, kind: str) -> Any:
    """Find the account for receivables, payables, revenue or expenses."""
    return model("account.account").find([(f"type.{kind}", "=", True), ("closed", "!=", True)], limit=1)[0]


def add_fiscal_year(model: Any, company: Any, year: int) -> None:
    """Open a fiscal year with its periods and numbers."""
    fiscal_year = model("account.fiscalyear")(name=str(year), company=company)
    fiscal_year.start_date, fiscal_year.end_date = date(year, 1, 1), date(year, 12, 31)
    fiscal_year.move_sequence = sequence(model, "Account Move", year, company)
    numbers = sequence(model, "Invoice", year, company)
    (invoices,) = fiscal_year.invoice_sequences
    for kind in ("out_invoice", "in_invoice", "out_credit_note", "in_credit_note"):
        setattr(invoices, f"{kind}_sequence", numbers)
    fiscal_year.save()
    fiscal_year.click("create_period")


def sequence(model: Any, kind: str, year: int, company: Any) -> Any:
    """Create a gapless sequence of numbers for a year."""
    (sequence_type,) = model("ir.sequence.type").find([("name", "=", kind)], limit=1)
    numbers = model("ir.sequence.strict")(name=f"{kind} {year}", sequence_type=sequence_type, company=company)
    numbers.save()
    return numbers


def add_payment_term(model: Any) -> None:
    """Make payment at once the term of every customer."""
    term = model("account.invoice.payment_term")(name="Paid in the shop")
    term.lines.new(type="remainder")
    term.save()
    configuration = model("account.configuration")(1)
    configuration.default_customer_payment_term = term
    configuration.save()


def set_customs(model: Any) -> None:
    """Let the company work as many do: invoices are made by hand, and the warehouse releases shipments itself.

    It also makes confirming twice as fast.
    """
    configuration = model("sale.configuration")(1)
    configuration.sale_invoice_method = "manual"
    configuration.sale_wait_shipment = False
    configuration.save()


def add_taxes(model: Any, company: Any) -> None:
    """Create one tax a rate, named like `19 %`."""
    tax = model("account.tax")
    (tax_account,) = model("account.account").find([("code", "=", "6.3.6")], limit=1)
    common = {"type": "percentage", "company": company.id, "invoice_account": tax_account.id}
    tax.create(
        [
            {
                **common,
                "name": f"{rate} %",
                "description": f"{rate} %",
                "rate": Decimal(rate) / 100,
                "credit_note_account": tax_account.id,
            }
            for rate in TAX_RATES
        ],
        model("res.user").get_preferences(True, {}),
    )


def add_category(model: Any) -> Any:
    """Create the category that gives products their accounts."""
    category = model("product.category")(name="Goods", accounting=True)
    category.account_expense = account(model, "expense")
    category.account_revenue = account(model, "revenue")
    category.save()
    return category


def add_products(model: Any, category: Any) -> dict[str, Any]:
    """Create what sales need beside the goods, and the placeholder for what a shop has deleted; by code."""
    (unit,) = model("product.uom").find([("name", "=", "Unit")])
    templates = []
    for code, name in [*SERVICES.items(), ("DELETED", "Product no longer in the shop")]:
        kind = "goods" if code == "DELETED" else "service"
        template = model("product.template")(name=name, default_uom=unit, type=kind, salable=True)
        template.consumable = kind == "goods"
        template.list_price, template.account_category = Decimal(0), category
        template.products[0].suffix_code = code
        templates.append(template)
    model("product.template").save(templates)
    return {p.code: p for t in templates for p in t.products}


def add_carriers(model: Any, shipping: Any) -> None:
    """Create the carriers; without a selection Tryton refuses every one of them."""
    for name in CARRIERS:
        party = model("party.party")(name=name)
        party.save()
        carrier = model("carrier")(party=party, carrier_product=shipping)
        carrier.save()
        model("carrier.selection")(carrier=carrier).save()


def place_warehouse(model: Any, company: Any, country: int) -> Any:
    """Give the warehouse an address."""
    (warehouse,) = model("stock.location").find([("type", "=", "warehouse")])
    address = model("party.address")(party=company.party, street="Hafenstraße 1", postal_code="20457", city="Hamburg")
    address.country = model("country.country")(country)
    address.save()
    warehouse.address = address
    warehouse.save()
    return warehouse


def add_shop(model: Any, company: Any, warehouse: Any) -> None:
    """Create the web shop in whose name the hub writes sales."""
    shop = model("web.shop")(name="Web shop", company=company, currency=company.currency)
    shop.warehouses.append(warehouse)
    shop.save()


if __name__ == "__main__":
    sys.exit(main())
