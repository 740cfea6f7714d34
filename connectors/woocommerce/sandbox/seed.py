"""Fills a sandbox with a shop's life: the same seed gives the same shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from connectors.woocommerce.sandbox import catalog, customers, notes, orders, products, refunds
from connectors.woocommerce.sandbox.call import Call
from connectors.woocommerce.sandbox.catalog import Place
from connectors.woocommerce.sandbox.dates import gmt_text
from connectors.woocommerce.sandbox.server import WooSandbox
from connectors.woocommerce.sandbox.store import Store
from hub.api import Document

LIFE = timedelta(days=120)
SITE = "https://shop.example.test"
INCLUSIVE = ("DE", "FR", "GB", "JP", "NO")
BULK_EDIT = 40  # so many orders in a row share one modified second


def seed(sandbox: WooSandbox, orders: int = 500, seed: int = 7) -> None:
    """Make goods, people and `orders` orders of 120 days, with all that may happen to one, and some in the trash."""
    Seeder(sandbox.store, Random(seed), orders).run()


class Seeder:
    """One filling of a store, with the clock set to each event's own time."""

    def __init__(self, store: Store, random: Random, count: int) -> None:
        self.store, self.random, self.count = store, random, count
        self.end = store.clock()
        self.people: list[tuple[int, str, Document]] = []
        self.goods: list[int] = []

    def run(self) -> None:
        """Fill the store and give it its clock back."""
        clock, inclusive = self.store.clock, self.store.prices_include_tax
        self._at(self.end - LIFE)
        self._stock_up()
        for number in range(max(8, self.count // 4)):
            self._register(number)
        for number in range(self.count + self.count // 100):  # the last ones go to the trash
            self._at(self.end - LIFE + timedelta(hours=1) + number * (LIFE - timedelta(days=3)) / self.count)
            self._order(number)
        self._bulk_edits()
        self._at(self.end - timedelta(days=1))
        self._retire()
        self.store.clock, self.store.prices_include_tax = clock, inclusive

    def _at(self, moment: datetime) -> None:
        self.store.clock = lambda: moment

    def _stock_up(self) -> None:
        self.store.claim("post", 9)
        for name, sku, price, category in catalog.SIMPLE:
            body = {"name": name, "sku": sku, "regular_price": price, **self._stock(3 if sku == "BELL-1" else None)}
            made = self._product(body)
            made["categories"] = [{"id": 16 + len(category), "name": category.replace("&", "&amp;"), "slug": "c"}]
        for position, family in enumerate(catalog.VARIABLE):
            self._family(family, parent_stock=position == 3)
        for code, kind, amount, free in catalog.COUPONS:
            number = self.store.new_id("post")
            self.store.coupons[code] = {
                "id": number,
                "code": code,
                "discount_type": kind,
                "amount": amount,
                "free_shipping": free,
            }

    def _stock(self, quantity: int | None = None) -> Document:
        return {
            "manage_stock": True,
            "stock_quantity": self.random.randrange(400, 2000) if quantity is None else quantity,
        }

    def _product(self, body: Mapping[str, Any]) -> Document:
        made: Any = products.create(self.store, _call("POST", dict(body))).body
        self.goods.append(made["id"])
        return self.store.products[made["id"]]

    def _family(self, family: tuple[str, str, str, tuple[str, ...], tuple[str, ...]], *, parent_stock: bool) -> None:
        name, sku, price, sizes, colors = family
        attributes = [
            {
                "id": 0,
                "name": title,
                "slug": title,
                "position": 0,
                "visible": True,
                "variation": True,
                "options": list(o),
            }
            for title, o in (("Size", sizes), ("Colour", colors))
        ]
        body: Document = {"name": name, "sku": sku, "type": "variable", "attributes": attributes}
        parent = self._product(body | (self._stock() if parent_stock else {}))
        parent |= {"price": price, "has_options": True, "purchasable": True}
        self.goods.pop()
        for step, (size, color) in enumerate((size, color) for size in sizes for color in colors):
            choice = [{"id": 0, "name": n, "slug": n, "option": o} for n, o in (("Size", size), ("Colour", color))]
            one: Document = {
                "sku": f"{sku}-{size}-{step}",
                "regular_price": str(Decimal(price) + step),
                "attributes": choice,
            }
            stock = {"manage_stock": "parent"} if parent_stock else self._stock()
            made: Any = products.create_variation(self.store, _call("POST", one | stock), parent["id"]).body
            self.goods.append(made["id"])

    def _register(self, number: int) -> None:
        place = catalog.PLACES[number % len(catalog.PLACES)]
        first, last = catalog.PEOPLE[number % len(catalog.PEOPLE)]
        email = f"Customer.{number:02}+Shop@Example.test" if number % 18 == 0 else f"customer{number:02}@example.test"
        billing = self._address(place, first, last, number) | {"email": email, "phone": f"+1 555 0{100 + number % 900}"}
        body = {"email": email, "username": f"customer{number:02}", "first_name": first, "last_name": last}
        meta = [{"key": "crm_id", "value": f"CRM-{number}"}] if number % 3 == 0 else []
        call = _call("POST", body | {"billing": billing, "shipping": billing, "meta_data": meta})
        made: Any = customers.create(self.store, call).body
        self.people.append((made["id"], email, billing))

    def _address(self, place: Place, first: str, last: str, number: int) -> Document:
        return {
            "first_name": first,
            "last_name": last,
            "company": "Weft & Co. <Ltd>" if number % 9 == 0 else "",
            "address_1": f"{number % 90 + 1} {place.street}",
            "address_2": "Apt 4" if number % 5 == 0 else "",
            "city": place.city,
            "state": place.state,
            "postcode": place.postcode,
            "country": place.country,
        }

    def _order(self, number: int) -> None:
        buyer = self._buyer(number)
        country = buyer["billing"].get("country", "")
        place = next((p for p in catalog.PLACES if p.country == country), catalog.PLACES[0])
        self.store.prices_include_tax = country in INCLUSIVE and number % 4 != 0
        wanted = "trash" if number >= self.count else self.random.choices(*zip(*catalog.STATUSES, strict=True))[0]
        body = buyer | self._contents(number, place) | {"currency": place.currency}
        made: Any = orders.create(self.store, _call("POST", body)).body
        order = self.store.orders[made["id"]]
        order["created_via"] = "checkout" if number % 6 else "admin"
        self._settle(number, order, wanted)

    def _buyer(self, number: int) -> Document:
        if number % 50 == 11:  # an order by phone: no address, no e-mail
            return {"billing": {"first_name": "Phone", "last_name": "order"}, "shipping": {}}
        if self.random.random() < 0.65:
            customer_id, email, billing = self.random.choice(self.people)
            return {"customer_id": customer_id, "billing": billing | {"email": email}, "shipping": billing}
        first, last = self.random.choice(catalog.PEOPLE)
        guest = self._address(self.random.choice(catalog.PLACES), first, last, number)
        who = 100 * (number % 3) + catalog.PEOPLE.index((first, last))  # an e-mail is one person's, who may move
        email = f"Guest{who:03}@Example.test " if number % 20 == 3 else f"guest{who:03}@example.test"
        contact = {"email": email.strip(), "phone": f"+49 30 {1000000 + number}" if number % 2 else ""}
        return {"customer_id": 0, "billing": guest | contact, "shipping": guest if number % 3 else {}}

    def _contents(self, number: int, place: Place) -> Document:
        factor = 150 if place.currency == "JPY" else 1
        method, title = self.random.choice(catalog.PAYMENTS)
        freight = self.random.choice(["4.90", "7.95", "0.00"])
        body: Document = {
            "line_items": [] if number % 200 == 150 else self._lines(factor),
            "shipping_lines": [
                {"method_id": "flat_rate", "method_title": "Flat rate", "total": _scaled(freight, factor)}
            ],
            "payment_method": method,
            "payment_method_title": title,
            "transaction_id": f"ch_{number:08x}" if method == "stripe" else "",
            "customer_note": self.random.choice(catalog.NOTES) if self.random.random() < 0.15 else "",
            "meta_data": [{"key": "_wc_order_attribution_source_type", "value": "organic"}, *_language(place)],
        }
        if number % 60 == 7:  # nothing to pay
            return body | {"coupon_lines": [{"code": "onthehouse"}], "shipping_lines": []}
        if number % 10 == 4:
            body["shipping_lines"] = [{"method_id": "free_shipping", "method_title": "Free shipping", "total": "0.00"}]
            body["coupon_lines"] = [{"code": "freeship"}]
        elif self.random.random() < 0.16:
            body["coupon_lines"] = [{"code": self.random.choice(catalog.COUPONS[:3])[0]}]
        if self.random.random() < 0.12:
            fee = self.random.choice([("Gift wrap", "2.50"), ("Loyalty discount", "-3.00")])
            if fee[0] == "Gift wrap" or self._worth(body) > 20:
                body["fee_lines"] = [{"name": fee[0], "total": _scaled(fee[1], factor)}]
        return body

    def _worth(self, body: Document) -> Decimal:
        goods = [row.get("variation_id") or row["product_id"] for row in body["line_items"]]
        return sum((Decimal((self.store.article(number) or {})["price"] or "0") for number in goods), Decimal(0))

    def _lines(self, factor: int) -> list[Document]:
        rows = []
        for _ in range(self.random.choice([1, 1, 2, 2, 3, 5])):
            goods, quantity = self.random.choice(self.goods), self.random.choice([1, 1, 1, 2, 3, 12])
            key = "variation_id" if goods in self.store.variations else "product_id"
            row: Document = {key: goods, "quantity": quantity}
            article = self.store.article(goods)
            if factor != 1 and article is not None:
                price = (Decimal(article["price"] or "0") * factor).to_integral_value()
                row["subtotal"] = str(price * quantity)
            if self.random.random() < 0.06:
                row["meta_data"] = [{"key": "Engraving", "value": "For Zoë ♥"}]
            rows.append(row)
        return rows

    def _settle(self, number: int, order: Document, wanted: str) -> None:
        start = self.store.clock()
        if wanted == "trash":
            orders.delete(self.store, _call("DELETE", {}), order["id"])
            return
        self._at(start + timedelta(minutes=self.random.randrange(1, 30)))
        if wanted in ("completed", "refunded"):
            orders.set_status(self.store, order, "processing")
            self._at(start + timedelta(hours=self.random.randrange(2, 60)))
            orders.set_status(self.store, order, "completed")
        if wanted != "refunded" or Decimal(order["total"]) > 0:
            orders.set_status(self.store, order, wanted)
        self.store.touch(order)
        if wanted in ("completed", "processing") and self.random.random() < 0.09:
            self._refund(order)
        if number % 25 == 6:
            notes.add(self.store, order["id"], "Packed with care 📦✨ — שלום", to_customer=number % 2 == 0)

    def _refund(self, order: Document) -> None:
        reason, left = self.random.choice(catalog.REASONS), refunds.remaining(self.store, order)
        line = next((row for row in order["line_items"] if Decimal(row["total"]) > 0), None)
        if line is None or left <= 0:
            return
        body: Document = {"reason": reason, "api_refund": False}
        if self.random.random() < 0.3:
            body["amount"] = str(max(Decimal(1), (left / 3).quantize(Decimal(1))) if left > 1 else left)
        else:
            taxes = [{"id": tax["id"], "refund_total": tax["total"]} for tax in line["taxes"]]
            whole = {"id": line["id"], "quantity": line["quantity"], "refund_total": line["total"], "refund_tax": taxes}
            body["line_items"] = [whole]
            body["amount"] = str(min(left, Decimal(line["total"]) + Decimal(line["total_tax"])))
        refunds.create(self.store, _call("POST", body), order["id"])

    def _bulk_edits(self) -> None:
        """Give rows of orders one modified second each, as an edit of many at once does."""
        rows = sorted(self.store.orders.values(), key=lambda order: order["id"])
        for start in range(0, len(rows) - BULK_EDIT, 5 * BULK_EDIT):
            moment = gmt_text(self.end - timedelta(days=2) + timedelta(minutes=start))
            for order in rows[start : start + BULK_EDIT]:
                order["date_modified_gmt"] = moment

    def _retire(self) -> None:
        """Remove two products and a customer that orders refer to."""
        for product in [row for row in self.store.products.values() if row["sku"] in catalog.DISCONTINUED]:
            products.remove(self.store, product["id"])
        customers.delete(self.store, _call("DELETE", {}, force="true"), self.people[-1][0])


def _call(method: str, body: Document, **params: str) -> Call:
    return Call(method, "/", params, body, SITE)


def _language(place: Place) -> list[Document]:
    spoken = catalog.LANGUAGES.get(place.country)
    return [{"key": "wpml_language", "value": spoken}] if spoken else []


def _scaled(amount: str, factor: int) -> str:
    return str(int(Decimal(amount) * factor)) if factor != 1 else amount
