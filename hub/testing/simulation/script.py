"""A script: everything that a simulation draws beforehand, as data that can be kept, cut down and played again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from hub.testing.simulation.dialect import Dialect

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person does in a remote at a time (seconds): `what` is create, change, ship, delete or move.

    `thing` numbers the thing that is made or touched, `value` the word that makes each edit unique.
    """

    at: float
    where: str
    what: str
    stream: str
    thing: int
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong from a time on: at the (`skip`+1)-th fitting seam of `where`, `count` times.

    `seconds` is how long it takes: a freeze, a pause that is asked for, an outage.
    """

    at: float
    kind: str
    where: str
    skip: int = 0
    count: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """One simulation: its seed, the remotes' manners, the workers, what people do and what goes wrong.

    dawn: seconds in which the hub works in peace before the troubles begin; 0: it meets everything amid them.
    remaps: at the end an operator maps one more field of north's customers and reads them all again.
    humane: a person decides who is right where both sides have changed a phone number.
    """

    seed: int
    dialects: Mapping[str, Dialect]
    edits: tuple[Edit, ...] = ()
    faults: tuple[Fault, ...] = ()
    workers: int = 2
    remaps: bool = False
    humane: bool = False
    skews: Mapping[str, float] = field(default_factory=dict)
    length: float = HOUR
    dawn: float = 0.0

    def dump(self) -> str:
        """Write the script as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2).decode()


def load(text: str) -> Script:
    """Read a script from JSON."""
    told: dict[str, Any] = orjson.loads(text)
    told["dialects"] = {name: Dialect(**one) for name, one in told["dialects"].items()}
    told["edits"] = tuple(Edit(**one) for one in told["edits"])
    told["faults"] = tuple(Fault(**one) for one in told["faults"])
    return Script(**told)
