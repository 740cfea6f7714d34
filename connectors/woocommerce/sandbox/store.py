"""Everything the store keeps: records as documents without their derived parts, and the sequences of ids."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from connectors.woocommerce.sandbox.dates import gmt_text, local_text
from hub.api import Document


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate in percent for a country, and a state where given; a compound one also taxes the other taxes."""

    id: int
    country: str
    state: str
    label: str
    percent: Decimal
    compound: bool = False
    shipping: bool = True

    @property
    def code(self) -> str:
        """The code that tax lines carry."""
        place = f"{self.country}-{self.state}" if self.state else self.country
        return f"{place}-{self.label.upper()}-{2 if self.compound else 1}"


RATES = (
    Rate(1, "US", "NY", "NY Sales Tax", Decimal("8.875")),
    Rate(2, "DE", "", "MwSt.", Decimal(19)),
    Rate(3, "FR", "", "TVA", Decimal(20)),
    Rate(4, "GB", "", "VAT", Decimal(20)),
    Rate(5, "JP", "", "Consumption Tax", Decimal(10)),
    Rate(6, "CA", "QC", "GST", Decimal(5), shipping=False),
    Rate(7, "CA", "QC", "QST", Decimal("9.975"), compound=True, shipping=False),
)


@dataclass
class Store:
    """The tables of one shop and its settings."""

    zone: ZoneInfo
    clock: Callable[[], datetime]
    currency: str = "USD"
    prices_include_tax: bool = False
    version: str = "10.2.4"
    hpos: bool = True
    decimals: int = 2
    base: tuple[str, str] = ("US", "NY")
    rates: tuple[Rate, ...] = RATES
    orders: dict[int, Document] = field(default_factory=dict)
    refunds: dict[int, Document] = field(default_factory=dict)
    notes: dict[int, list[Document]] = field(default_factory=lambda: defaultdict(list))
    products: dict[int, Document] = field(default_factory=dict)
    variations: dict[int, Document] = field(default_factory=dict)
    customers: dict[int, Document] = field(default_factory=dict)
    coupons: dict[str, Document] = field(default_factory=dict)
    webhooks: dict[int, Document] = field(default_factory=dict)
    exact: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    greetings: list[int] = field(default_factory=list)
    deliveries: dict[tuple[int, int], None] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def new_id(self, kind: str) -> int:
        """Take the next id; orders, refunds and products share the sequence `post`."""
        self._last[kind] += 1
        return self._last[kind]

    def claim(self, kind: str, number: int) -> int:
        """Use an id that is given, and never give it again."""
        self._last[kind] = max(self._last[kind], number)
        return number

    def now(self) -> str:
        """Tell the time as the store writes it, in GMT."""
        return gmt_text(self.clock())

    def local(self, gmt: str | None) -> str | None:
        """Tell a stored time in the site's zone."""
        return local_text(gmt, self.zone)

    def touch(self, record: Document) -> None:
        """Note that a record was changed now."""
        record["date_modified_gmt"] = self.now()

    def announce(self, topic: str, record_id: int) -> None:
        """Queue a call of every active webhook of a topic; what waits already is not queued twice."""
        for webhook in self.webhooks.values():
            if webhook["topic"] == topic and webhook["status"] == "active":
                self.deliveries[webhook["id"], record_id] = None

    def money(self, amount: Decimal) -> str:
        """Write an amount with the decimals that the store is set to."""
        return str(amount.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP))

    def secret(self, *parts: object) -> str:
        """Make the same unguessable-looking text each time for the same parts."""
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def article(self, product_id: int, variation_id: int = 0) -> Document | None:
        """Find what an order line sells: the variation where given, else the product."""
        return self.variations.get(variation_id or product_id) or self.products.get(product_id)
