"""`hub problems`: everything that needs a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.conflict import decide, sides
from hub.cli.opened import Opened, opened, require_known
from hub.cli.option import ConfigOption, JsonOption, LimitOption
from hub.cli.output import answer, plain, print_json
from hub.cli.progress import shown_progress
from hub.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from hub.queries.difference import Difference
    from hub.queries.problem import ProblemGroup, ProblemPage, ProblemView
    from hub.store.problems import Problem
    from hub.sync.execute import Report

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
    """List problems by their cause, newest first: the same mistake in thousands of records is one line."""
    from hub.queries.problem import problem_groups

    with opened(config) as one:
        require_known(one, connection)
        found = problem_groups(one.database, connection=connection, closed=closed, limit=limit)
    if as_json:
        print_json({"problems": [_plain(group) for group in found]})
    else:
        answer(found, _render_list, as_json=False)


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
    same: Annotated[bool, typer.Option("--same", help="And all others with the same cause.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All open problems.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the work done again with today's data; a problem closes once it succeeds."""
    from hub.queries.problem import find_problem
    from hub.store.problems import like, listing

    with opened(config) as one:
        require_known(one, connection)
        if not problems and not everything and connection is None:
            raise ConfigError("which problems?", hint="Name some, or all of a connection with -c, or --all.")
        chosen = [find_problem(one.database, name) for name in problems or ()]
        if same:
            with one.database.read() as tx:
                chosen = list({p.id: p for found in chosen for p in like(tx, found)}.values())
        if not chosen:
            with one.database.read() as tx:
                chosen = listing(tx, connection=connection)
        _tell_replay(one, chosen, _replay(one, chosen, as_json=as_json), as_json=as_json)


@app.command()
def edit(
    problem: IdArgument,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set one value, such as billing.country=DE; $EDITOR without."),
    ] = None,
    later: Annotated[bool, typer.Option("--later", help="Only keep the edit; `hub problems replay` takes it.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what was parked and have it done again; the original is kept, with who changed it and when."""
    from getpass import getuser

    from hub.cli.editor import edited_json
    from hub.operations.edit import current_document, edit_problem, set_values
    from hub.queries.problem import find_problem

    with opened(config) as one:
        found = find_problem(one.database, problem)
        before = current_document(found)
        after = set_values(before, settings) if settings else edited_json(before)
        if after == before:
            raise ConfigError("nothing was changed", hint="Set a value with --set PATH=VALUE, or in the editor.")
        kept = edit_problem(one.hub, found, after, getuser(), one.now())
        if later:
            typer.echo(f"The edit is kept. Try it with `hub problems replay {kept.id[-SHORT:]}`.")
        else:
            _tell_replay(one, [kept], _replay(one, [kept], as_json=as_json), as_json=as_json)


@app.command()
def close(
    problem: IdArgument,
    note: Annotated[str, typer.Option("--note", help="Why it is settled.")] = "closed by the operator",
    found_as: Annotated[
        str | None,
        typer.Option("--as", metavar="ID", help="The write has arrived: as this, over there.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a problem without doing anything about it; with --as, say what a write of unknown outcome became."""
    from hub.cli.report import tell_failure
    from hub.operations.link import link_outcome
    from hub.operations.problem import close_problem
    from hub.queries.problem import find_problem
    from hub.sync.execute import Report, sync_connection

    report = Report()
    with opened(config) as one:
        found = find_problem(one.database, problem)
        if found_as is None:
            close_problem(one.database, found, note, one.now())
        else:
            link_outcome(one.hub, found, found_as)
            with shown_progress(as_json=as_json) as progress:
                report.results += sync_connection(one.hub, found.connection, first=False, progress=progress)
    if as_json:
        print_json({"problem": found.id, "state": "closed"})
    else:
        typer.echo(f"Problem {found.id[-SHORT:]} is closed.")
        for result in report.failures:
            tell_failure(result)


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


def _replay(one: Opened, chosen: Sequence[Problem], *, as_json: bool) -> Report:
    """Do the work of problems again; tell how the syncs ended that it took."""
    from hub.operations.problem import close_settled, queue_replay, reprocess_stored
    from hub.sync.execute import Report, sync_connection

    report = Report()
    stored = queue_replay(one.database, one.plugins, chosen, one.now())
    reprocess_stored(one.hub, stored)
    queued = sorted({problem.connection for problem in chosen} - {problem.connection for problem in stored})
    with shown_progress(as_json=as_json) as progress:
        for name in queued:
            report.results += sync_connection(one.hub, name, first=False, progress=progress)
    close_settled(one.database, chosen, one.now())
    return report


def _tell_replay(one: Opened, chosen: Sequence[Problem], report: Report, *, as_json: bool) -> None:
    from hub.cli.report import tell_failure
    from hub.queries.problem import problem_groups
    from hub.store.problems import still_open

    with one.database.read() as tx:
        left = len(still_open(tx, [problem.id for problem in chosen]))
    groups = problem_groups(one.database) if left else []
    if as_json:
        solved = len(chosen) - left
        print_json({"replayed": len(chosen), "solved": solved, "open": [_plain(group) for group in groups]})
    elif not chosen:
        typer.echo("There is nothing to replay.")
    else:
        typer.echo(f"{len(chosen) - left:,} of {len(chosen):,} solved.")
        if left:
            answer(groups, _render_list, as_json=False)
        for result in report.failures:
            tell_failure(result)
    if left:
        raise typer.Exit(RECORD_CODE)


def _plain(group: ProblemGroup) -> dict[str, Any]:
    """Give a group for programs: the newest problem, and what is true of all of them."""
    return {**plain(group.newest), **{name: plain(getattr(group, name)) for name in ("count", "subjects", "first_at")}}


def _render_list(found: Sequence[ProblemGroup]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import clock_time, many
    from hub.clock import utc_now

    if not found:
        yield "No problems."
        return
    now = utc_now()
    columns = [Column("Problem"), Column("Since", spare=2), Column("Where"), Column("About", long=True)]
    columns += [Column("Why", long=True), Column("Whose", spare=1)]
    rows = [
        (
            group.newest.id[-SHORT:],
            clock_time(group.first_at, now),
            _where(group.newest),
            _about(group),
            _why(group.newest),
            group.newest.owner,
        )
        for group in found
    ]
    yield grid(columns, rows)
    total, first = sum(group.count for group in found), found[0].newest.id[-SHORT:]
    yield f"{many(total, 'problem')}. What to do about one: `hub problems show {first}`."
    if big := next((group for group in found if group.count > 1), None):
        yield f"All {big.count:,} of a kind again: `hub problems replay {big.newest.id[-SHORT:]} --same`."


def _about(group: ProblemGroup) -> str:
    named = ", ".join(group.subjects[:NAMED])
    more = group.count - NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _why(problem: ProblemView) -> str:
    from hub.cli.words import SAID

    kind = "" if problem.kind == "dead_letter" else f"{SAID.get(problem.kind, problem.kind)}: "
    return f"{kind}{problem.message}"


def _where(problem: ProblemView) -> str:
    return " ".join(filter(None, (problem.connection, problem.stream, problem.direction)))


def _edits(page: ProblemPage) -> Iterator[Difference]:
    from hub.queries.difference import differences

    yield from differences(page.document, page.edited)


def _step(problem: ProblemView) -> str:
    short = problem.id[-SHORT:]
    if problem.kind == "held":
        return f"Let the next sync through with `hub problems release {short}`."
    if problem.kind == "demand":
        return f"Once it is done: `hub problems close {short} --note WHAT`."
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
        ("Whose", problem.owner),
        ("Alike", f"{page.alike - 1:,} more with this cause" if page.alike > 1 else ""),
        ("Tried", f"{many(problem.attempts, 'time')}, last {full_time(problem.last_at, now)}"),
        *((f"  {name}", value) for name, value in page.context.items()),
    ]
    rows += sides(page, now)
    yield pairs([row for row in rows if row[1]])
    if page.document is not None:
        yield ""
        yield "Received:" if problem.direction == "pull" else "To be sent:"
        yield json.dumps(page.document, ensure_ascii=False, indent=2)
    if page.edited is not None and problem.edited_at:
        yield ""
        yield f"Edited by {problem.edited_by}, {full_time(problem.edited_at, now)}:"
        yield from (f"{d.path}: {json.dumps(d.before)} -> {json.dumps(d.after)}" for d in _edits(page))
    if problem.state == "open" and page.card:
        yield ""
        yield f"Decide with `hub problems decide {problem.id[-SHORT:]} ours`, `theirs`, or `--value` and another."
    elif problem.state == "open":
        yield ""
        yield _step(problem)
        if page.document is not None and problem.kind == "dead_letter":
            yield f"To change it before that: `hub problems edit {problem.id[-SHORT:]} --set PATH=VALUE`."
