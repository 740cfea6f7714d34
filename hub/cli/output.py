"""Puts an answer on stdout: for people as text that fits their terminal, for programs as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hub.clock import short_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

T = TypeVar("T")
PIPE_WIDTH = 400
"""Nobody's terminal: what goes through a pipe is never cut or folded."""


def answer(value: T, render: Callable[[T], Iterable[RenderableType]], *, as_json: bool, key: str = "") -> None:
    """Show an answer; as JSON a list stands under `key`, so that more can be added later."""
    if as_json:
        print_json({key: value} if key else value)
        return
    show(render(value))


def show(blocks: Iterable[RenderableType]) -> None:
    """Print blocks one below the other; a pipe gets no spaces at the ends of lines."""
    screen = console()
    if screen.is_terminal:
        _print(screen, blocks)
        return
    with screen.capture() as caught:
        _print(screen, blocks)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in caught.get().splitlines()))


def _print(screen: Console, blocks: Iterable[RenderableType]) -> None:
    from rich.text import Text

    from hub.cli.paragraph import Paragraph

    for block in blocks:
        text = Text(block) if isinstance(block, str) else block
        screen.print(Paragraph(text) if isinstance(text, Text) else text, crop=False)


def print_json(value: object) -> None:
    """Print a value as JSON with stable keys."""
    import json

    print(json.dumps(plain(value), ensure_ascii=False, indent=2))  # noqa: T201  the answer itself


def plain(value: object) -> Any:
    """Turn a read model into JSON values: times as UTC text, durations as seconds."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return short_text(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, (Decimal, Path)) else value


def console() -> Console:
    """Give the console for answers: data is never read as markup, and a pipe gets whole lines."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def error_console() -> Console:
    """Give the console for what is not the answer: progress and questions."""
    from rich.console import Console

    return Console(stderr=True, markup=False, emoji=False, highlight=False)
