"""Fills a sandbox with a shop's life: the same seed gives the same shop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from connectors.shopify.sandbox import catalog, changes, customers, fulfillments, orders, regrets
from connectors.shopify.sandbox.cart import Cart, Item
from connectors.shopify.sandbox.catalog import Place
from connectors.shopify.sandbox.money import Till
from connectors.shopify.sandbox.server import ShopifySandbox
from connectors.shopify.sandbox.store import Store
from hub.api import Document

LIFE = timedelta(days=50)
BULK_EDIT = 40  # so many orders in a row share one modified second
MANY_LINES, MANY_REFUNDED = 260, 120
Happening = Callable[[Document], None]


def seed(sandbox: ShopifySandbox, orders: int = 200, seed: int = 7, brand: str = "", large: bool = True) -> None:
    """Make goods, people and `orders` orders of 50 days, with all that may happen to one; SKUs begin with `brand`.

    `large`: one more order has 260 lines.
    """
    Seeder(sandbox.store, Random(seed), brand).run(orders, large=large)
    sandbox.hooks.deliver()


class Seeder:
    """One filling of a store, with the clock set to each event's own time."""

    def __init__(self, store: Store, random: Random, brand: str = "") -> None:
        self.store, self.random, self.brand = store, random, brand
        self.end = store.clock()
        self.locations: list[str] = []
        self.variants: list[Document] = []
        self.people: list[tuple[Document, Place]] = []

    def run(self, count: int, *, large: bool = True) -> None:
        """Fill the store and give it its clock back."""
        clock = self.store.clock
        self._at(self.end - LIFE)
        self._build()
        for number in range(max(12, count // 3)):
            self._register(number)
        for number in range(count):
            self._at(self.end - LIFE + timedelta(hours=1) + number * (LIFE - timedelta(days=2)) / max(count, 1))
            self._life(number, self._order(number))
        self._at(self.end - timedelta(hours=20))
        if large:
            self._large()
        self._bulk_edit()
        regrets.send_back(self.store, self.variants[-1], self.locations[0])
        regrets.abandon(self.store, self.people, self._cart, max(4, count // 10))
        self._retire()
        self._at(self.end - timedelta(hours=19))
        regrets.come_back(self.store)
        self.store.clock = clock

    def _at(self, moment: datetime) -> None:
        self.store.clock = lambda: moment

    def _build(self) -> None:
        for name in ("Lager Berlin", "Boutique Lyon"):
            self.locations.append(self.store.add("Location", {"name": name, "isActive": True})["id"])
        for name, sku, price in catalog.SIMPLE:
            self._product(name, [(sku, price, ())])
        for name, sku, price, sizes, colors in catalog.FAMILIES:
            rows = [
                (f"{sku}-{size}-{step}", str(Decimal(price) + step), (("Size", size), ("Colour", color)))
                for step, (size, color) in enumerate((size, color) for size in sizes for color in colors)
            ]
            self._product(name, rows)

    def _product(self, name: str, rows: Sequence[tuple[str, str, tuple[tuple[str, str], ...]]]) -> None:
        simple = not rows[0][2]
        options = [("Title", ["Default Title"])] if simple else _options([row[2] for row in rows])
        now = self.store.now()
        made = self.store.add(
            "Product",
            {
                "title": name,
                "descriptionHtml": f"<p>{name}</p>",
                "status": "ACTIVE",
                "vendor": "Entrepôt & Fils",
                "productType": "Goods" if simple else "Clothing",
                "tags": ["wool"] if "Wool" in name else [],
                "isGiftCard": False,
                "hasOnlyDefaultVariant": simple,
                "onlineStoreUrl": None,
                "createdAt": now,
                "updatedAt": now,
                "options": [{"name": title, "values": values} for title, values in options],
                "featuredMedia": _picture(name) if not simple else None,
                "metafields": [],
                "variants": [],
            },
        )
        for sku, price, choices in rows:
            made["variants"].append(self._variant(made, sku, price, choices)["id"])

    def _variant(self, product: Document, sku: str, price: str, choices: tuple[tuple[str, str], ...]) -> Document:
        sku = f"{self.brand}{sku}" if sku else sku
        weight = {"weight": {"value": 250.0, "unit": "GRAMS"}} if choices else {"weight": None}
        item = self.store.add(
            "InventoryItem",
            {
                "sku": sku,
                "tracked": True,
                "updatedAt": self.store.now(),
                "unitCost": {"amount": "3.5", "currencyCode": self.store.currency} if choices else None,
                "measurement": {"id": "gid://shopify/InventoryItemMeasurement/1", **weight},
                "inventoryLevels": [],
            },
        )
        made = self.store.add(
            "ProductVariant",
            {
                "sku": sku,
                "barcode": "4006381333931" if choices else None,
                "title": " / ".join(value for _, value in choices) or "Default Title",
                "price": price,
                "compareAtPrice": str(Decimal(price) + 10) if choices else None,
                "requiresComponents": False,
                "selectedOptions": [{"name": n, "value": v} for n, v in choices or (("Title", "Default Title"),)],
                "inventoryItem": item["id"],
                "product": product["id"],
            },
        )
        item["variants"] = [made["id"]]
        for place in self.locations if choices else self.locations[:1]:
            changes.level(self.store, item, place, self.random.randrange(5, 400), self.random.randrange(3))
        self.variants.append(made)
        return made

    def _register(self, number: int) -> None:
        place = catalog.PLACES[number % len(catalog.PLACES)]
        first, last = catalog.PEOPLE[number % len(catalog.PEOPLE)]
        state = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SUBSCRIBED", "PENDING")[number % 4]
        made = customers.blank(
            self.store,
            firstName=first,
            lastName=last,
            locale=place.locale,
            note="VIP – gold" if number % 7 == 0 else None,
            tags=["vip", "wholesale"] if number % 7 == 0 else [],
            defaultEmailAddress=customers.mail(
                None if number % 11 == 10 else f"customer{number:02}@example.test", state, self.store.now()
            ),
            defaultPhoneNumber=customers.phone(f"+4930{1000000 + number}") if number % 3 == 0 else None,
        )
        for copy in range(1 + (number % 5 == 0) + 11 * (number == 4)):
            made["addresses"].append(self._address(place, first, last, number + copy))
        made["defaultAddress"] = made["addresses"][0]
        self.people.append((made, place))

    def _address(self, place: Place, first: str, last: str | None, number: int) -> str:
        made = customers.address(
            self.store,
            firstName=first,
            lastName=last,
            company="Weft & Co. <Ltd>" if number % 9 == 0 else None,
            address1=f"{number % 90 + 1} {place.street}",
            address2="Apt 4" if number % 5 == 0 else None,
            city=place.city,
            provinceCode=place.province,
            zip=place.postcode,
            countryCodeV2=place.country,
            phone=f"+1 555 0{100 + number % 900}" if number % 4 == 0 else None,
        )
        return str(made["id"])

    def _order(self, number: int) -> Document:
        person, place = self.people[self.random.randrange(len(self.people))]
        guest = number % 6 == 5
        mail = person["defaultEmailAddress"] or {}
        given: Document = {
            "email": f"guest{number}@example.test" if guest else mail.get("emailAddress"),
            "phone": None,
            "customer": None if guest else person["id"],
            "customerLocale": place.locale,
            "billingAddress": person["defaultAddress"],
            "shippingAddress": None if number % 13 == 12 else person["defaultAddress"],
            "note": catalog.NOTES[number % len(catalog.NOTES)],
            "tags": ["gift"] if number % 6 == 2 else [],
            "customAttributes": [{"key": "source", "value": "banner 🌟"}] if number % 5 == 0 else [],
            "sourceName": ("web", "web", "web", "pos", "shopify_draft_order")[number % 5],
            "poNumber": "PO-77" if number % 20 == 1 else None,
        }
        if number % 20 == 1:
            given["purchasingEntity"] = self._company()
        cart = self._cart(number, place)
        if given["sourceName"] == "pos":
            given["shippingAddress"] = None
            cart = replace(cart, shipping=None, shipping_off=Decimal(0), stale_shipping_tax=Decimal(0))
        return orders.place(self.store, cart, self.locations[0], **given)

    def _company(self) -> Document:
        company = self.store.add("Company", {"name": "Weft & Co."})
        return {
            "__typename": "PurchasingCompany",
            "company": company["id"],
            "location": self.store.add("CompanyLocation", {"name": "Main"})["id"],
        }

    def _cart(self, number: int, place: Place) -> Cart:
        picked = [self.random.choice(self.variants) for _ in range(1 + self.random.randrange(4))]
        items = [self._item(variant, place, number) for variant in picked]
        if number % 17 == 3:
            items.append(Item(title="Gift card", price=Decimal(25), gift_card=True))
        if number % 19 == 4:
            items.append(Item(title="Custom engraving", price=Decimal("7.5"), rates=place.rates))
        base = sum((item.price * item.quantity - item.off for item in items), Decimal(0))
        return Cart(
            items=items,
            included=place.country in ("DE", "FR", "GB", "JP", "NO"),
            off=base if number % 31 == 30 else min(Decimal("5.01"), base) if number % 4 == 1 else Decimal(0),
            code="ONTHEHOUSE" if number % 31 == 30 else "SAVE5",
            shipping=Decimal("4.9") if number % 3 else Decimal(0),
            shipping_off=Decimal("4.9") if number % 9 == 4 else Decimal(0),
            shipping_rates=place.rates,
            tip=Decimal(2) if number % 23 == 7 else Decimal(0),
            fee=Decimal("1.5") if number % 29 == 9 else Decimal(0),
            till=Till(self.store.currency, place.currency, catalog.RATES[place.currency]),
            taxed="order" if number % 10 == 6 else "line",
            stale_shipping_tax=Decimal("0.78") if number % 9 == 4 else Decimal(0),
        )

    def _item(self, variant: Document, place: Place, number: int) -> Item:
        quantity = 1 + self.random.randrange(3)
        price = Decimal(variant["price"])
        return Item(
            title=self.store.nodes[variant["product"]]["title"],
            choice=None if variant["title"] == "Default Title" else variant["title"],
            price=price,
            quantity=quantity,
            variant=variant["id"],
            sku=variant["sku"],
            rates=place.rates,
            off=(price / 10).quantize(Decimal("0.01")) if number % 7 == 0 else Decimal(0),
            duty=Decimal("3.2") if place.country == "CA" else Decimal(0),
            attributes=(("Engraving", "für Oma 💝"),) if number % 8 == 0 else (),
            liable=place.country == "US" and number % 2 == 0,
            contract=number % 37 == 11,
        )

    def _life(self, number: int, order: Document) -> None:
        chosen = LIVES[number % len(LIVES)]
        chosen(self, order)

    def _large(self) -> None:
        """An order of 260 lines, and a refund of 120 of them."""
        place = catalog.PLACES[0]
        items = [self._item(self.variants[n % len(self.variants)], place, 1) for n in range(MANY_LINES)]
        person, _ = self.people[0]
        cart = Cart(items=items, included=True, off=Decimal("33.33"), shipping=Decimal(0))
        order = orders.place(self.store, cart, self.locations[0], customer=person["id"], name="#LARGE")
        orders.pay(self.store, order)
        back = [(line, 1, "RETURN") for line in order["lineItems"][:MANY_REFUNDED]]
        orders.refund(self.store, order, back, location=self.locations[0])

    def _bulk_edit(self) -> None:
        for order in self.store.all("Order")[20 : 20 + BULK_EDIT]:
            order["tags"] = sorted({*order["tags"], "checked"})
            self.store.touch(order)

    def _retire(self) -> None:
        """A product goes; the orders that have it keep their lines."""
        gone = self.variants[2]
        product = self.store.nodes[gone["product"]]
        for order in self.store.all("Order"):
            for line in order["lineItems"]:
                if line["variant"] == gone["id"]:
                    line["variant"] = None
        self.store.remove(product["id"])
        self.store.remove(gone["inventoryItem"])
        self.store.remove(gone["id"])


def _options(rows: Sequence[tuple[tuple[str, str], ...]]) -> list[tuple[str, list[str]]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in row:
            found.setdefault(name, {})[value] = None
    return [(name, list(values)) for name, values in found.items()]


def _picture(name: str) -> Document:
    url = f"https://cdn.example.test/{len(name)}.jpg"
    return {"__typename": "MediaImage", "preview": {"image": {"url": url}}}


def _paid(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)


def _fulfilled(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    if order["fulfillmentOrders"]:
        made = fulfillments.fulfill(seeder.store, order, company="DHL", number=f"JD{order['number']}")
        soon = seeder.store.clock() + timedelta(days=2)
        fulfillments.scan(
            seeder.store, made, "IN_TRANSIT", message="Sorted 📦", city="Köln", country="DE",
            estimatedDeliveryAt=soon.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        )  # fmt: skip
    orders.close(seeder.store, order)


def _two_ways(seeder: Seeder, order: Document) -> None:
    """Paid with a gift card, then by card in two captures."""
    due = Decimal(order["totalOutstandingSet"]["shopMoney"]["amount"])
    first = min(Decimal(3), due)
    orders.pay(seeder.store, order, first, gateway="gift_card")
    orders.pay(seeder.store, order, due - first, "AUTHORIZATION")
    orders.pay(seeder.store, order, due - first, "CAPTURE")


def _authorized(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order, kind="AUTHORIZATION")


def _cancelled(seeder: Seeder, order: Document) -> None:
    orders.cancel(seeder.store, order, note="Customer called")


def _held(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    orders.hold(seeder.store, order)


def _refunded(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    line = order["lineItems"][0]
    orders.refund(seeder.store, order, [(line, 1, "RETURN")], note="Damaged 📦", location=seeder.locations[0])


def _all_back(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    rows = [(line, line["quantity"], "NO_RESTOCK") for line in order["lineItems"]]
    shipping = Decimal(order["totalShippingPriceSet"]["shopMoney"]["amount"])
    orders.refund(seeder.store, order, rows, shipping=shipping)


def _edited(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    item = Item(title="Added later", price=Decimal(15), sku="LATER-1")
    cart = Cart(items=[item], included=order["taxesIncluded"], till=order["till"])
    orders.edit(seeder.store, order, order["lineItems"][0], cart)


def _goodwill(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    orders.refund(seeder.store, order, [(order["lineItems"][0], 1, "CANCEL")], more=Decimal("0.5"), note="Sorry")


def _disputed(seeder: Seeder, order: Document) -> None:
    orders.pay(seeder.store, order)
    dispute = seeder.store.add("OrderDisputeSummary", {"initiatedAs": "CHARGEBACK", "status": "NEEDS_RESPONSE"})
    order["disputes"].append(dispute["id"])
    seeder.store.touch(order, "orders/updated")


def _nothing(seeder: Seeder, order: Document) -> None:
    """Placed, and not paid yet."""


LIVES: tuple[Callable[[Seeder, Document], Any], ...] = (
    *(_paid, _fulfilled, _fulfilled, _two_ways, _paid, _authorized, _cancelled, _paid, _held, _refunded),
    *(_fulfilled, _all_back, _edited, _nothing, _goodwill, _paid, _disputed, _fulfilled, _paid),
)
