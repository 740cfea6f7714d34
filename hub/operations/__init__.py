"""What an operator may do: configure, test, pause, replay, release. The command line and the web call the same."""

from __future__ import annotations
