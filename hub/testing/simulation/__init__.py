"""The whole hub in one process, under a virtual clock and a seeded scheduler, with faults at every seam."""

from __future__ import annotations

from hub.testing.simulation.life import Outcome, live
from hub.testing.simulation.plot import draw
from hub.testing.simulation.script import Script
from hub.testing.simulation.shrink import shrink

__all__ = ["Outcome", "Script", "draw", "live", "shrink"]
