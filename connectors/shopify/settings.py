"""What an operator enters to connect a Shopify store."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?")


def _address(text: str) -> str:
    given = text.strip().rstrip("/").lower()
    if LOCAL.fullmatch(given):
        return given
    host = given.removeprefix("https://").split("/")[0]
    host = host if "." in host else f"{host}.myshopify.com"
    if not DOMAIN.fullmatch(host):
        raise ValueError("must be the store's own address, NAME.myshopify.com")
    return f"https://{host}"


class ShopifySettings(BaseModel):
    """One store, and the app that is installed in it.

    Either `access_token`, which does not expire; or `client_id` and `client_secret` of an app, which is of the same
    organization or is installed by the store's owner; or these two and the first `refresh_token` of an app that was
    installed elsewhere. `client_secret` also signs the store's webhooks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shop: Annotated[str, AfterValidator(_address)]
    access_token: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    writes: bool = Field(default=True, description="Whether the app must be able to write; the check proves it.")
    more_scopes: str = Field(default="", description="Access scopes to ask for at the install beside those in use.")
    history: bool = Field(default=True, description="Whether orders older than 60 days are wanted (read_all_orders).")
    page_size: int = Field(default=10, ge=1, le=250)
    lines: int = Field(default=15, ge=1, le=250, description="Lines of an order that come with it; the rest follow.")
    notify: bool = Field(default=True, description="Whether the store mails the buyer when a parcel is on its way.")
    restock: bool = Field(default=False, description="Whether cancelling an order puts its goods back on stock.")

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.access_token is None and (self.client_secret is None or not self.client_id):
            raise ValueError("needs access_token, or client_id and client_secret")
        return self
