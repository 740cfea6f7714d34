"""The page of one record: one sentence a system first, then what it is, then how it came to be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from hub.cli.failure import sentence as as_sentence
from hub.cli.grid import Column, grid, pairs
from hub.cli.paragraph import Indented
from hub.cli.words import clean, clock_time, full_time, said, state
from hub.clock import utc_now
from hub.queries.record import RecordPage
from hub.queries.target import TargetState, TargetView, sentence

STYLES = {
    TargetState.READ: "green",
    TargetState.WRITTEN: "green",
    TargetState.BARRED: "dim",
    TargetState.FOREIGN: "dim",
    TargetState.REFUSED: "red",
    TargetState.OUTCOME_UNKNOWN: "red",
}
HIDDEN = ("custom",)
PAST = 20
SHORT, LONG = 1_000, 1_000_000
PERSON = ("first_name", "last_name")


def render_page(page: RecordPage, *, full: bool = False) -> Iterator[RenderableType]:
    """Lay out everything about a record."""
    now = utc_now()
    yield Text(_headline(page, now), style="bold")
    yield ""
    yield _targets(page, now)
    for title, blocks in (
        ("Problems", _problems(page, now)),
        ("What it is", _facts(page, now, LONG if full else SHORT)),
        ("Lines", _lines(page, "lines")),
        ("Sent instead", _lines(page, "exchange_lines")),
        ("Fees and tips", _lines(page, "fees")),
        ("Variants", _variants(page)),
        ("Belongs to it", _related(page)),
        ("Notices", _notices(page, now)),
        ("How it came to be", _history(page, now)),
        ("Received and sent", _past(page, now)),
        ("Documents as received", _documents(page) if full else iter(())),
    ):
        content = list(blocks)
        if content:
            yield ""
            yield Text(title, style="bold")
            yield from (Indented(block, 2) for block in content)
    if not full:
        yield ""
        yield Text(f"Record {page.record.id}, version {page.version}. Documents with --full.", style="dim")


def _headline(page: RecordPage, now: datetime) -> str:
    hit = page.record
    parts = [f"{hit.entity.capitalize()} {hit.name}"]
    parts += [f"{hit.total} {hit.currency or ''}".strip()] if hit.total else []
    parts += [_plain(hit.status)] if hit.status else []
    parts += [full_time(hit.occurred_at, now)] if hit.occurred_at else []
    return clean(" · ".join(parts))


def _plain(status: str) -> str:
    return status.replace("_", " ")


def _targets(page: RecordPage, now: datetime) -> RenderableType:
    if not page.targets:
        return Text("It is in no system any more.", style="yellow")
    return pairs([(view.connection, _target(view, now)) for view in page.targets], style="bold")


def _target(view: TargetView, now: datetime) -> Text:
    said = clean(sentence(view, lambda moment: clock_time(moment, now)))
    line = Text(said, style=STYLES.get(view.state, "yellow"))
    if view.url:
        line.append(f"\n{clean(view.url)}", style="dim")
    return line


def _problems(page: RecordPage, now: datetime) -> Iterator[RenderableType]:
    for one in page.problems:
        yield Text.assemble(
            (f"{one.connection} {one.stream} {one.direction}: ", "bold"), (clean(as_sentence(one.message)), "red")
        )
        yield Text(f"{clean(as_sentence(one.hint))} Since {full_time(one.first_at, now)}; id {one.id[-6:]}.")


def _facts(page: RecordPage, now: datetime, longest: int) -> Iterator[RenderableType]:
    rows = [(name, _value(value, now)) for name, value in page.data.items() if not isinstance(value, (list, dict))]
    rows += [
        (name, _address(value)) for name, value in page.data.items() if isinstance(value, dict) and name not in HIDDEN
    ]
    rows += [(f"custom.{name}", _value(value, now)) for name, value in (page.data.get("custom") or {}).items()]
    names = {one.id: f"{one.entity} {one.name}" for one in page.related}
    shown = [(name.replace("_", " "), _clipped(names.get(value, value), longest)) for name, value in rows if value]
    if shown:
        yield pairs(shown)


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"


def _value(value: Any, now: datetime) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and value.endswith("Z"):
        return full_time(datetime.fromisoformat(value), now)
    return "" if value is None else str(value)


def _address(value: dict[str, Any]) -> str:
    name = " ".join(str(value[part]) for part in PERSON if value.get(part))
    rest = [str(v) for part, v in value.items() if isinstance(v, str) and v and part not in PERSON]
    return ", ".join([name] * bool(name) + rest)


def _lines(page: RecordPage, field: str) -> Iterator[RenderableType]:
    lines = [line for line in page.data.get(field) or () if isinstance(line, dict)]
    if lines:
        columns = [Column("Quantity", number=True), Column("SKU"), Column("Title", long=True)]
        columns += [Column("Total", number=True), Column("Tax", number=True), Column("Reason")]
        names = ("quantity", "sku", "title", "total", "tax", "reason")
        rows = [tuple(str(line.get(name) or "") for name in names) for line in lines]
        yield grid(columns, rows)


def _variants(page: RecordPage) -> Iterator[RenderableType]:
    variants = [variant for variant in page.data.get("variants") or () if isinstance(variant, dict)]
    if variants:
        columns = [Column("SKU"), Column("Barcode"), Column("Choices", long=True), Column("Price", number=True)]
        yield grid(columns, [tuple(map(str, _variant(variant))) for variant in variants])


def _variant(variant: dict[str, Any]) -> Iterator[str]:
    yield from (variant.get(name) or "" for name in ("sku", "barcode"))
    yield ", ".join(str(choice.get("value") or "") for choice in variant.get("choices") or ())
    yield variant.get("price") or ""


def _related(page: RecordPage) -> Iterator[RenderableType]:
    if page.related:
        rows = [(one.entity, one.name, state(one.status or ""), one.id) for one in page.related]
        yield grid([Column("Entity"), Column("Name", long=True), Column("Status"), Column("Record", style="dim")], rows)


def _notices(page: RecordPage, now: datetime) -> Iterator[RenderableType]:
    if page.notices:
        columns = [Column("When"), Column("Tells"), Column("To"), Column("State"), Column("Why", long=True)]
        rows = [
            (
                clock_time(n.changed_at, now),
                n.status.replace("_", " "),
                n.recipient or "-",
                state(n.state),
                n.reason or "",
            )
            for n in page.notices
        ]
        yield grid(columns, rows)


def _history(page: RecordPage, now: datetime) -> Iterator[RenderableType]:
    """Tell versions and events in one list, oldest first."""
    steps = [
        (v.changed_at, v.source, f"version {v.version}", ", ".join(v.fields) if v.fields else "first seen")
        for v in page.versions
    ]
    steps += [(e.at, f"{e.connection} {e.stream}", e.kind, said(e.detail)) for e in page.events if e.kind != "merged"]
    columns = [Column("At"), Column("Where"), Column("What"), Column("", long=True)]
    ordered = sorted(steps, key=lambda step: step[0])
    yield grid(columns, [(clock_time(at, now), where, what, detail) for at, where, what, detail in ordered])


def _past(page: RecordPage, now: datetime) -> Iterator[RenderableType]:
    """List the documents that went either way, newest first."""
    if page.past:
        columns = [Column("At"), Column("Where"), Column("What"), Column("Id", spare=1), Column("Bytes", number=True)]
        rows = [
            (
                clock_time(one.at, now),
                f"{one.connection} {one.stream}",
                f"{one.way}, as it is now" if one.current else str(one.way),
                one.external_id or "",
                f"{one.size:,}",
                one.event[-12:],
            )
            for one in page.past[:PAST]
        ]
        yield grid([*columns, Column("Event", style="dim")], rows)
        if len(page.past) > PAST:
            yield Text(f"... and {len(page.past) - PAST:,} older ones with --json", style="dim")


def _documents(page: RecordPage) -> Iterator[RenderableType]:
    for name, document in page.documents.items():
        yield Text(name, style="bold")
        yield Text(json.dumps(document, ensure_ascii=False, indent=2))
