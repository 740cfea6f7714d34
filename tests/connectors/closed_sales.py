"""An ERP in memory that keeps to the rules of real ones (those of Tryton: tests/connectors/tryton).

What it has invoiced or sent it does not rewrite, and what is on its way it does not call off.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from hub.api import ConflictError, Write
from hub.testing.memory import MemoryRemote

CONTENT = {"lines", "total"}


class HasErp(Protocol):
    """A hub, a store and an ERP."""

    erp: MemoryRemote


House = TypeVar("House", bound=HasErp)


class Rules(Generic[House]):
    """What the ERP of a house has invoiced or sent: sales by id."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.invoiced: set[str] = set()
        self.sent: set[str] = set()
        house.erp.fail = self.check

    def check(self, when: str, write: Write) -> None:
        """Refuse what an ERP refuses, and say why."""
        sale = write.external_id or ""
        if when != "before" or sale not in self.invoiced | self.sent:
            return
        if write.document.get("status") == "cancelled":
            hint = "Arrange a return, or undo the cancellation."
            raise ConflictError(f"sale {sale} cannot be cancelled: its goods have left", hint=hint)
        if CONTENT & write.document.keys():
            there, now = self.house.erp.tables["sales"][sale]["total"], write.document.get("total")
            hint = "Credit what was removed, or make an additional invoice; then discard this."
            raise ConflictError(f"sale {sale} is closed: now {now}, there {there}", hint=hint)
