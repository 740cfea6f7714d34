"""`hub problems edit`: corrects what was parked, keeps the original beside it, and has it done again."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from hub.document import Document
from hub.errors import ConfigError, RecordError
from hub.mapping.engine import Compiled
from hub.store import problems, settings
from hub.store.problems import Problem, ProblemKind
from hub.sync.connection.session import mappings_of
from hub.sync.hub import Hub

PULL = "pull"


def edit_problem(hub: Hub, problem: Problem, document: Document, by: str, now: datetime) -> Problem:
    """Keep a changed document beside the original, with who changed it and when; the next replay takes it instead.

    ConfigError when there is nothing to edit, or when the document would be another record's.
    """
    _require_document(problem)
    if problem.direction == PULL:
        _refuse_another_record(hub, problem, document)
    with hub.database.write() as tx:
        problems.put_edit(tx, problem.id, orjson.dumps(document).decode(), by, now)
        return problems.get(tx, problem.id) or problem


def current_document(problem: Problem) -> Document:
    """Give what an edit starts from: the last edit, else what was parked; ConfigError when there is nothing."""
    _require_document(problem)
    found: Document = json.loads(problem.edited or problem.document or "{}")
    return found


def set_values(document: Document, settings: Sequence[str]) -> Document:
    """Set values by their paths: "billing.country=DE", "lines.0.total=12.00", "note=null" for none."""
    changed = copy.deepcopy(document)
    for setting in settings:
        path, found, text = setting.partition("=")
        if not found or not path:
            raise ConfigError(f"{setting!r} sets nothing", hint="Write it like billing.country=DE.")
        _set(changed, path, _value(text))
    return changed


def _require_document(problem: Problem) -> None:
    message = f"problem {problem.id} has nothing to edit"
    if problem.state != "open" or problem.kind != ProblemKind.DEAD_LETTER:
        raise ConfigError(message, hint="Only what is open and was not processed can be edited.")
    if problem.document is None:
        hint = "No document was made yet: see what stands in the way with `hub problems show`."
        raise ConfigError(message, hint=hint)


def _refuse_another_record(hub: Hub, problem: Problem, document: Document) -> None:
    try:
        external_id = _mapping(hub, problem).external_id(document)
    except RecordError as error:
        raise ConfigError(f"the edited document has no id: {error.message}", hint="Leave the id as it was.") from error
    if external_id != problem.subject and not problem.subject.startswith("without id"):
        raise ConfigError(
            f"the edited document is {external_id}, the problem is about {problem.subject}",
            hint="Leave the id as it was.",
        )


def _mapping(hub: Hub, problem: Problem) -> Compiled:
    with hub.database.read() as tx:
        row = settings.connection(tx, problem.connection)
        if row is None:
            raise ConfigError(f"there is no connection {problem.connection}", hint="See `hub connect list`.")
        return mappings_of(hub, tx, row, hub.plugins.connector(row.connector))[problem.stream]


def _value(text: str) -> Any:
    """Read a value as JSON where it is some, else as the text that it is."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _set(document: Any, path: str, value: Any) -> None:
    *outer, last = path.split(".")
    holder = document
    for step in outer:
        holder = _inside(holder, step, path)
    if isinstance(holder, list):
        _inside(holder, last, path)
        holder[int(last)] = value
    elif isinstance(holder, dict):
        holder[last] = _like(holder.get(last), value)
    else:
        raise _lost(path, last)


def _like(before: Any, value: Any) -> Any:
    """Keep text text: a postcode stays one though it looks like a number."""
    return json.dumps(value) if isinstance(before, str) and isinstance(value, int | float) else value


def _inside(holder: Any, step: str, path: str) -> Any:
    try:
        return holder[int(step)] if isinstance(holder, list) else holder[step]
    except (KeyError, IndexError, ValueError, TypeError):
        raise _lost(path, step) from None


def _lost(path: str, step: str) -> ConfigError:
    return ConfigError(f"{path}: the document has no {step} there", hint="See it with `hub problems show`.")
