"""How much of a variant lies where."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.model.field import Custom, Instant, LinkTag, Model, Quantity


class InventoryLevel(Model):
    """The stock of one variant at one location; `location` is a canonical name from the table `locations`.

    A system that knows only one place names none; map another's warehouse to "default" to mean that place.
    """

    variant: Annotated[str, LinkTag("variant")]
    location: str | None = None
    sku: str | None = None
    on_hand: Quantity | None = None
    reserved: Quantity | None = None
    available: Quantity | None = None
    incoming: Quantity | None = None
    tracked: bool | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
