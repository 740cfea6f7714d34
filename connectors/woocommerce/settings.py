"""What an operator enters to connect a WooCommerce store."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

NOTE = "Your order is on its way with {carrier}. Tracking number: {number} {url}"


def _address(text: str) -> str:
    url = text.strip().rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with https:// (or http://)")
    return url.split("/wp-json")[0].split("/wp-admin")[0]


def _template(text: str) -> str:
    try:
        text.format(carrier="", number="", url="")
    except (KeyError, IndexError, ValueError):
        raise ValueError("may hold {carrier}, {number} and {url}, and no other braces") from None
    return text


class WooSettings(BaseModel):
    """One store and one of its REST API keys.

    `url` is the site's own address (WordPress: Settings, General). `auth` auto: Basic over TLS, OAuth 1.0a over plain
    http. `note` is what becomes an order note once a parcel is on its way; a note to the customer is
    mailed by the store. With `complete`, an order of which everything is on its way becomes completed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_address)]
    key: SecretStr
    secret: SecretStr
    auth: Literal["auto", "basic", "oauth1"] = "auto"
    writes: bool = Field(default=True, description="Whether the key must be able to write; the check proves it.")
    page_size: int = Field(default=100, ge=1, le=100)
    note: Literal["customer", "private", "none"] = "customer"
    note_text: Annotated[str, AfterValidator(_template)] = NOTE
    complete: bool = True
