"""What is sold: a product and its variants."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.model.field import Amount, Currency, Custom, FiniteDecimal, Instant, LinkTag, Model


class ProductStatus(StrEnum):
    """Whether a product is for sale."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"


class ProductKind(StrEnum):
    """How a product is sold and stocked."""

    SIMPLE = "simple"
    VARIABLE = "variable"
    BUNDLE = "bundle"
    GROUPED = "grouped"
    EXTERNAL = "external"
    SERVICE = "service"


class Choice(Model):
    """One option of a variant: `id` is the option's name (Size), `value` what was chosen (M)."""

    id: str
    value: str | None = None


class Option(Model):
    """An option that a product offers; `id` is its name."""

    id: str
    values: list[str] = Field(default_factory=list)


class Variant(Model):
    """The thing that is counted, priced and shipped. `id` is the hub's own, the same in every system."""

    id: Annotated[str, LinkTag("variant")]
    sku: str | None = None
    barcode: str | None = None
    title: str | None = None
    price: Amount | None = None
    compare_at_price: Amount | None = None
    cost: Amount | None = None
    weight: FiniteDecimal | None = None
    unit: str | None = None
    tracked: bool | None = None
    choices: list[Choice] = Field(default_factory=list)
    custom: Custom = Field(default_factory=dict)


class Product(Model):
    """A product; one without options has exactly one variant. Prices are in `currency`, or the shop's where absent."""

    name: str
    description: str | None = None
    status: ProductStatus | None = None
    kind: ProductKind | None = None
    brand: str | None = None
    currency: Currency | None = None
    tax_class: str | None = None
    url: str | None = None
    images: list[str] = Field(default_factory=list)
    categories: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    options: list[Option] = Field(default_factory=list)
    variants: list[Variant] = Field(default_factory=list)
    created_at: Instant | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
