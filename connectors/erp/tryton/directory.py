"""Finds Tryton's master data by the names that people know it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from connectors.erp.tryton.rpc import Rpc, Value
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import ConfigError, InvalidRecordError, UnknownValueError

Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Item:
    """A product as a sale line needs it: its id and the unit in which it is sold."""

    id: int
    unit: int


class Directory:
    """Ids of currencies, countries, taxes and the like.

    Each kind is read once for as long as the connector lives, which is one run.
    """

    def __init__(self, rpc: Rpc, settings: TrytonSettings) -> None:
        self._rpc = rpc
        self._settings = settings
        self._known: dict[str, dict[str, Row]] = {}

    def currency(self, code: str) -> Row:
        """Find a currency by its ISO 4217 code: `id`, `code`, `digits`."""
        row = self._find("currencies", code, self._load("currency.currency", "code", "digits"))
        if row is None:
            hint = f"Create the currency {code} in Tryton, then replay."
            raise InvalidRecordError(f"Tryton has no currency {code}", path="currency", hint=hint)
        return row

    def company_currency(self) -> str:
        """Tell the currency in which the company keeps its prices."""
        row = self._find("companies", str(self._rpc.company()), self._load("company.company", "id", "currency.code"))
        if row is None:
            hint = "Give the user a company in Tryton's preferences."
            raise ConfigError("the user works for no company in Tryton", hint=hint)
        return str(row["currency."]["code"])

    def country(self, code: str) -> int | None:
        """Find a country by its ISO 3166-1 code."""
        row = self._find("countries", code, self._load("country.country", "code"))
        return int(row["id"]) if row else None

    def subdivision(self, country: str, region: str) -> int | None:
        """Find a subdivision of a country by its ISO 3166-2 code, the part of it after the dash, or its name."""
        load = partial(self._load_subdivisions, country)  # of all countries there are five thousand
        for key in (region, f"{country}-{region}"):
            row = self._find(f"subdivisions of {country}", key.casefold(), load)
            if row:
                return int(row["id"])
        return None

    def tax(self, name: str) -> int:
        """Find a customer tax by its name in Tryton."""
        row = self._find("taxes", name, self._load("account.tax", "name", domain=[["parent", "=", None]]))
        if row is None:
            hint = "Correct the row in the value table `taxes`: it must name a tax that Tryton has."
            raise UnknownValueError(f"Tryton has no tax {name!r}", path="taxes", value=name, table="taxes", hint=hint)
        return int(row["id"])

    def carrier(self, name: str | None) -> int | None:
        """Find a carrier by the name of its party; a name that Tryton does not know means the usual carrier."""
        load = self._load("carrier", "party.rec_name")
        row = self._find("carriers", name, load) if name else None
        if row is None and self._settings.carrier:
            row = self._find("carriers", self._settings.carrier, load)
        if row is None:
            self._find("carriers", "", load)
            row = min(self._known["carriers"].values(), key=lambda r: int(r["id"]), default=None)
        return int(row["id"]) if row else None

    def sure_carrier(self, name: str) -> int:
        """Find a carrier by the name of its party, and no other."""
        row = self._find("carriers", name, self._load("carrier", "party.rec_name"))
        if row is None:
            message, hint = (
                f"Tryton has no carrier {name!r}",
                "Create it there, or correct its row in the table `carriers`.",
            )
            raise UnknownValueError(message, path="carrier", value=name, table="carriers", hint=hint)
        return int(row["id"])

    def language(self, code: str | None) -> int | None:
        """Find a language by its code, exactly or by its first part: zh finds zh_CN."""
        if not code:
            return None
        load = self._load("ir.lang", "code")
        wanted = code.replace("-", "_")
        row = self._find("languages", wanted, load) or self._find("languages", wanted.partition("_")[0], load)
        if row is None:
            first = wanted.partition("_")[0]
            row = next((r for c, r in sorted(self._known["languages"].items()) if c.partition("_")[0] == first), None)
        return int(row["id"]) if row else None

    def item(self, code: str) -> Item:
        """Find a product by its code."""
        row = self._find("items", code, self._load("product.product", "code", "sale_uom"))
        if row is None:
            raise ConfigError(
                f"Tryton has no product {code!r}",
                hint=f"Create a salable service product with the code {code} there, or set `codes` of the connection.",
            )
        return Item(int(row["id"]), int(row["sale_uom"]))

    def shop(self) -> int:
        """Find the web shop in whose name sales are made."""
        return self._named("web.shop", "name", self._settings.shop, "shop", [])

    def warehouse(self) -> int:
        """Find the warehouse whose stock is read."""
        wanted = [["type", "=", "warehouse"]]
        return self._named("stock.location", "name", self._settings.warehouse, "warehouse", wanted)

    def sure_warehouse(self, name: str) -> int:
        """Find a warehouse by its name, and no other."""
        load = self._load("stock.location", "name", domain=[["type", "=", "warehouse"]])
        row = self._find("warehouses", name, load)
        if row is None:
            message, hint = f"Tryton has no warehouse {name!r}", "Name it in the table `locations`, or create it there."
            raise UnknownValueError(message, path="location", value=name, table="locations", hint=hint)
        return int(row["id"])

    def category(self) -> int:
        """Find the category that gives products their accounts."""
        return self._named("product.category", "name", self._settings.category, "category", [["accounting", "=", True]])

    def unit(self) -> int:
        """Find the unit in which goods are counted."""
        return self._named("product.uom", "symbol", self._settings.unit, "unit", [])

    def _named(self, model: str, key: str, name: str, setting: str, domain: list[Value]) -> int:
        load = self._load(model, key, domain=domain)
        table = f"{setting}s"
        row = self._find(table, name, load)
        found = ([row] if row else []) if name else list(self._known[table].values())
        if len(found) == 1:
            return int(found[0]["id"])
        there = ", ".join(sorted(self._known[table])) or "none"
        raise ConfigError(
            f"Tryton has no {setting} {name!r}" if name else f"Tryton has {len(found)} of them: which {setting} is it?",
            hint=f"Set `{setting}` of the connection to one of: {there}.",
        )

    def _find(self, table: str, key: str, load: Callable[[], Mapping[str, Row]]) -> Row | None:
        if table not in self._known:
            self._known[table] = dict(load())
        return self._known[table].get(key)

    def _load(self, model: str, key: str, *fields: str, domain: Sequence[Value] = ()) -> Callable[[], dict[str, Row]]:
        return partial(self._rows, model, key, [key, *fields], list(domain))

    def _rows(self, model: str, key: str, fields: list[str], domain: list[Value]) -> dict[str, Row]:
        rows = self._rpc.search_read(model, domain, fields, order="DESC")
        return {text: row for row in rows if (text := _dotted(row, key))}

    def _load_subdivisions(self, country: str) -> dict[str, Row]:
        load = self._load("party.address.subdivision_type", "country_code", "types")
        allowed = (self._find("subdivision types", country, load) or {}).get("types")
        domain = [["country.code", "=", country], [["type", "in", allowed]] if allowed else []]
        rows = self._rpc.search_read("country.subdivision", domain, ["code", "name"], order="DESC")
        return {row[key].casefold(): row for key in ("name", "code") for row in rows}


def _dotted(row: Row, key: str) -> str | None:
    first, dot, rest = key.partition(".")
    value = row.get(f"{first}.") if dot else row.get(first)
    if dot:
        value = value.get(rest) if value else None
    return None if value is None else str(value)
