"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.console import Console
from rich.text import Text

from hub.cli.grid import Column, fitting, grid, pairs
from hub.cli.paragraph import Indented, Paragraph


def lines(table: object, width: int = 80) -> list[str]:
    screen = Console(width=width, markup=False, highlight=False, color_system=None)
    with screen.capture() as caught:
        screen.print(table, crop=False)
    return [line.rstrip() for line in caught.get().splitlines()]


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    table = grid([Column("Name"), Column("Read", number=True)], [("shop", "12"), ("erp 山田", "1,200")])
    assert lines(table) == ["Name       Read", "───────────────", "shop         12", "erp 山田  1,200"]


def test_a_column_without_content_is_left_out() -> None:
    assert lines(grid([Column("A"), Column("Why", long=True)], [("x", ""), ("y", "")]))[0] == "A"


def test_data_is_never_read_as_markup() -> None:
    assert lines(grid([Column("A")], [("[red]x[/red] :smile:",)]))[2] == "[red]x[/red] :smile:"


def test_spare_columns_give_way_in_their_order_when_there_is_no_room() -> None:
    columns = [Column("A"), Column("B", spare=2), Column("C", spare=1), Column("D", long=True)]
    cells = [[Text("a" * 30), Text("b" * 20), Text("c" * 20), Text("d" * 300)]]
    assert fitting(columns, cells, 200) == [0, 1, 2, 3]
    assert fitting(columns, cells, 90) == [0, 2, 3]
    assert fitting(columns, cells, 60) == [0, 3]


def test_names_and_values_stand_in_two_columns() -> None:
    assert lines(pairs([("Run", "1"), ("Result", Text("ok"))])) == ["Run     1", "Result  ok"]


ADDRESS = "https://shop.example/wp-admin/post.php?post=1001&action=edit&" + "x" * 30


@pytest.mark.parametrize("block", [Paragraph, lambda text: Indented(text, 2), lambda text: pairs([("shop", text)])])
def test_an_address_is_never_broken(block: Callable[[Text], object]) -> None:
    """It would be neither clicked nor copied; what stands around it folds between words as ever."""
    shown = lines(block(Text(f"read it at {ADDRESS} or ask somebody who knows the shop")), width=40)
    assert [line.strip() for line in shown if "http" in line] == [ADDRESS]
    assert max(len(line) for line in shown if "http" not in line) <= 40
    assert " ".join(" ".join(shown).split()).endswith("or ask somebody who knows the shop")


def test_an_address_that_fits_stays_in_its_line() -> None:
    assert lines(Paragraph(Text("see http://a.example now")), width=40) == ["see http://a.example now"]


def test_a_long_column_is_no_narrower_than_an_address_in_it() -> None:
    table = grid([Column("A", long=True), Column("Where", long=True)], [("word " * 40, ADDRESS[:60])])
    assert sum(ADDRESS[:60] in line for line in lines(table)) == 1


def test_a_value_folds_below_where_it_began() -> None:
    shown = lines(pairs([("Why", "one two three four five"), ("None", "")]), width=24)
    assert shown == ["Why   one two three four", "      five", "None"]
