"""`hub notices`: what buyers were told, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened
from hub.cli.option import ConfigOption, JsonOption, LimitOption
from hub.cli.output import answer, print_json
from hub.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.queries.notice import NoticeView

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show what buyers were told; hold notices back and release them."
)

IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="NOTICE", help="Ids; all by default.")]


@app.command("list")
def list_command(
    state: Annotated[str | None, typer.Option("--state", help="Only in this state, such as held or sent.")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List notices, oldest first."""
    from hub.config import did_you_mean
    from hub.queries.notice import STATES, notice_list

    if state is not None and state not in STATES:
        raise ConfigError(f"no notice is ever {state}", hint=did_you_mean(state, STATES))
    with opened(config) as one:
        found = notice_list(one.database, [state] if state else STATES, limit=limit)
    answer(found, _render, as_json=as_json, key="notices")


@app.command()
def release(notices: IdsArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Let held notices go out with the next sending."""
    from hub.operations.notice import release as operation

    with opened(config) as one:
        released = operation(one.database, notices or (), one.now())
    _tell("released", released, as_json=as_json)


@app.command()
def hold(notices: IdsArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Hold notices back that wait to be sent."""
    from hub.operations.notice import hold as operation

    with opened(config) as one:
        held = operation(one.database, notices or (), one.now())
    _tell("held", held, as_json=as_json)


def _tell(what: str, number: int, *, as_json: bool) -> None:
    if as_json:
        print_json({what: number})
    else:
        typer.echo(f"{number} notice{'s' * (number != 1)} {what}.")


def _render(found: Sequence[NoticeView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import clock_time, state
    from hub.clock import utc_now

    if not found:
        yield "No notices."
        return
    now = utc_now()
    columns = [Column("Planned"), Column("Order"), Column("Tells"), Column("To"), Column("State")]
    columns += [Column("Why", long=True), Column("Notice", style="dim")]
    yield grid(
        columns,
        [
            (
                clock_time(one.created_at, now),
                one.order or one.shipment,
                one.status.replace("_", " "),
                one.recipient or "-",
                state(one.state),
                one.reason or "",
                one.id,
            )
            for one in found
        ],
    )
