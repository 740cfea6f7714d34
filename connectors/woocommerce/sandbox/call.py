"""One request as the store's parts see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.api import Document


@dataclass(frozen=True, slots=True)
class Call:
    """A request taken apart: query, JSON body, the site's own URL in the right scheme, whether it is one of a batch."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Document
    site: str
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a JSON body, its status and headers beyond the usual ones."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
