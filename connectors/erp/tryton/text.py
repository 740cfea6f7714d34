"""Text as Tryton takes it."""

from __future__ import annotations

import re

FORBIDDEN = re.compile(r" *[\t\n\r\x0b\x0c]+ *")


def one_line(text: str | None) -> str | None:
    """Make text fit for a one-line field, which refuses tabs and line breaks; nothing left is None."""
    return FORBIDDEN.sub(" ", text).strip() or None if text else None


def lines(*parts: str | None) -> str | None:
    """Put parts under each other, leaving out what is empty."""
    return "\n".join(clean for part in parts if (clean := one_line(part))) or None
