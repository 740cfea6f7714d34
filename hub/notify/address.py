"""E-mail addresses: whether one can be written to at all, and how it goes over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr

from hub.notify.name import one_line

LONGEST, LONGEST_LOCAL = 254, 64  # RFC 5321, 4.5.3.1
ATOM = re.compile(r"[^\s()<>\[\]:;@\\,\".\x00-\x1f\x7f]+")  # RFC 5322 atext, and RFC 6531's other scripts
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name that is shown beside it; the domain is ASCII, the local part may not be."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """The address as SMTP wants it."""
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        """Tell whether every mail server can carry it."""
        return self.local.isascii()


def address_problem(text: str | None) -> str:
    """Say why nobody can be written to at this address; empty when it looks right. The address is not repeated."""
    address = (text or "").strip()
    if not address:
        return "there is no e-mail address"
    if not address.isprintable() or address.count("@") != 1:
        return "the e-mail address is not one address"
    local, _, domain = address.partition("@")
    if len(local.encode()) > LONGEST_LOCAL or not all(ATOM.fullmatch(atom) for atom in local.split(".")):
        return "the e-mail address has a part before the @ that no mailbox can have"
    wire = _ascii_domain(domain)
    if not wire or len(local.encode()) + 1 + len(wire) > LONGEST:
        return "the e-mail address has a domain that cannot exist"
    return ""


def mailbox(address: str, name: str = "") -> Mailbox | None:
    """Read a bare address; None when nobody can be written to at it."""
    if address_problem(address):
        return None
    local, _, domain = address.strip().partition("@")
    return Mailbox(one_line(name, 120), local, _ascii_domain(domain))


def named_mailbox(text: str) -> Mailbox | None:
    """Read `Name <address>` or a bare address; line breaks in the name become spaces."""
    name, address = parseaddr(one_line(text, 500))
    return mailbox(address, name)


def _ascii_domain(domain: str) -> str:
    """Give a domain as DNS knows it (IDNA); empty when it is none."""
    try:
        wire = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = wire.split(".")
    fits = len(wire) <= 253 and all(LABEL.fullmatch(label) for label in labels)
    return wire if fits and len(labels) > 1 and not labels[-1].isdigit() else ""
