"""A person decides what both sides have changed; the simulation notices when the hub does not wait for that."""

from __future__ import annotations

from hub.testing.simulation import live
from hub.testing.simulation.dialect import Dialect
from hub.testing.simulation.life import Outcome
from hub.testing.simulation.plot import DAWN, SYSTEMS
from hub.testing.simulation.script import HOUR, Edit, Script


def disputed(*, humane: bool) -> Outcome:
    """Two systems change the phone number of one customer within a second."""
    said = [("north", " q7001q here "), ("erp", " q7002q there ")]
    return live(
        Script(
            seed=1,
            dialects={name: Dialect(makes="same") for name in SYSTEMS},
            edits=(
                Edit(0.0, "north", "create", "customers", 1, "", "plain"),
                *(Edit(DAWN + 10, where, "change", "customers", 1, "phone", value) for where, value in said),
            ),
            workers=1,
            length=HOUR / 2,
            dawn=DAWN,
            humane=humane,
        )
    )


def test_all_sides_end_with_what_was_decided() -> None:
    outcome = disputed(humane=True)
    assert sum("operator decides b1 phone" in line for line in outcome.history) == 1
    assert outcome.violations == []


def test_nobody_is_asked_where_the_newest_counts() -> None:
    outcome = disputed(humane=False)
    assert not any("operator decides" in line for line in outcome.history)
    assert outcome.violations == []
