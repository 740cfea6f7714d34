"""Karrio: labels of many carriers, and where their parcels are."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from connectors.logistics.karrio.codecs import CODECS
from connectors.logistics.karrio.connector import Karrio
from connectors.logistics.karrio.settings import KarrioSettings
from hub.api import ConnectorSpec, Entity, Limit, Stream, hookimpl

SPEC = ConnectorSpec(
    name="karrio",
    title="Karrio",
    connector=Karrio,
    settings=KarrioSettings,
    streams=(
        Stream(
            name="shipments",
            entity=Entity.SHIPMENT,
            writes=True,
            blind_to=("status", "tracking_number", "label_url"),  # only the time of creation can be asked for
            reread=86_400,
        ),
        Stream(name="trackers", entity=Entity.SHIPMENT, reads=False, tracks=True),
    ),
    mappings=files("mappings") / "karrio",
    codecs=CODECS,
    limit=Limit(per_second=8, burst=120),  # together 600 in any minute, which is what a server allows
)


@hookimpl
def hub_connectors() -> Iterable[ConnectorSpec]:
    """Offer the Karrio connector."""
    yield SPEC
