"""Lists in pages: what may be asked, the order of rows, and the counting headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from zlib import crc32

from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.errors import invalid_param, not_in_enum
from hub.api import Document


@dataclass(frozen=True, slots=True)
class Listing:
    """How one kind of record is listed.

    `sorts` maps each allowed `orderby` to the field that it sorts by; those in `loose` have no tie-breaker.
    `extra` is what the site adds to its Link header. `total_past_end`: whether the count survives past the last page.
    """

    sorts: dict[str, str]
    default: str
    descending: bool = True
    loose: frozenset[str] = frozenset()
    extra: str = ""
    total_past_end: bool = True


def page_of(call: Call, rows: Sequence[Document], listing: Listing, render: Callable[[Document], Document]) -> Reply:
    """Cut one page out of rows, sorted as asked, with the headers that WooCommerce sends."""
    size = _number(call, "per_page", 10, 1, 100)
    page = _number(call, "page", 1, 1, None)
    start = _number(call, "offset", (page - 1) * size, 0, None)
    ordered = _ordered(call, rows, listing, page)
    documents = [only(render(row), call) for row in ordered[start : start + size]]
    total = len(rows) if documents or listing.total_past_end else 0
    pages = -(-total // size)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    return Reply(documents, 200, headers | _links(call, page, pages, listing))


def included(rows: Iterable[Document], call: Call) -> list[Document]:
    """Keep the rows that `include` names and drop those that `exclude` does."""
    kept = list(rows)
    if wanted := _ids(call, "include"):
        kept = [row for row in kept if row["id"] in wanted]
    if unwanted := _ids(call, "exclude"):
        kept = [row for row in kept if row["id"] not in unwanted]
    return kept


def only(document: Document, call: Call) -> Document:
    """Keep the top-level keys that `_fields` names."""
    if not call.params.get("_fields"):
        return document
    wanted = {name.split(".")[0] for name in call.params["_fields"].split(",")}
    return {name: value for name, value in document.items() if name in wanted}


def _ids(call: Call, name: str) -> set[int]:
    text = ",".join(value for key, value in call.params.items() if key == name or key.startswith(f"{name}["))
    return {int(part) for part in text.split(",") if part.strip().isdigit()}


def _number(call: Call, name: str, default: int, least: int, most: int | None) -> int:
    text = call.params.get(name)
    if text is None:
        return default
    if not text.lstrip("-").isdigit():
        raise invalid_param(name, "rest_invalid_type", f"{name} is not of type integer.")
    value = int(text)
    if most is not None and not least <= value <= most:
        message = f"{name} must be between {least} (inclusive) and {most} (inclusive)"
        raise invalid_param(name, "rest_out_of_bounds", message)
    if value < least:
        raise invalid_param(name, "rest_out_of_bounds", f"{name} must be greater than or equal to {least}")
    return value


def _ordered(call: Call, rows: Sequence[Document], listing: Listing, page: int) -> list[Document]:
    by = call.params.get("orderby", listing.default)
    if by not in listing.sorts:
        raise not_in_enum("orderby", list(listing.sorts))
    order = call.params.get("order", "desc" if listing.descending else "asc")
    if order not in ("asc", "desc"):
        raise not_in_enum("order", ["asc", "desc"])
    field = listing.sorts[by]
    ties: Callable[[Document], int] = lambda row: row["id"]  # noqa: E731
    if by in listing.loose:  # the database has no tie-breaker: each page shuffles equal times its own way
        ties = lambda row: crc32(f"{row['id']}:{page}".encode())  # noqa: E731
    return sorted(rows, key=lambda row: (row[field] or "", ties(row)), reverse=order == "desc")


def _links(call: Call, page: int, pages: int, listing: Listing) -> dict[str, str]:
    near = [(rel, number) for rel, number in (("prev", page - 1), ("next", page + 1)) if 1 <= number <= pages]
    if not near:
        return {"Link": f'<{call.site}/wp-json/>; rel="https://api.w.org/"'}
    return {"Link": ", ".join(f'<{_address(call, number, listing)}>; rel="{rel}"' for rel, number in near)}


def _address(call: Call, page: int, listing: Listing) -> str:
    asked = {name: "1" if value == "true" else value for name, value in call.params.items()}
    query = urlencode({name: value for name, value in asked.items() if name not in ("page", "status")})
    parts = [part for part in (query, listing.extra, f"page={page}") if part]
    return f"{call.site}{call.path}?{'&'.join(parts)}"
