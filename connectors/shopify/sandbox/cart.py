"""The checkout: works out what an order costs as Shopify does, and makes the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.shopify.sandbox.money import Till, split
from connectors.shopify.sandbox.store import Store
from hub.api import Document

ZERO = Decimal(0)
Rates = Sequence[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a cart; `off` is what a discount of its own takes off the line."""

    title: str
    price: Decimal
    quantity: int = 1
    variant: str | None = None
    sku: str | None = None
    rates: Rates = ()
    off: Decimal = ZERO
    duty: Decimal = ZERO
    gift_card: bool = False
    attributes: Sequence[tuple[str, str]] = ()
    liable: bool = False
    contract: bool = False
    choice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What a buyer pays for. `taxed` once a "line" or once an "order" is how the shop rounds tax."""

    items: Sequence[Item]
    included: bool = False
    off: Decimal = ZERO
    code: str = "SAVE"
    shipping: Decimal | None = None
    shipping_off: Decimal = ZERO
    shipping_rates: Rates = ()
    tip: Decimal = ZERO
    fee: Decimal = ZERO
    till: Till = field(default_factory=Till)
    taxed: str = "line"
    stale_shipping_tax: Decimal = ZERO


class Bill:
    """The sums of one cart, and the order's amounts made of them."""

    def __init__(self, store: Store, cart: Cart) -> None:
        self.store, self.cart, self.till = store, cart, cart.till
        before = [item.price * item.quantity for item in cart.items]
        bases = [gross - item.off for gross, item in zip(before, cart.items, strict=True)]
        self.shares = split(cart.off, bases, cart.till.shop)
        self.gross = [base - share for base, share in zip(bases, self.shares, strict=True)]
        self.taxes = [self._taxes(gross, item.rates) for gross, item in zip(self.gross, cart.items, strict=True)]
        self.shipping = (cart.shipping or ZERO) - cart.shipping_off
        self.shipping_taxes = self._taxes(self.shipping, cart.shipping_rates) if cart.shipping is not None else []

    def order(self) -> Document:
        """Give every amount of the order, with its lines."""
        cart, bag = self.cart, self.till.bag
        subtotal = sum(self.gross, ZERO)
        tax = self.tax()
        extra = cart.tip + cart.fee + sum((item.duty for item in cart.items), ZERO)
        total = subtotal + self.shipping + extra + (ZERO if cart.included else tax)
        given = cart.off + cart.shipping_off + sum((item.off for item in cart.items), ZERO)
        return {
            "currencyCode": self.till.shop,
            "presentmentCurrencyCode": self.till.paid,
            "taxesIncluded": cart.included,
            "subtotalLineItemsQuantity": sum(item.quantity for item in cart.items),
            "subtotalPriceSet": bag(subtotal),
            "totalShippingPriceSet": bag(self.shipping),
            "totalTaxSet": bag(tax),
            "totalPriceSet": bag(total),
            "totalDiscountsSet": bag(given),
            "totalTipReceivedSet": bag(cart.tip),
            "totalOutstandingSet": bag(total),
            "taxLines": self._order_taxes(),
            "additionalFees": self._fees(),
            "lineItems": [self._line(place) for place in range(len(cart.items))],
            "shippingLines": self._shipping_lines(),
        }

    def tax(self) -> Decimal:
        """Add the tax up: as the lines say, or anew over the whole order."""
        if self.cart.taxed == "line":
            rows = [row for rows in [*self.taxes, self.shipping_taxes] for row in rows]
            return sum((amount for _, _, amount in rows), ZERO)
        return sum((amount for _, _, amount in self._summed()), ZERO)

    def _summed(self) -> list[tuple[str, Decimal, Decimal]]:
        sums: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
        priced = [(gross, item.rates) for gross, item in zip(self.gross, self.cart.items, strict=True)]
        for gross, rates in [*priced, (self.shipping, self.cart.shipping_rates)]:
            whole = 1 + sum((rate for _, rate in rates), ZERO) if self.cart.included else Decimal(1)
            for title, rate in rates:
                amount = gross * rate / whole
                old = sums.get((title, rate), (ZERO, ZERO))
                sums[title, rate] = (old[0] + amount, whole)
        return [(title, rate, self.till.round(amount)) for (title, rate), (amount, _) in sums.items()]

    def _taxes(self, gross: Decimal, rates: Rates) -> list[tuple[str, Decimal, Decimal]]:
        whole = 1 + sum((rate for _, rate in rates), ZERO) if self.cart.included else Decimal(1)
        return [(title, rate, self.till.round(gross * rate / whole)) for title, rate in rates]

    def _tax_lines(self, rows: Sequence[tuple[str, Decimal, Decimal]], *, liable: bool = False) -> list[Document]:
        return [
            {
                "title": title,
                "rate": float(rate),
                "source": "Shopify",
                "channelLiable": liable,
                "priceSet": self.till.bag(amount),
            }
            for title, rate, amount in rows
        ]

    def _order_taxes(self) -> list[Document]:
        sums: dict[tuple[str, Decimal], Decimal] = {}
        for title, rate, amount in [row for rows in [*self.taxes, self.shipping_taxes] for row in rows]:
            sums[title, rate] = sums.get((title, rate), ZERO) + amount
        rows = self._summed() if self.cart.taxed == "order" else [(t, r, amount) for (t, r), amount in sums.items()]
        return self._tax_lines(rows)

    def _line(self, place: int) -> Document:
        item, bag = self.cart.items[place], self.till.bag
        taken = [("ITEM", item.off, 0), (self.cart.code, self.shares[place], 1)]
        duties = [self.store.add("Duty", {"price": bag(item.duty), "taxLines": []})["id"]] if item.duty else []
        return self.store.add(
            "LineItem",
            {
                "sku": item.sku,
                "title": item.title,
                "variantTitle": item.choice,
                "quantity": item.quantity,
                "currentQuantity": item.quantity,
                "isGiftCard": item.gift_card,
                "requiresShipping": not item.gift_card,
                "variant": item.variant,
                "contract": self.store.add("SubscriptionContract", {})["id"] if item.contract else None,
                "originalUnitPriceSet": bag(item.price),
                "originalTotalSet": bag(item.price * item.quantity),
                "discountAllocations": [self._allocation(*one) for one in taken if one[1]],
                "taxLines": self._tax_lines(self.taxes[place], liable=item.liable),
                "duties": duties,
                "customAttributes": [{"key": key, "value": value} for key, value in item.attributes],
            },
        )

    def _allocation(self, name: str, amount: Decimal, index: int, target: str = "LINE_ITEM") -> Document:
        kind = "ManualDiscountApplication" if name == "ITEM" else "DiscountCodeApplication"
        named = {"title": "Manual"} if name == "ITEM" else {"code": name}
        found = {"__typename": kind, "index": index, "targetType": target, **named}
        return {"allocatedAmountSet": self.till.bag(amount), "discountApplication": found}

    def _shipping_lines(self) -> list[Document]:
        cart, bag = self.cart, self.till.bag
        if cart.shipping is None:
            return []
        taken = [self._allocation("FREESHIP", cart.shipping_off, 2, "SHIPPING_LINE")] if cart.shipping_off else []
        taxes: Any = self._tax_lines(self.shipping_taxes)
        if cart.stale_shipping_tax:
            taxes = self._tax_lines([("VAT", Decimal("0.19"), cart.stale_shipping_tax)])
        line = {
            "title": "Standard",
            "code": "standard",
            "carrierIdentifier": None,
            "source": "shopify",
            "originalPriceSet": bag(cart.shipping),
            "discountedPriceSet": bag(self.shipping),
            "discountAllocations": taken,
            "taxLines": taxes,
        }
        return [self.store.add("ShippingLine", line)]

    def _fees(self) -> list[Document]:
        if not self.cart.fee:
            return []
        fee = {"name": "Packaging", "price": self.till.bag(self.cart.fee), "taxLines": []}
        return [self.store.add("AdditionalFee", fee)]
