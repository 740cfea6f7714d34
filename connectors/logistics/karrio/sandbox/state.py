"""What the double remembers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from hub.api import Document


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier account: each service with the prices of a parcel and of a kilogram, and its days."""

    carrier_name: str
    carrier_id: str
    services: dict[str, tuple[float, float, int]]
    currency: str = "EUR"
    active: bool = True


DHL = Carrier(
    "dhl_parcel_de", "dhl-main", {"dhl_parcel_de_paket": (4.9, 0.35, 2), "dhl_parcel_de_express": (14.5, 0.9, 1)}
)
UPS = Carrier("ups", "ups-main", {"ups_standard": (6.2, 0.3, 3), "ups_express_saver": (18.0, 1.1, 1)})


@dataclass(slots=True)
class State:
    """The server's tables, newest record last."""

    clock: Callable[[], datetime]
    carriers: list[Carrier] = field(default_factory=lambda: [DHL, UPS])
    shipments: dict[str, Document] = field(default_factory=dict)
    trackers: dict[str, Document] = field(default_factory=dict)
    created: dict[str, datetime] = field(default_factory=dict)
    made: int = 0

    def new_id(self, prefix: str) -> str:
        """Make an id as Karrio's look, the same in every run."""
        self.made += 1
        return f"{prefix}_{hashlib.sha256(f'{prefix}{self.made}'.encode()).hexdigest()[:32]}"

    def stamp(self, external_id: str) -> str:
        """Note when a record was created, and write it as Karrio does."""
        self.created[external_id] = self.clock()
        return str(self.created[external_id])
