"""Text that folds between words and never within an address, so that it can be clicked and copied.

An address that is wider than the terminal is left to it: what a terminal folds by itself it still takes for one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

ADDRESS = re.compile(r"\S+://\S+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text that stands for itself; print it without cropping."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Write it line by line."""
        for line in folded(self.text, console, options.max_width):
            yield from line.render(console, end="\n")


@dataclass(frozen=True, slots=True)
class Indented:
    """A block that is set in from the left, `by` so many columns; print it without cropping."""

    block: RenderableType
    by: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Write the block in what is left of the width."""
        block = Paragraph(self.block) if isinstance(self.block, Text) else self.block
        for line in Segment.split_lines(console.render(block, options.update_width(options.max_width - self.by))):
            yield Segment(" " * self.by)
            yield from line
            yield Segment.line()


def folded(text: Text, console: Console, width: int) -> Iterator[Text]:
    """Fold a text into lines; an address that is wider than they are gets one of its own, whole."""
    done = 0
    for found in ADDRESS.finditer(text.plain):
        if cell_len(found[0]) > width:
            yield from _folded(text[done : found.start()], console, width)
            yield text[found.start() : found.end()]
            done = found.end()
    if not done:
        yield from text.wrap(console, width, overflow="fold")
    else:
        yield from _folded(text[done:], console, width)


def _folded(part: Text, console: Console, width: int) -> Iterator[Text]:
    """Fold what stands before or after an address, without the blanks that led to it."""
    plain = part.plain
    inner = part[len(plain) - len(plain.lstrip()) : len(plain.rstrip())]
    if inner.plain:
        yield from inner.wrap(console, width, overflow="fold")
