"""`hub record`: where is order 1001?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import Opened, opened
from hub.cli.option import ConfigOption, JsonOption, LimitOption
from hub.cli.output import answer, print_json
from hub.cli.progress import shown_progress
from hub.errors import ConfigError, HubError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.operations.record import Asked
    from hub.queries.record import RecordHit
    from hub.sync.execute import Report

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Find and show records; read or write single ones.")

TextArgument = Annotated[
    str,
    typer.Argument(metavar="RECORD", help="Order number, e-mail, SKU, tracking number or any id.", show_default=False),
]
EntityOption = Annotated[
    str | None, typer.Option("--entity", "-e", help="Only one kind: order, customer, product, ...", show_default=False)
]
NOT_FOUND_CODE = 1


@app.command()
def search(
    text: TextArgument,
    entity: EntityOption = None,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Ask the systems for what is not here.")] = True,
    limit: LimitOption = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find records by number, e-mail, SKU, tracking number or id; what is not here is asked for in the systems."""
    from hub.queries.record import record_search

    with opened(config) as one:
        found = record_search(one.database, text, entity=entity, limit=limit)
        if found or not ask:
            answer(found, _render_hits, as_json=as_json, key="records")
        else:
            _ask(one, text, as_json=as_json)
    if not found:
        raise typer.Exit(NOT_FOUND_CODE)


@app.command()
def show(
    text: TextArgument,
    entity: EntityOption = None,
    full: Annotated[bool, typer.Option("--full", help="With the documents as they were received.")] = False,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="FIELD", help="Where one value comes from, such as note or lines.17.quantity."),
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="EVENT", help="The bytes of something received or sent.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show everything about a record on one page, which opens with one sentence for each system."""
    from hub.cli.page import render_page
    from hub.queries.record import one_record, record_page

    with opened(config) as one:
        hit = one_record(one.database, text, entity=entity)
        if hit is None:
            _ask(one, text, as_json=as_json)
            raise typer.Exit(NOT_FOUND_CODE)
        if why is not None or event is not None:
            _show_past(one, hit.id, why, event, as_json=as_json)
            return
        page = record_page(one.database, one.plugins, hit.id, now=one.now())
    answer(page, lambda view: render_page(view, full=full), as_json=as_json)


def _show_past(one: Opened, record_id: str, field: str | None, event: str | None, *, as_json: bool) -> None:
    from hub.cli.past import render_event, render_why
    from hub.queries.past import past_event
    from hub.queries.provenance import why

    if field is not None:
        answer(why(one.hub, record_id, field), render_why, as_json=as_json)
    if event is not None:
        answer(past_event(one.database, record_id, event), render_event, as_json=as_json)


@app.command()
def replay(
    text: TextArgument,
    event: Annotated[str, typer.Option("--event", metavar="EVENT", help="As `hub record show` lists them.")],
    fields: Annotated[list[str] | None, typer.Option("--field", help="Only this field of the record.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change, and change nothing.")] = False,
    entity: EntityOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an old received document through today's mapping, and make the record say what it said.

    It becomes the operator's own change: whatever system the record's routes lead to gets it with the next sync.
    """
    from getpass import getuser

    from hub.cli.past import render_replay
    from hub.operations.replay import apply_replay, plan_replay

    with opened(config) as one:
        found = plan_replay(one.hub, _find(one, text, entity).id, event, fields or ())
        places = [] if plan else apply_replay(one.hub, found, getuser())
    if as_json:
        shown = {"event": found.past.view.event, "fields": found.differences, "missing": found.missing}
        print_json({**shown, "applied": not plan, "owed": places})
    else:
        answer(found, lambda view: render_replay(view, None if plan else places), as_json=False)


@app.command()
def pull(
    text: Annotated[str, typer.Argument(metavar="RECORD", help="A record, or a connection.", show_default=False)],
    stream: Annotated[str | None, typer.Argument(help="With a connection: its stream.", show_default=False)] = None,
    external_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="With a stream: the id over there.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read one record anew: `hub record pull 1001`, or `hub record pull shop orders 8112` for one not here yet."""
    from hub.operations import record as operation
    from hub.operations.connection import find_connection
    from hub.queries.mapping import find_stream

    with opened(config) as one:
        if stream is None or external_id is None:
            places = operation.queue_pull_everywhere(one.database, _find(one, text).id, one.now())
            _tell(_work(one, places, as_json=as_json), as_json=as_json)
            return
        find_stream(one.plugins.connector(find_connection(one.database, text).connector), stream)
        operation.queue_pull(one.database, text, stream, [external_id], one.now())
        report = _work(one, [text], as_json=as_json)
        if not report.errors and not any(result.counts.read for result in report.results):
            raise HubError(
                f"there is no {external_id} among the {stream} of {text}", hint="Name it by its id over there."
            )
        _tell(report, as_json=as_json)


@app.command()
def push(
    text: TextArgument,
    connection: Annotated[str | None, typer.Argument(help="Only to this one.", show_default=False)] = None,
    entity: EntityOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one record to where its routes lead, as far as it differs there."""
    from hub.operations import record as operation

    with opened(config) as one:
        hit = _find(one, text, entity)
        places = operation.queue_push(one.database, hit.id, hit.entity, one.now(), connection)
        _tell(_work(one, places, as_json=as_json), as_json=as_json)


@app.command()
def unlink(
    text: TextArgument,
    connection: Annotated[str, typer.Argument(help="Where it is to be forgotten.", show_default=False)],
    stream: Annotated[str | None, typer.Option("--stream", help="Only this stream of it.", show_default=False)] = None,
    entity: EntityOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget what a record is in a connection: written there again, it is created anew."""
    from hub.operations import link
    from hub.operations.connection import find_connection

    with opened(config) as one:
        find_connection(one.database, connection)
        hit = _find(one, text, entity)
        was = link.unlink(one.hub, hit.id, connection, stream)
    if as_json:
        print_json({"record": hit.id, "stream": was.stream, "external_id": was.external_id, "parts": was.parts})
        return
    typer.echo(f"{hit.entity} {hit.name} is {was.external_id} of {connection} no longer; both stay as they are.")
    typer.echo(f"Create it there anew with `hub record push {hit.id} {connection}`.")


def _find(one: Opened, text: str, entity: str | None = None) -> RecordHit:
    from hub.queries.record import one_record

    hit = one_record(one.database, text, entity=entity)
    if hit is None:
        raise ConfigError(f"there is no record {text} here", hint=f"Ask the systems with `hub record search {text}`.")
    return hit


def _work(one: Opened, connections: Sequence[str], *, as_json: bool) -> Report:
    """Do what was queued for some connections, without reading what else changed there."""
    from hub.sync.execute import Report, sync_connection

    report = Report()
    with shown_progress(as_json=as_json) as progress:
        for name in connections:
            report.results += sync_connection(one.hub, name, first=False, progress=progress)
    return report


def _tell(report: Report, *, as_json: bool) -> None:
    from hub.cli.report import tell_report

    tell_report(report, as_json=as_json)


def _ask(one: Opened, text: str, *, as_json: bool) -> None:
    from hub.operations.record import ask_remotes

    asked = ask_remotes(one.hub, text)
    if as_json:
        print_json({"records": [], "elsewhere": asked.hits, "asked": asked.asked, "failures": dict(asked.failures)})
    else:
        answer(asked, lambda view: _render_asked(text, view), as_json=False)


def _render_hits(found: Sequence[RecordHit]) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import clock_time, state
    from hub.clock import utc_now

    if not found:
        yield "Nothing found here. Names are not searched; `hub record search TEXT` without --no-ask asks the systems."
        return
    now = utc_now()
    columns = [Column("Entity"), Column("Name", long=True), Column("Status", spare=1)]
    columns += [Column("Total", number=True, spare=2), Column("When", spare=3), Column("In", long=True, spare=4)]
    columns += [Column("Record", style="dim")]
    yield grid(
        columns,
        [
            (
                hit.entity,
                hit.name,
                state(hit.status or ""),
                f"{hit.total} {hit.currency or ''}".strip() if hit.total else "",
                clock_time(hit.occurred_at, now) if hit.occurred_at else "",
                ", ".join(hit.connections),
                hit.id,
            )
            for hit in found
        ],
    )
    yield f"All about one with `hub record show {found[0].id}`."


def _render_asked(text: str, asked: Asked) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid

    yield f"{text} is not known here" + (f"; asked {', '.join(asked.asked)}." if asked.asked else ".")
    if asked.hits:
        columns = [Column("Connection"), Column("Stream"), Column("Id"), Column("Name", long=True), Column("Status")]
        columns += [Column("Here as", style="dim")]
        rows = [(h.connection, h.stream, h.external_id, h.name, h.status or "", h.record or "") for h in asked.hits]
        yield grid(columns, rows)
        yield _next_step(asked)
    elif asked.asked and not asked.failures:
        yield "Nobody else knows it either."
    yield from (f"{name} could not be asked: {reason}" for name, reason in asked.failures)


def _next_step(asked: Asked) -> str:
    new = next((hit for hit in asked.hits if hit.record is None), None)
    if new is None:
        return f"All about one with `hub record show {asked.hits[0].record}`."
    return f"Bring one in with `hub record pull {new.connection} {new.stream} {new.external_id}`."
