"""What the README shows can be done as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from demo.__main__ import TITLE, books_table
from demo.books import NOTHING, Sum
from hub.cli.program import COMMANDS, run

README = (Path(__file__).parents[2] / "README.md").read_text()
[EXAMPLE] = re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)

[BOOKS] = re.findall(rf"^```text\n({re.escape(TITLE)}\n.*?)^\n", README, re.MULTILINE | re.DOTALL)


def test_the_table_of_the_demo_is_the_one_that_it_prints() -> None:
    """Its names, columns and form; and its figures add up, else it would print DIFFER."""
    rows = [line.split() for line in BOOKS.splitlines()[3:]]
    shop, boutique, mine, erp = (dict(column) for column in zip(*map(named_sums, rows), strict=True))
    screen = Console(width=80, color_system=None, highlight=False)
    with screen.capture() as printed:
        screen.print(books_table(shop, boutique, mine, erp))
    assert BOOKS.splitlines() == [TITLE, *(line.rstrip() for line in printed.get().splitlines())]


def named_sums(row: list[str]) -> Iterator[tuple[str, Sum]]:
    """Read one row: a currency, then count and total of each of the four, or a dash."""
    currency, *cells, _agree = [word.replace(",", "") for word in row]
    while cells:
        first = cells.pop(0)
        yield currency, NOTHING if first == "-" else Sum(int(first), Decimal(cells.pop(0)))


def test_the_example_of_a_real_shop_is_a_sound_hub_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"env:(\w+)", EXAMPLE):
        monkeypatch.setenv(name, "a-secret")
    assert run(["init"]) == 0
    with Path("hub.toml").open("a") as file:
        file.write(EXAMPLE)
    assert run(["apply", "--dry-run"]) == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert "connection shop" in shown
    assert "connection erp" in shown


def test_every_command_that_is_shown_exists() -> None:
    shown = set(re.findall(r"\bhub ([a-z]+)\b", " ".join(re.findall(r"`hub [^`]+`|^\$ hub .*$", README, re.MULTILINE))))
    assert shown
    assert shown <= set(COMMANDS)
