"""What an operator says about a Karrio server and about the parcels that are sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr

from hub.api import Document


class Sender(BaseModel):
    """Where parcels are sent from, in Karrio's words."""

    model_config = ConfigDict(extra="forbid")

    country_code: str = Field(pattern="^[A-Z]{2}$")
    postal_code: str | None = None
    city: str | None = None
    state_code: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    person_name: str | None = None
    company_name: str | None = None
    phone_number: str | None = None
    email: str | None = None


class Box(BaseModel):
    """The parcel that is assumed where a shipment does not say: kilograms and centimeters."""

    model_config = ConfigDict(extra="forbid")

    weight: Decimal = Field(default=Decimal("0.5"), gt=0)
    length: Decimal | None = Field(default=None, gt=0)
    width: Decimal | None = Field(default=None, gt=0)
    height: Decimal | None = Field(default=None, gt=0)


class KarrioSettings(BaseModel):
    """One Karrio server.

    `services`: the only services that are bought, the first one that is offered wins; empty: the cheapest of all.
    `carriers`: ids of the carrier connections that are asked for rates; empty: all. `tracking_carrier`: with whom
    numbers are watched that were not bought here.
    """

    model_config = ConfigDict(extra="forbid")

    url: HttpUrl
    key: SecretStr
    ship_from: Sender | None = None
    box: Box = Box()
    carriers: list[str] = []
    services: list[str] = []
    label_type: Literal["PDF", "ZPL", "PNG"] = "PDF"
    tracking_carrier: str | None = None

    def box_document(self) -> Document:
        """Write the assumed parcel as Karrio wants it."""
        sides = {name: getattr(self.box, name) for name in ("length", "width", "height")}
        given = {name: float(side) for name, side in sides.items() if side is not None}
        return (
            {"weight": float(self.box.weight), "weight_unit": "KG"}
            | given
            | ({"dimension_unit": "CM"} if given else {})
        )
