"""Contracts and doubles for those who write connectors."""

from __future__ import annotations

from hub.testing.clock import ManualClock
from hub.testing.connector_contract import ConnectorContract
from hub.testing.mapping_contract import MappingContract
from hub.testing.serve import Sandbox, serve

__all__ = ["ConnectorContract", "ManualClock", "MappingContract", "Sandbox", "serve"]
