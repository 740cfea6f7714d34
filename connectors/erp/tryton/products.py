"""Products: Tryton's templates with their variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.erp.tryton.batch import Refusals, gone, halving, outcomes
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row, changed, pages, some
from connectors.erp.tryton.reference import read_reference, reference
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.settings import Codes
from connectors.erp.tryton.text import one_line
from hub.api import Document, Page, Refused, Window, Write, Written

MODEL = "product.template"
VARIANT = "product.product"
FIELDS = [
    "name",
    "type",
    "active",
    "salable",
    "list_price",
    "create_date",
    "last_modified_at",
    "default_uom.symbol",
    "products.code",
    "products.active",
    "products.list_price",
    "products.description",
    "products.identifiers.type",
    "products.identifiers.code",
]
MOST_VARIANTS = 50
PRICE_DIGITS = Decimal("0.0001")


class Products:
    """Reads and writes product templates and their variants."""

    def __init__(self, rpc: Rpc, directory: Directory, codes: Codes, page_size: int) -> None:
        self._rpc = rpc
        self._directory = directory
        self._codes = codes
        self._size = page_size

    def read(self, window: Window) -> Iterator[Page]:
        """Page through templates of which something changed, without the services that stand for what is not goods."""
        codes = list(self._codes.model_dump().values())
        standing = self._rpc.search_read(VARIANT, [["code", "in", codes]], ["template"])
        domain = [["id", "not in", [row["template"] for row in standing]], changed(window, "products")]
        return pages(self._rpc, MODEL, domain, FIELDS, self._describe, window=window, size=self._size)

    def fetch(self, ids: Sequence[str]) -> list[Document]:
        """Read templates by id."""
        return self._describe(some(self._rpc, MODEL, ids, FIELDS))

    def search(self, text: str) -> list[Document]:
        """Find products by name, code or bar code."""
        domain = ["OR", ["rec_name", "ilike", f"%{text}%"], ["identifiers.code", "=", text]]
        rows = self._rpc.search_read(VARIANT, domain, ["template"], limit=10)
        return self.fetch([str(row["template"]) for row in rows])

    def find(self, write: Write) -> str | None:
        """Find the template whose variants carry our reference."""
        domain = [["identifiers.code", "=", reference(write.record_id)]]
        rows = self._rpc.search_read(VARIANT, domain, ["template"], limit=1, active_test=False)
        return str(rows[0]["template"]) if rows else None

    def upsert(self, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Create and change templates with their variants."""
        ids: dict[Write, int] = {w: int(w.external_id) for w in writes if w.external_id}
        refused: Refusals = {}

        def create(some_writes: Sequence[Write]) -> None:
            values = [self._new(write) for write in some_writes]
            ids.update(zip(some_writes, self._rpc.call(f"model.{MODEL}.create", values), strict=True))

        for few in _by_variants([w for w in writes if not w.external_id]):
            halving(few, create, refused.__setitem__)
        for few in _by_variants([w for w in writes if w.external_id]):
            halving(few, self._change, refused.__setitem__)
        return outcomes(writes, ids, refused, self.fetch)

    def _describe(self, rows: list[Row]) -> list[Document]:
        currency = self._directory.company_currency()
        return [_describe(row, currency) for row in rows]

    def _new(self, write: Write) -> dict[str, Any]:
        document = write.document
        variants = document.get("variants") or [{}]
        unit = self._directory.unit()
        return {
            "name": one_line(document.get("name")) or "Product without a name",
            "type": "service" if document.get("kind") == "service" else "goods",
            "default_uom": unit,
            "sale_uom": unit,
            "salable": True,
            "list_price": _price(variants[0].get("list_price")) or Decimal(0),
            "account_category": self._directory.category(),
            "products": [["create", [self._new_variant(v, document, write.record_id) for v in variants]]],
        }

    def _new_variant(self, variant: Document, document: Document, record_id: str) -> dict[str, Any]:
        identifiers = [{"type": None, "code": reference(record_id)}, *_bar_codes(variant)]
        return {
            "suffix_code": one_line(variant.get("code")),
            "list_price": _price(variant.get("list_price")),
            "description": variant.get("title") or document.get("description"),
            "identifiers": [["create", identifiers]],
        }

    def _change(self, writes: Sequence[Write]) -> None:
        rows = some(self._rpc, MODEL, [w.external_id for w in writes if w.external_id], FIELDS)
        present = {str(row["id"]): row for row in rows}
        calls: list[Any] = []
        for write in writes:
            row = present.get(write.external_id or "")
            if row is None:
                raise gone(write.external_id)
            if values := self._changes(write, row):
                calls += [[row["id"]], values]
        if calls:
            self._rpc.call(f"model.{MODEL}.write", *calls)

    def _changes(self, write: Write, row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {}
        name = one_line(write.document.get("name"))
        if name and name != row["name"]:
            values["name"] = name
        changes: list[Any] = []
        new = []
        for variant in write.document.get("variants") or []:
            held = _held(variant, row)
            if held is None:
                new.append(self._new_variant(variant, write.document, write.record_id))
            elif patch := _variant_changes(variant, held):
                changes.append(["write", [held["id"]], patch])
        if changes or new:
            values["products"] = [*changes, *([["create", new]] if new else [])]
        return values


def _by_variants(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Take as many writes together as have 50 variants: on SQLite, Tryton cannot check the codes of 100 at once."""
    together: list[Write] = []
    count = 0
    for write in writes:
        variants = len(write.document.get("variants") or ())
        if together and count + variants > MOST_VARIANTS:
            yield together
            together, count = [], 0
        together.append(write)
        count += variants
    if together:
        yield together


def _describe(row: Row, currency: str) -> Document:
    """Describe a template; its variants in the order in which they were made."""
    variants = sorted(row["products."], key=lambda v: int(v["id"]))
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "type": row["type"],
        "active": bool(row["active"]),
        "salable": bool(row["salable"]),
        "unit": row["default_uom."]["symbol"],
        "currency": currency,
        "reference": next((r for v in variants for i in v["identifiers."] if (r := read_reference(i["code"]))), None),
        "variants": [_describe_variant(variant, row) for variant in variants],
        "created": row["create_date"],
        "modified": row["last_modified_at"],
    }


def _describe_variant(variant: Row, row: Row) -> Document:
    return {
        "id": str(variant["id"]),
        "code": variant["code"] or None,
        "barcode": _bar_code(variant),
        "title": variant["description"] or None,
        "list_price": variant["list_price"] if variant["list_price"] is not None else row["list_price"],
        "active": bool(variant["active"]),
    }


def _held(variant: Document, row: Row) -> Row | None:
    """Find the variant that is meant: by its id, else by its code."""
    for held in row["products."]:
        if str(held["id"]) == variant.get("id"):
            return dict(held)
    code = one_line(variant.get("code"))
    return next((dict(held) for held in row["products."] if code and held["code"] == code), None)


def _variant_changes(variant: Document, held: Row) -> dict[str, Any]:
    values: dict[str, Any] = {}
    code, price = one_line(variant.get("code")), _price(variant.get("list_price"))
    if code and code != held["code"]:
        values["suffix_code"] = code
    if price is not None and (held["list_price"] is None or price != Decimal(held["list_price"])):
        values["list_price"] = price
    if "title" in variant and (variant["title"] or None) != (held["description"] or None):
        values["description"] = variant["title"]
    if variant.get("barcode") and variant["barcode"] != _bar_code(held):
        values["identifiers"] = [["create", _bar_codes(variant)]]
    return values


def _price(text: str | None) -> Decimal | None:
    return Decimal(text).quantize(PRICE_DIGITS) if text else None


def _bar_codes(variant: Document) -> list[dict[str, Any]]:
    code = one_line(variant.get("barcode"))
    return [{"type": "ean" if is_gtin(code) else None, "code": code}] if code else []


def _bar_code(variant: Row) -> str | None:
    return next((i["code"] for i in variant["identifiers."] if not read_reference(i["code"])), None)


def is_gtin(code: str) -> bool:
    """Tell whether a code is a GTIN with a right check digit (GS1 General Specifications, 7.9)."""
    if not (code.isascii() and code.isdecimal()) or len(code) not in {8, 12, 13, 14}:
        return False
    digits = [int(digit) for digit in reversed(code)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
