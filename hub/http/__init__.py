"""HTTP to remotes: one client a connection, with pace, retries, typed errors, a pinned host and masked secrets."""

from __future__ import annotations

from hub.http.body import read_json
from hub.http.budget import Budget
from hub.http.client import open_client

__all__ = ["Budget", "open_client", "read_json"]
