"""Somebody acts at the worst moment, and the hub loses nothing by it."""

from __future__ import annotations

from hub.testing.simulation import live
from hub.testing.simulation.dialect import Dialect
from hub.testing.simulation.life import Outcome
from hub.testing.simulation.plot import DAWN, SYSTEMS
from hub.testing.simulation.script import HOUR, Edit, Fault, Script

KNOWN = Edit(0.0, "north", "create", "customers", 1, "", "plain")
"""A customer that all systems have before the troubles begin."""


def played(kind: str, where: str, edit: Edit) -> Outcome:
    return live(
        Script(
            seed=1,
            dialects={name: Dialect(makes="same") for name in SYSTEMS},
            edits=(KNOWN, edit),
            faults=(Fault(DAWN, kind, where),),
            workers=1,
            length=HOUR / 2,
            dawn=DAWN,
        )
    )


def test_a_change_that_nobody_answers_for_is_followed_by_somebody_else_s() -> None:
    edit = Edit(DAWN + 10, "erp", "change", "customers", 1, "phone", " q7001q new ")
    outcome = played("overwritten", "north", edit)
    told = [line.partition(" ")[2] for line in outcome.history if " north " in line and "'phone'" in line]
    written, said = (next(at for at, line in enumerate(told) if word in line) for word in ("change", "q8001q"))
    assert told[written + 1] == told[said]
    assert sum("change" in line for line in told) == 1, "the hub does not send its own again"
    assert outcome.violations == []


def test_two_processes_read_both_sides_of_one_record_before_either_keeps_it() -> None:
    edit = Edit(DAWN + 10, "north", "change", "customers", 1, "phone", " q7001q new ")
    outcome = played("crossing", "north", edit)
    assert any("passer-by-1" in line and "pull ok" in line for line in outcome.history)
    assert any("fault freeze_to_begin" in line for line in outcome.history)
    assert outcome.violations == []
