"""A person or company that buys."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from hub.model.address import Address
from hub.model.field import Custom, Instant, Model


class ConsentState(StrEnum):
    """Whether a person lets us reach them through a channel."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    PENDING = "pending"
    NEVER_ASKED = "never_asked"


class Consent(Model):
    """The newest consent event of one channel; `id` is the channel."""

    id: str
    state: ConsentState
    at: Instant | None = None
    source: str | None = None


class Reference(Model):
    """The customer's number in a system that the hub does not sync; `id` names the system."""

    id: str
    value: str


class Customer(Model):
    """A buyer, registered or guest."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    vat_number: str | None = None
    language: str | None = None
    is_guest: bool = False
    addresses: list[Address] = Field(default_factory=list)
    consents: list[Consent] = Field(default_factory=list)
    references: list[Reference] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    note: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """The name to greet with: as given, else first and last name, else company, else empty."""
        return self.name or " ".join(p for p in (self.first_name, self.last_name) if p) or self.company or ""
