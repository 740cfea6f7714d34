"""`hub mapping`: what becomes what, and the proof that nothing gets lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import installed_plugins, opened
from hub.cli.option import ConfigOption, JsonOption
from hub.cli.output import answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hub.cli.opened import Opened
    from hub.connector import Stream
    from hub.mapping.check import Report
    from hub.operations.mapping import Tried
    from hub.operations.override import Override
    from hub.queries.mapping import MappingView
    from hub.store.settings import ConnectionRow

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show, try and prove what becomes what.")

ConnectionArgument = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name.", show_default=False)]
StreamArgument = Annotated[str, typer.Argument(metavar="STREAM", help="Which of its streams.", show_default=False)]
MerchantOption = Annotated[bool, typer.Option("--merchant", help="For all connections of its merchant.")]
RECORD_CODE = 5
MAPPING_CODE = 2


@app.command("check")
def check_command(
    connection: Annotated[str | None, typer.Argument(metavar="CONNECTION", help="Its name (all).")] = None,
    stream: Annotated[str | None, typer.Argument(metavar="STREAM", help="One of its streams (all).")] = None,
    connector: Annotated[
        str | None, typer.Option("--connector", help="What a connector ships, without any connection.")
    ] = None,
    documents: Annotated[int, typer.Option("--documents", min=0, help="At most so many received ones.")] = 200,
    examples: Annotated[int, typer.Option("--examples", min=0, help="So many made-up records a field.")] = 25,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove mappings on received documents and on made-up records: what is written is read back the same."""
    if connector is not None:
        proofs = _prove_shipped(connector, stream or connection, examples)
    else:
        proofs = _prove(config, connection, stream, documents, examples)
    shipped = connector is not None
    answer(proofs, lambda view: _render_proofs(view, shipped=shipped), as_json=as_json, key="mappings")
    if not all(proof.report.ok for proof in proofs):
        raise typer.Exit(MAPPING_CODE)


@dataclass(frozen=True, slots=True)
class Proof:
    """How one stream's mapping stood the test."""

    name: str
    stream: str
    report: Report


def _prove(
    config: Path | None, connection: str | None, stream: str | None, documents: int, examples: int
) -> list[Proof]:
    from hub.operations.connection import find_connection
    from hub.operations.mapping import prove_mapping
    from hub.queries.connection import connections
    from hub.queries.mapping import compiled_for, find_stream

    proofs = []
    with opened(config) as one:
        names = [connection] if connection else [view.name for view in connections(one.database, one.plugins)]
        for name in names:
            row = find_connection(one.database, name)
            spec = one.plugins.connector(row.connector)
            for found in [find_stream(spec, stream)] if stream else spec.streams:
                mapping = compiled_for(one.hub, row, spec, found)
                report = prove_mapping(one.hub, row, found, mapping, documents=documents, examples=examples)
                proofs.append(Proof(name, found.name, report))
    return proofs


def _prove_shipped(connector: str, stream: str | None, examples: int) -> list[Proof]:
    from hub.operations.mapping import prove_shipped
    from hub.queries.mapping import find_stream

    plugins = installed_plugins()
    spec = plugins.connector(connector)
    chosen = [find_stream(spec, stream)] if stream else spec.streams
    return [Proof(connector, s.name, prove_shipped(plugins, spec, s, examples=examples)) for s in chosen]


@app.command()
def show(
    connection: ConnectionArgument, stream: StreamArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show every rule of a stream's mapping, and the layer that it comes from."""
    from hub.operations.connection import find_connection
    from hub.queries.mapping import mapping_show

    with opened(config) as one:
        view = mapping_show(one.hub, find_connection(one.database, connection), stream)
    answer(view, _render_show, as_json=as_json)


@app.command("try")
def try_one(
    connection: ConnectionArgument,
    stream: StreamArgument,
    external_id: Annotated[str, typer.Argument(metavar="ID", help="The record's id over there.", show_default=False)],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one live record through the mapping, both ways; nothing is kept and nothing is written."""
    from hub.operations.connection import find_connection
    from hub.operations.mapping import try_mapping
    from hub.queries.mapping import compiled_for, find_stream

    with opened(config) as one:
        row = find_connection(one.database, connection)
        spec = one.plugins.connector(row.connector)
        found = find_stream(spec, stream)
        tried = try_mapping(one.hub, row, found, compiled_for(one.hub, row, spec, found), external_id)
    answer(tried, _render_try, as_json=as_json)
    if tried.problem:
        raise typer.Exit(RECORD_CODE)


@app.command("set")
def set_command(
    connection: ConnectionArgument,
    stream: StreamArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file with your rules.", show_default=False)],
    merchant: MerchantOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay your own rules over a shipped mapping; a file names only the fields that differ."""
    from hub.operations.override import set_override

    with opened(config) as one:
        row, found = _row_and_stream(one, connection, stream)
        done = set_override(one.hub, row, found, file, merchant_wide=merchant)
        _take_up(one, done)
    answer(done, lambda view: _render_override(view, connection), as_json=as_json)


@app.command()
def reset(
    connection: ConnectionArgument,
    stream: StreamArgument,
    merchant: MerchantOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take your own rules back: the shipped mapping holds again."""
    from hub.operations.override import reset_override

    with opened(config) as one:
        row, found = _row_and_stream(one, connection, stream)
        done = reset_override(one.hub, row, found, merchant_wide=merchant)
        _take_up(one, done)
    answer(done, lambda view: _render_override(view, connection), as_json=as_json)


def _row_and_stream(one: Opened, connection: str, stream: str) -> tuple[ConnectionRow, Stream]:
    from hub.operations.connection import find_connection
    from hub.queries.mapping import find_stream

    row = find_connection(one.database, connection)
    return row, find_stream(one.plugins.connector(row.connector), stream)


def _take_up(one: Opened, done: Override) -> None:
    from hub.operations.problem import reprocess_stored

    reprocess_stored(one.hub, done.stored)


def _render_override(done: Override, connection: str) -> Iterator[RenderableType]:
    from hub.cli.words import many

    whose = done.scope.replace(":", " ")
    if done.is_own:
        yield f"Version {done.version} of the {done.stream} mapping holds for {whose}."
    else:
        yield f"No rules of {whose} for {done.stream} hold any more; what is shipped does."
    if done.freed:
        yield f"{many(done.freed, 'record')} will be read again. Next: `hub sync {connection}`."
    yield f"See it with `hub mapping show {connection} {done.stream}`, prove it with `hub mapping check {connection}`."


def _render_proofs(proofs: Sequence[Proof], *, shipped: bool) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid
    from hub.cli.words import count, state

    if not proofs:
        yield "Nothing is connected, so no mapping is in use. Prove those of a connector with `--connector NAME`."
        return
    columns = [Column("Whose"), Column("Stream"), Column("Laws"), Column("Received", number=True)]
    columns += [Column("Made up", number=True), Column("Losses", number=True), Column("Not covered", number=True)]
    rows = [
        (
            proof.name,
            proof.stream,
            state("ok" if proof.report.ok else "broken"),
            count(proof.report.documents),
            count(proof.report.generated),
            count(len(proof.report.losses)),
            count(len(proof.report.uncovered_fields) + len(proof.report.uncovered_paths)),
        )
        for proof in proofs
    ]
    yield grid(columns, rows)
    for proof in proofs:
        for finding in proof.report.findings:
            yield f"{_place(finding.file, finding.line, proof)}: {finding.field}: {finding.law}: {finding.message}"
    yield from {proof.report.note for proof in proofs if proof.report.note}
    if len(proofs) == 1:
        yield from _details(proofs[0])
    elif not any(proof.report.findings for proof in proofs):
        whose = f"--connector {proofs[0].name}" if shipped else proofs[0].name
        yield f"What one loses and leaves out: `hub mapping check {whose} {proofs[0].stream}`."


def _details(proof: Proof) -> Iterator[RenderableType]:
    from rich.text import Text

    report = proof.report
    for title, lines in (
        ("What gets lost, and why", [f"{loss.field}: {loss.reason}" for loss in report.losses]),
        ("Ours that the mapping does not cover", report.uncovered_fields),
        ("Theirs that the mapping does not cover", report.uncovered_paths),
        ("In no document so far", report.never_seen),
        ("Not tried, for want of an example", report.untried),
    ):
        if lines:
            yield ""
            yield Text(title, style="bold")
            yield from (f"  {line}" for line in lines)


def _place(file: str, line: int, proof: Proof) -> str:
    return f"{file}:{line}" if file else f"{proof.name}/{proof.stream}"


def _render_show(view: MappingView) -> Iterator[RenderableType]:
    from hub.cli.grid import Column, grid

    columns = [Column("Ours"), Column(""), Column("Theirs", long=True), Column("How", long=True), Column("Layer")]
    parts = dict.fromkeys(rule.part for rule in view.rules)
    yield f"{view.connection} {view.stream}: {view.connector}'s documents <-> canonical {view.entity}"
    for part in parts:
        yield ""
        rows = [(r.ours, r.way, r.theirs, r.how, r.layer) for r in view.rules if r.part == part]
        yield grid(columns, rows, title=f"Part {part}" if part else "")
    lossy = [rule for rule in view.rules if rule.loses]
    if lossy:
        yield ""
        yield "What gets lost, and why:"
        yield from (f"  {rule.ours}: {rule.loses}" for rule in lossy)


def _render_try(tried: Tried) -> Iterator[RenderableType]:
    from rich.text import Text

    from hub.cli.failure import sentence

    yield Text("Theirs", style="bold")
    yield _json(tried.document)
    if tried.record is None:
        yield ""
        yield Text(sentence(f"it does not decode: {tried.problem}"), style="red")
        yield sentence(tried.hint)
        return
    yield ""
    yield Text("Ours", style="bold")
    yield _json(tried.record)
    yield ""
    if tried.patch is None:
        yield "Nothing of it is ever written back."
    elif tried.patch:
        yield Text("Written back, this would change", style="bold")
        yield _json(tried.patch)
    else:
        yield Text("Written back, it would change nothing.", style="green")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
