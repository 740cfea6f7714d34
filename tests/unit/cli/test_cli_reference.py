"""`docs/cli.md` says what the commands are."""

from __future__ import annotations

from pathlib import Path

from hub.cli.program import COMMANDS
from hub.cli.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_in_step_with_the_commands() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m hub.cli.reference > docs/cli.md"


def test_every_command_is_on_the_page() -> None:
    page = reference()
    assert [name for name in COMMANDS if f"### hub {name}" not in page] == []
