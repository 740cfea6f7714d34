"""What one connection to a Tryton needs to know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr


class Codes(BaseModel):
    """Codes of the products in Tryton that stand for what is not goods.

    `missing` stands for goods that the shop has deleted or never had in its catalog.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shipping: str = "SHIPPING"
    fee: str = "FEE"
    discount: str = "DISCOUNT"
    rounding: str = "ROUNDING"
    gift_card: str = "GIFTCARD"
    tip: str = "TIP"
    duty: str = "DUTY"
    collected: str = "COLLECTED"
    missing: str = "DELETED"


class TrytonSettings(BaseModel):
    """A Tryton database, who signs in, and what sales are made with.

    Empty names mean: the only one there is. `rounding_limit` is how many of the currency's smallest units per line
    Tryton's total may differ from what the buyer paid; a larger difference is an error and not rounding.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: HttpUrl
    database: str
    user: str
    password: SecretStr
    language: str = "en"
    shop: str = ""
    warehouse: str = ""
    carrier: str = ""
    category: str = ""
    unit: str = "u"
    rounding_limit: int = Field(default=5, ge=0)
    page_size: int = Field(default=100, ge=1, le=1000)
    codes: Codes = Codes()
