"""The pluggy hooks, on one screen. They register objects; the work is ordinary method calls on those objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from hub.connector import Channel, Codec, ConnectorSpec

PROJECT = "entrepot"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def hub_connectors() -> Iterable[ConnectorSpec]:  # type: ignore[empty-body]
    """Yield the connectors that this package offers."""


@hookspec
def hub_codecs() -> Iterable[Codec]:  # type: ignore[empty-body]
    """Yield codecs that every mapping may name."""


@hookspec
def hub_channels() -> Iterable[Channel]:  # type: ignore[empty-body]
    """Yield channels through which notices reach people."""
