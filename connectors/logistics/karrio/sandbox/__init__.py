"""A stateful double of a Karrio 2026.1 server: rates, labels, trackers, and parcels that move when they are told to."""

from __future__ import annotations

from connectors.logistics.karrio.sandbox.server import KarrioSandbox
from connectors.logistics.karrio.sandbox.state import Carrier

__all__ = ["Carrier", "KarrioSandbox"]
