"""A postal address as its owner wrote it, with the country and phone normalized where that is sure."""

from __future__ import annotations

from enum import StrEnum

from hub.model.field import Country, Model


class AddressKind(StrEnum):
    """What an address is used for."""

    BILLING = "billing"
    SHIPPING = "shipping"
    OTHER = "other"


class Address(Model):
    """Where somebody lives or takes parcels.

    `country` is ISO 3166-1 alpha-2 where sure; `country_text` keeps what was written where not. `region` is the
    remote's own code or name. `phone` is kept as written; `e164` reads it.
    """

    id: str | None = None
    kind: AddressKind | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: Country | None = None
    country_text: str | None = None
    phone: str | None = None
    email: str | None = None
    vat_number: str | None = None

    @property
    def full_name(self) -> str:
        """The name on the label: as given, else first and last name, else the company."""
        parts = [self.first_name, self.last_name]
        return self.name or " ".join(p for p in parts if p) or self.company or ""


def e164(phone: str | None, country: str | None) -> str | None:
    """Read a phone number in E.164 form where that is sure (ITU-T E.164), else None."""
    if not phone:
        return None
    import phonenumbers  # its metadata takes a while to load, and few callers need it

    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
