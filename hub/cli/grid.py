"""Tables that fit an 80 column terminal and read well in a wide one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from hub.cli.output import console
from hub.cli.paragraph import ADDRESS, folded
from hub.cli.words import clean

RULE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
GAP = 2
NARROWEST = 16
"""A long column is folded down to this before others are left out, or to the longest address in it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `number` stands right, `long` is folded when space is short, `style` colors it.

    With `spare` it is left out where there is no room for it, the highest first.
    """

    title: str
    number: bool = False
    long: bool = False
    style: str = ""
    spare: int = 0


def grid(columns: Sequence[Column], rows: Iterable[Sequence[str | Text]], title: str = "") -> Table:
    """Lay rows out in aligned columns under a thin rule; a column without any content is left out."""
    cells = [[cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row] for row in rows]
    table = Table(box=RULE, show_edge=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.title, table.title_justify, table.title_style = title or None, "left", "bold"
    table.header_style, table.border_style = "bold", "dim"
    kept = fitting(columns, cells, console().width)
    for index in kept:
        column = columns[index]
        needed = _needed(column, [row[index].plain for row in cells])
        table.add_column(
            column.title,
            justify="right" if column.number else "left",
            overflow="fold" if column.long else "ellipsis",
            no_wrap=not column.long,
            min_width=needed if column.long else None,
            style=column.style,
        )
    for row in cells:
        table.add_row(*(row[index] for index in kept))
    return table


def fitting(columns: Sequence[Column], cells: Sequence[Sequence[Text]], width: int) -> list[int]:
    """Choose the columns that fit a width."""
    kept = [index for index in range(len(columns)) if any(row[index].plain for row in cells)]
    widths = {index: _needed(columns[index], [row[index].plain for row in cells]) for index in kept}
    spare = sorted((index for index in kept if columns[index].spare), key=lambda index: columns[index].spare)
    while spare and sum(widths[index] + GAP for index in kept) - GAP > width:
        kept.remove(spare.pop())
    return kept


def _needed(column: Column, texts: Iterable[str]) -> int:
    cells = list(texts)
    widest = max(_width(column.title), *map(_width, cells), 0)
    whole = max((cell_len(address) for text in cells for address in ADDRESS.findall(text)), default=0)
    return min(widest, max(NARROWEST, whole)) if column.long else widest


def _width(text: str) -> int:
    return max((cell_len(line) for line in text.splitlines()), default=0)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and their values in two columns; print it without cropping."""

    rows: Sequence[tuple[str, Text]]
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Write each name and its value, which folds below where it began."""
        left = max((cell_len(name) for name, _ in self.rows), default=0) + GAP
        for name, value in self.rows:
            lines = folded(value, console, max(options.max_width - left, NARROWEST))
            for number, line in enumerate(lines):
                head = name if number == 0 else ""
                row = Text.assemble((head, self.style), " " * (left - cell_len(head)), line)
                yield from row.render(console, end="\n")


def pairs(rows: Iterable[tuple[str, str | Text]], style: str = "dim") -> Pairs:
    """Lay names and values out in two columns without a head; `style` is that of the names."""
    return Pairs([(name, value if isinstance(value, Text) else Text(clean(value))) for name, value in rows], style)
