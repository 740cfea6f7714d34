"""A progress bar for long work, on stderr, when somebody is there to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

Progress = Callable[[str, str, int, "int | None"], None]
"""(connection, stream, records so far, records expected)"""


def _silent(_connection: str, _stream: str, _done: int, _expected: int | None) -> None:
    return None


@contextmanager
def shown_progress(*, as_json: bool = False) -> Iterator[Progress]:
    """Show one bar a stream while the work lasts; nothing at all in a pipe or for a program."""
    if as_json or not sys.stderr.isatty():
        yield _silent
        return
    with _bars() as bars:
        yield _Shown(bars)


class _Shown:
    """Keeps one bar for each stream."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __call__(self, connection: str, stream: str, done: int, expected: int | None) -> None:
        key = (connection, stream)
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(f"{connection} {stream}", total=expected)
        self._bars.update(self._tasks[key], completed=done, total=max(expected, done) if expected else None)


def _bars() -> Bars:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from hub.cli.output import error_console

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,}", justify="right"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=error_console(), transient=True)
