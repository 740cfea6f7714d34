"""Tables that fit an 80 column terminal and read well in a wide one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.box import Box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from hub.cli.output import console
from hub.cli.words import clean

RULE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
GAP = 2
NARROWEST = 16
"""A long column is folded down to this before others are left out."""


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
    widest = max(_width(column.title), *map(_width, texts), 0)
    return min(widest, NARROWEST) if column.long else widest


def _width(text: str) -> int:
    return max((cell_len(line) for line in text.splitlines()), default=0)


def pairs(rows: Iterable[tuple[str, str | Text]], style: str = "dim") -> Table:
    """Lay names and values out in two columns without a head; `style` is that of the names."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style=style, no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value if isinstance(value, Text) else Text(clean(value)))
    return table
