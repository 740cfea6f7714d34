"""Products over REST; their variations are listed beneath each of them."""

from __future__ import annotations

import html
import re
from typing import Any

from connectors.woocommerce.sandbox import meta, stock
from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.dates import filtered, with_local
from connectors.woocommerce.sandbox.errors import WooError, invalid_id, not_in_enum
from connectors.woocommerce.sandbox.paging import Listing, included, only, page_of
from connectors.woocommerce.sandbox.store import Store
from hub.api import Document

TYPES = ["simple", "grouped", "external", "variable"]
STATUSES = ["draft", "pending", "private", "publish", "future", "auto-draft", "trash"]
STOCK_STATUSES = ["instock", "outofstock", "onbackorder"]
LISTING = Listing(
    sorts={
        "date": "date_created_gmt",
        "id": "id",
        "include": "id",
        "title": "name",
        "slug": "slug",
        "modified": "date_modified_gmt",
    },
    default="date",
    loose=frozenset({"date", "modified"}),
)
VARIATIONS = Listing(
    sorts={
        "date": "date_created_gmt",
        "id": "id",
        "include": "id",
        "title": "name",
        "slug": "name",
        "menu_order": "id",
    },
    default="date",
)
TEXTS = ("sku", "global_unique_id", "description", "short_description", "tax_class", "weight", "regular_price")
PLAIN = ("status", "type", "manage_stock", "backorders", "attributes", "categories", "images", "dimensions")
TIMES = ("date_created", "date_modified", "date_on_sale_from", "date_on_sale_to")


def index(store: Store, call: Call) -> Reply:
    """List products, without their variations."""
    rows = included(store.products.values(), call)
    status = call.params.get("status", "any")
    rows = [row for row in rows if row["status"] == status or (status == "any" and row["status"] != "trash")]
    if call.params.get("type"):
        rows = [row for row in rows if row["type"] == call.params["type"]]
    if call.params.get("sku"):
        wanted = {sku.strip().lower() for sku in call.params["sku"].split(",")}
        rows = [row for row in rows if row["sku"].lower() in wanted]
    if call.params.get("search"):
        text = call.params["search"].lower()
        rows = [row for row in rows if text in html.unescape(row["name"]).lower()]
    rows = filtered(rows, call.params, store.zone)
    return page_of(call, rows, LISTING, lambda row: render(store, call, row))


def read(store: Store, call: Call, product_id: int) -> Reply:
    """Show one product; the id of a variation shows that."""
    row = store.products.get(product_id) or store.variations.get(product_id)
    if row is None:
        raise invalid_id("product", 404)
    return Reply(only(render(store, call, row), call))


def create(store: Store, call: Call) -> Reply:
    """Make a product."""
    _check(store, call, 0)
    product = blank(store, store.new_id("post"))
    _apply(store, product, call.body)
    store.products[product["id"]] = product
    store.announce("product.created", product["id"])
    headers = {"Location": f"{call.site}/wp-json/wc/v3/products/{product['id']}"}
    more = {"permalink_template": f"{call.site}/product/%pagename%/", "generated_slug": product["slug"]}
    return Reply(render(store, call, product) | more, 201, headers)


def update(store: Store, call: Call, product_id: int) -> Reply:
    """Change a product; a variation must be changed beneath its parent."""
    if product_id in store.variations:
        place = "/products/&lt;product_id&gt;/variations/&lt;id&gt;"
        message = f"To manipulate product variations you should use the {place} endpoint."
        raise WooError(404, "woocommerce_rest_invalid_product_id", message)
    if product_id not in store.products:
        raise invalid_id("product", 400)
    _check(store, call, product_id)
    _apply(store, store.products[product_id], call.body)
    store.announce("product.updated", product_id)
    return Reply(render(store, call, store.products[product_id]))


def delete(store: Store, call: Call, product_id: int) -> Reply:
    """Trash a product, or remove it for good: its order lines then forget it."""
    if product_id not in store.products:
        raise invalid_id("product", 404)
    product = store.products[product_id]
    shown = render(store, call, product)
    if call.params.get("force") in ("true", "1"):
        remove(store, product_id)
        return Reply(shown)
    if product["status"] == "trash":
        raise WooError(410, "woocommerce_rest_already_trashed", "The product has already been deleted.")
    product["status"] = "trash"
    store.touch(product)
    store.announce("product.deleted", product_id)
    return Reply(shown)


def remove(store: Store, product_id: int) -> None:
    """Drop a product with its variations; order lines keep the name and lose the rest."""
    for variation_id in [row["id"] for row in store.variations.values() if row["parent_id"] == product_id]:
        del store.variations[variation_id]
    del store.products[product_id]
    lost = {"product_id": 0, "variation_id": 0, "sku": None, "global_unique_id": None, "image": {"id": 0, "src": ""}}
    for line in (line for order in store.orders.values() for line in order["line_items"]):
        if line["product_id"] == product_id:
            line |= lost | {"parent_name": None}


def variations(store: Store, call: Call, product_id: int) -> Reply:
    """List a product's variations."""
    if product_id not in store.products:
        raise WooError(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
    rows = [row for row in included(store.variations.values(), call) if row["parent_id"] == product_id]
    return page_of(call, rows, VARIATIONS, lambda row: render(store, call, row))


def variation(store: Store, call: Call, product_id: int, variation_id: int) -> Reply:
    """Show one variation."""
    return Reply(only(render(store, call, _variation(store, product_id, variation_id, 404)), call))


def create_variation(store: Store, call: Call, product_id: int) -> Reply:
    """Make a variation of a product."""
    if product_id not in store.products:
        raise WooError(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
    _check(store, call, 0)
    parent = store.products[product_id]
    made = blank_variation(store, store.new_id("post"), parent)
    _apply(store, made, call.body)
    made["name"] = ", ".join(choice["option"] for choice in made["attributes"])
    store.variations[made["id"]] = made
    store.announce("product.created", made["id"])
    place = f"{call.site}/wp-json/wc/v3/products/{product_id}/variations/{made['id']}"
    return Reply(render(store, call, made), 201, {"Location": place})


def update_variation(store: Store, call: Call, product_id: int, variation_id: int) -> Reply:
    """Change a variation; its parent's time does not move."""
    row = _variation(store, product_id, variation_id, 400 if call.batch else 404)
    _check(store, call, variation_id)
    _apply(store, row, call.body)
    store.announce("product.updated", variation_id)
    return Reply(render(store, call, row))


def blank(store: Store, product_id: int) -> Document:
    """Make a simple product with nothing but an id."""
    return _shared(store, product_id) | {
        "name": "",
        "slug": "",
        "type": "simple",
        "featured": False,
        "catalog_visibility": "visible",
        "short_description": "",
        "total_sales": 0,
        "external_url": "",
        "button_text": "",
        "sold_individually": False,
        "shipping_required": True,
        "shipping_taxable": True,
        "reviews_allowed": True,
        "average_rating": "0.00",
        "rating_count": 0,
        **{name: [] for name in ("upsell_ids", "cross_sell_ids", "brands", "tags", "images", "default_attributes")},
        "parent_id": 0,
        "purchase_note": "",
        "categories": [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}],
        "grouped_products": [],
        "related_ids": [],
        "has_options": False,
        "post_password": "",
    }


def blank_variation(store: Store, variation_id: int, parent: Document) -> Document:
    """Make a variation of a product."""
    return _shared(store, variation_id) | {"type": "variation", "name": "", "image": None, "parent_id": parent["id"]}


def render(store: Store, call: Call, row: Document) -> Document:
    """Show a product or variation as REST does."""
    root = f"{call.site}/wp-json/wc/v3/products"
    parent = store.products.get(row["parent_id"], row)
    home = f"{root}/{row['parent_id']}/variations" if row["type"] == "variation" else root
    allow = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    links: Document = {
        "self": [{"href": f"{home}/{row['id']}", "targetHints": {"allow": allow}}],
        "collection": [{"href": home}],
    }
    derived: Document = {
        "permalink": f"{call.site}/product/{parent['slug']}/",
        "price_html": f"<span>{row['price']}</span>",
    }
    if row["manage_stock"] == "parent":
        derived["stock_quantity"] = parent["stock_quantity"]
    if row["type"] == "variation":
        links["up"] = [{"href": f"{root}/{row['parent_id']}"}]
        del derived["price_html"]
    else:
        derived["variations"] = [v["id"] for v in store.variations.values() if v["parent_id"] == row["id"]]
    return row | with_local(row, store.zone, *TIMES) | derived | {"_links": links}


def _shared(store: Store, number: int) -> Document:
    now = store.now()
    return {
        "id": number,
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "date_on_sale_from_gmt": None,
        "date_on_sale_to_gmt": None,
        "status": "publish",
        **dict.fromkeys(("description", "sku", "global_unique_id", "price", "regular_price", "sale_price"), ""),
        **dict.fromkeys(("tax_class", "weight", "shipping_class"), ""),
        **dict.fromkeys(("on_sale", "purchasable", "virtual", "downloadable", "manage_stock"), False),
        **dict.fromkeys(("backorders_allowed", "backordered"), False),
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": "taxable",
        "stock_quantity": None,
        "stock_status": "instock",
        "backorders": "no",
        "low_stock_amount": None,
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class_id": 0,
        "attributes": [],
        "menu_order": 0,
        "meta_data": [],
    }


def _apply(store: Store, row: Document, body: Document) -> None:
    row |= {name: str(body[name]) for name in TEXTS if body.get(name) is not None and name in row}
    row |= {name: body[name] for name in PLAIN if body.get(name) is not None and name in row}
    if body.get("name") is not None:
        row["name"] = html.escape(html.unescape(str(body["name"])), quote=False)
        row["slug"] = re.sub(r"[^a-z0-9]+", "-", html.unescape(row["name"]).lower()).strip("-")
    if "sale_price" in body:
        row["sale_price"] = str(body["sale_price"] or "")
    row["price"] = row["sale_price"] or row["regular_price"]
    row["on_sale"], row["purchasable"] = bool(row["sale_price"]), bool(row["price"])
    row["backorders_allowed"] = row["backorders"] != "no"
    _apply_stock(row, body)
    row["meta_data"] = meta.changed(row["meta_data"], body.get("meta_data") or [], lambda: store.new_id("meta"))
    store.touch(row)


def _apply_stock(row: Document, body: Document) -> None:
    if row["manage_stock"] is not True:
        row["stock_quantity"] = None
        row["stock_status"] = body.get("stock_status", row["stock_status"])
    elif "stock_quantity" in body:
        stock.set_quantity(row, None if body["stock_quantity"] is None else int(body["stock_quantity"]))


def _check(store: Store, call: Call, own_id: int) -> None:
    body = call.body
    enums: list[tuple[str, list[str]]] = [("status", STATUSES), ("type", TYPES), ("stock_status", STOCK_STATUSES)]
    for name, allowed in [] if call.batch else enums:
        if name in body and body[name] not in allowed:
            raise not_in_enum(name, allowed)
    sku = str(body.get("sku") or "")
    holder = _holder(store, sku, own_id) if sku else None
    if holder is not None:
        data: Any = {"status": 400, "resource_id": holder, "unique_sku": f"{sku}-1"}
        raise WooError(400, "product_invalid_sku", "Invalid or duplicated SKU.", data)


def _holder(store: Store, sku: str, own_id: int) -> int | None:
    rows = [*store.products.values(), *store.variations.values()]
    return next((row["id"] for row in rows if row["sku"].lower() == sku.lower() and row["id"] != own_id), None)


def _variation(store: Store, product_id: int, variation_id: int, status: int) -> Document:
    row = store.variations.get(variation_id)
    if row is None or row["parent_id"] != product_id:
        raise invalid_id("product_variation", status)
    return row
