"""`hub sync`: reads what changed and writes what is owed."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from hub.cli.failure import write_error
from hub.cli.opened import Opened, opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer, print_json
from hub.cli.progress import shown_progress
from hub.cli.report import odd_totals, tell_failure, tell_report
from hub.errors import ConfigError, HubError

app = typer.Typer(add_completion=False)


@app.command()
def sync(
    connection: Annotated[
        str | None, typer.Argument(metavar="CONNECTION", help="Only this one.", show_default=False)
    ] = None,
    streams: Annotated[
        list[str] | None, typer.Argument(metavar="STREAM", help="Only these streams of it.", show_default=False)
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be written, and write nothing anywhere.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="With --plan: records shown a stream.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read what changed in every system and write what is owed to each.

    It may be stopped at any moment and started again: nothing is lost and nothing is written twice. With --plan the
    systems are read, what a sync would do is worked out on a copy of the database, and that is all.
    """
    from hub.sync.execute import sync as run

    gc.freeze()  # what is loaded by now stays: the garbage collector need not look at it again
    with opened(config, connected=True) as one:
        _require_connection(one, connection, streams or ())
        if plan:
            _plan(one, [connection] if connection else [], streams or [], limit, as_json=as_json)
            return
        with shown_progress(as_json=as_json) as progress:
            report = run(one.hub, [connection] if connection else [], streams or [], progress=progress)
        sent = _send_notices(one)
        tell_report(report, as_json=as_json, notices=sent, odd=odd_totals(one, report))


def _plan(one: Opened, connections: Sequence[str], streams: Sequence[str], limit: int, *, as_json: bool) -> None:
    """Show what a sync would do; the exit code is that of the first error that keeps the plan from being whole."""
    from hub.cli.rehearsal import plain_plan, render_plan
    from hub.operations.rehearse import plan_sync

    with shown_progress(as_json=as_json) as progress:
        plan = plan_sync(one.hub, connections, streams, shown=limit, progress=progress)
    if as_json:
        print_json(plain_plan(plan))
    else:
        answer(plan, render_plan, as_json=False)
        for result in plan.report.failures:
            tell_failure(result)
    if plan.report.errors:
        raise typer.Exit(plan.report.errors[0].exit_code)


def _send_notices(one: Opened) -> Mapping[str, int]:
    """Send what the sync has made due; where the mail server cannot be used, that is said and the notices wait."""
    from hub.store import notices

    with one.database.read() as tx:
        if not notices.in_state(tx, ["pending"], limit=1):
            return {}  # the usual case, without opening the way to the mail server
    from hub.operations.notice import send_notices

    try:
        return send_notices(one.hub)
    except HubError as error:
        write_error(f"no notice was sent: {error.message}", error.hint)
        return {}


def _require_connection(one: Opened, name: str | None, streams: Sequence[str]) -> None:
    from hub.operations.connection import unknown_connection
    from hub.queries.mapping import find_stream
    from hub.store import settings

    with one.database.read() as tx:
        known = {row.name: row for row in settings.connections(tx)}
    if name is not None and name not in known:
        raise unknown_connection(name, known)
    for stream in streams:
        find_stream(one.plugins.connector(known[name or ""].connector), stream)
    if not known:
        said = "hub.toml has connections that are not applied yet" if one.config.connections else "nothing is connected"
        hint = "Run `hub apply`." if one.config.connections else "Describe a connection in hub.toml, then `hub apply`."
        raise ConfigError(said, hint=hint)
