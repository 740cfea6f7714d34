"""What `hub problems` shows of a conflict, and the command that settles one."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import print_json
from hub.cli.progress import shown_progress
from hub.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from rich.text import Text

    from hub.queries.problem import ProblemPage
    from hub.sync.agreeing.conflict import Side

IdArgument = Annotated[str, typer.Argument(metavar="PROBLEM", help="Its id, or the end of it.", show_default=False)]
SHORT = 6


class Choice(StrEnum):
    """Whose value counts in a conflict."""

    OURS = "ours"
    THEIRS = "theirs"


def decide(
    problem: IdArgument,
    side: Annotated[
        Choice | None, typer.Argument(metavar="ours|theirs", help="Whose value counts.", show_default=False)
    ] = None,
    value: Annotated[
        str | None, typer.Option("--value", help="Neither: this one does, on both sides.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Settle a conflict: the hub's value counts (ours), the connection's (theirs), or another; then it is written."""
    from hub.cli.report import tell_failure
    from hub.operations import conflict
    from hub.queries.problem import find_problem
    from hub.sync.execute import Report, sync_connection

    if (side is None) == (value is None):
        raise ConfigError("what counts?", hint="Say `ours` or `theirs`, or give a --value of your own.")
    with opened(config) as one:
        found = find_problem(one.database, problem)
        new = conflict.parse_value(one.database, found, value) if value is not None else None
        decision, report = conflict.decide(one.hub, found, side, new), Report()
        with shown_progress(as_json=as_json) as progress:
            for name in decision.owed:
                report.results += sync_connection(one.hub, name, first=False, progress=progress)
    if as_json:
        print_json({"problem": found.id, "state": "closed", "field": decision.field, "value": decision.value})
    else:
        typer.echo(f"Problem {found.id[-SHORT:]} is closed: {decision.field} is {_value(decision.value)} from now on.")
        for result in report.failures:  # what could not be written now is written by the next sync
            tell_failure(result)


def sides(page: ProblemPage, now: datetime) -> list[tuple[str, str | Text]]:
    """Set out a conflict: what both sides last agreed on, and what each of them says since."""
    card = page.card
    if card is None:
        return []
    return [
        ("Field", card.field),
        ("Agreed", _value(card.base)),
        ("Ours", _side(card.ours, now)),
        ("Theirs", _side(card.theirs, now)),
    ]


def _side(side: Side, now: datetime) -> str:
    from hub.cli.words import full_time
    from hub.clock import utc_parse

    since = f", since {full_time(utc_parse(side.since), now)}" if side.since else ""
    return f"{_value(side.value)} (from {side.source}{since})"


def _value(value: object) -> str:
    """Write a field's value so that nothing and an empty text can be told apart."""
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
