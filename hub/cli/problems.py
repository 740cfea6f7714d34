"""`hub problems`: everything that needs a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.conflict import decide, sides
from hub.cli.opened import Opened, opened, require_known
from hub.cli.option import ConfigOption, JsonOption, LimitOption
from hub.cli.output import answer, print_json
from hub.cli.progress import shown_progress
from hub.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from hub.queries.problem import ProblemGroup, ProblemPage, ProblemView
    from hub.store.problems import Problem

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show what needs a person, and have it done again.")

IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="PROBLEM", help="Ids, or their ends.")]
IdArgument = Annotated[str, typer.Argument(metavar="PROBLEM", help="Its id, or the end of it.", show_default=False)]
ConnectionOption = Annotated[
    str | None, typer.Option("--connection", "-c", help="Only of this connection.", show_default=False)
]
SHORT = 6
NAMED = 2
RECORD_CODE = 5


@app.command("list")
def list_command(
    connection: ConnectionOption = None,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are solved.")] = False,
    limit: LimitOption = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List problems, newest first."""
    from hub.queries.problem import problem_list

    with opened(config) as one:
        require_known(one, connection)
        found = problem_list(one.database, connection=connection, closed=closed, limit=limit)
    answer(found, _render_list, as_json=as_json, key="problems")


@app.command()
def show(problem: IdArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one problem with the document that it is about."""
    from hub.queries.problem import problem_page

    with opened(config) as one:
        page = problem_page(one.database, problem)
    answer(page, _render_page, as_json=as_json)


@app.command()
def replay(
    problems: IdsArgument = None,
    connection: ConnectionOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All open problems.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the work done again with today's data; a problem closes once it succeeds."""
    from hub.queries.problem import find_problem
    from hub.store.problems import listing

    with opened(config) as one:
        require_known(one, connection)
        if not problems and not everything and connection is None:
            raise ConfigError("which problems?", hint="Name some, or all of a connection with -c, or --all.")
        chosen = [find_problem(one.database, name) for name in problems or ()]
        if not chosen:
            with one.database.read() as tx:
                chosen = listing(tx, connection=connection)
        left = _replay(one, chosen, as_json=as_json)
    _tell_replay(chosen, left, as_json=as_json)


@app.command()
def close(
    problem: IdArgument,
    note: Annotated[str, typer.Option("--note", help="Why it is settled.")] = "closed by the operator",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a problem without doing anything about it."""
    from hub.operations.problem import close_problem
    from hub.queries.problem import find_problem

    with opened(config) as one:
        found = find_problem(one.database, problem)
        close_problem(one.database, found, note, one.now())
    if as_json:
        print_json({"problem": found.id, "state": "closed"})
    else:
        typer.echo(f"Problem {found.id[-SHORT:]} is closed.")


@app.command()
def release(problem: IdArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Agree to what a cap of a route holds back: the next sync writes it, once."""
    from getpass import getuser

    from hub.operations.problem import release_problem
    from hub.queries.problem import find_problem

    with opened(config) as one:
        found = find_problem(one.database, problem)
        allowed = release_problem(one.database, found, getuser(), one.now())
    if as_json:
        print_json({"problem": found.id, "released": allowed})
    else:
        typer.echo(f"The next sync may go through with {allowed:,} of them, once.")


app.command()(decide)


def _replay(one: Opened, chosen: Sequence[Problem], *, as_json: bool) -> list[ProblemView]:
    """Do the work of problems again; give those that are still open."""
    from hub.operations.problem import close_settled, queue_replay, reprocess_stored
    from hub.queries.problem import problem_list
    from hub.sync.execute import sync_connection

    stored = queue_replay(one.database, one.plugins, chosen, one.now())
    reprocess_stored(one.hub, stored)
    queued = sorted({problem.connection for problem in chosen} - {problem.connection for problem in stored})
    with shown_progress(as_json=as_json) as progress:
        for name in queued:
            sync_connection(one.hub, name, first=False, progress=progress)
    close_settled(one.database, chosen, one.now())
    ids = {problem.id for problem in chosen}
    return [view for view in problem_list(one.database) if view.id in ids]


def _tell_replay(chosen: Sequence[Problem], left: Sequence[ProblemView], *, as_json: bool) -> None:
    if as_json:
        print_json({"replayed": len(chosen), "solved": len(chosen) - len(left), "open": left})
    elif not chosen:
        typer.echo("There is nothing to replay.")
    else:
        typer.echo(f"{len(chosen) - len(left)} of {len(chosen)} solved.")
        if left:
            answer(left, _render_list, as_json=False)
    if left:
        raise typer.Exit(RECORD_CODE)


def _render_list(found: Sequence[ProblemView]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import clock_time, many
    from hub.clock import utc_now
    from hub.queries.problem import problem_groups

    if not found:
        yield "No problems."
        return
    now = utc_now()
    columns = [Column("Problem"), Column("Since", spare=1), Column("Where"), Column("About", long=True)]
    columns += [Column("Why", long=True)]
    rows = [
        (
            group.newest.id[-SHORT:],
            clock_time(group.members[-1].first_at, now),
            _where(group.newest),
            _about(group),
            _why(group.newest),
        )
        for group in problem_groups(found)
    ]
    yield grid(columns, rows)
    yield f"{many(len(found), 'problem')}. What to do about one: `hub problems show {found[0].id[-SHORT:]}`."


def _about(group: ProblemGroup) -> str:
    named = ", ".join(one.subject for one in group.members[:NAMED])
    more = len(group.members) - NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _why(problem: ProblemView) -> str:
    from hub.cli.words import SAID

    kind = "" if problem.kind == "dead_letter" else f"{SAID.get(problem.kind, problem.kind)}: "
    return f"{kind}{problem.message}"


def _where(problem: ProblemView) -> str:
    return f"{problem.connection} {problem.stream} {problem.direction}"


def _step(problem: ProblemView) -> str:
    short = problem.id[-SHORT:]
    if problem.kind == "held":
        return f"Let the next sync through with `hub problems release {short}`."
    return f"Do it again with `hub problems replay {short}`."


def _render_page(page: ProblemPage) -> Iterator[RenderableType]:
    from hub.cli.failure import sentence
    from hub.cli.grid import pairs
    from hub.cli.words import full_time, many, state
    from hub.clock import utc_now

    now, problem = utc_now(), page.problem
    rows: list[tuple[str, str | Text]] = [
        ("Problem", problem.id),
        ("Kind", state(problem.kind)),
        ("State", problem.state + (f": {problem.note}" if problem.note else "")),
        ("Where", f"{_where(problem)}: {problem.subject}"),
        ("Why", sentence(problem.message)),
        ("Next", sentence(problem.hint)),
        ("Tried", f"{many(problem.attempts, 'time')}, last {full_time(problem.last_at, now)}"),
        *((f"  {name}", value) for name, value in page.context.items()),
    ]
    rows += sides(page, now)
    yield pairs([row for row in rows if row[1]])
    if page.document is not None:
        yield ""
        yield "Received:" if problem.direction == "pull" else "To be sent:"
        yield json.dumps(page.document, ensure_ascii=False, indent=2)
    if problem.state == "open" and page.card:
        yield ""
        yield f"Decide with `hub problems decide {problem.id[-SHORT:]} ours`, `theirs`, or `--value` and another."
    elif problem.state == "open":
        yield ""
        yield _step(problem)
