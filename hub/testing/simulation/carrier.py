"""The carrier's system: it sells labels and moves parcels."""

from __future__ import annotations

from dataclasses import dataclass

from hub.clock import utc_text
from hub.testing.simulation.dialect import Document
from hub.testing.simulation.remote import Remote

STEPS = ("labelled", "moving", "near", "arrived")
"""What becomes of a parcel, in this order."""


@dataclass(slots=True)
class Carrier(Remote):
    """A remote whose shipments are labels, each with a tracker."""

    def create(self, stream: str, document: Document, key: str | None) -> Document:
        """Sell a label: it costs money each time."""
        row = Remote.create(self, stream, document, key)
        if "tracking_number" not in row:
            number = f"TRK{row['id']}"
            label = {"tracking_number": number, "status": STEPS[0]}
            row = self._keep(stream, row["id"], label, self.stamp())
            trackers = self.tables.setdefault("trackers", {})
            trackers[number] = {"tracking_number": number, "status": STEPS[0], "events": [self._event(STEPS[0])]}
        return row

    def move(self, external_id: str) -> None:
        """Move a parcel one step further."""
        number = self.tables["shipments"][external_id]["tracking_number"]
        tracker = self.tables["trackers"][number]
        now = STEPS.index(tracker["status"])
        if now + 1 < len(STEPS):
            step = STEPS[now + 1]
            tracker["status"] = step
            tracker["events"] = [*tracker["events"], self._event(step)]
            self._keep("shipments", external_id, {"status": step}, self.stamp())
            self.told(f"carrier moves {number} {step}")

    def _event(self, step: str) -> Document:
        return {"id": step, "at": utc_text(self.clock()), "status": step}
