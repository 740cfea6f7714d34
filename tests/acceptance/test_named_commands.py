"""What hints and pages tell people to run exists."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from hub.cli.program import app

ROOT = Path(__file__).parents[2]
PLACES = [*ROOT.glob("hub/**/*.py"), *ROOT.glob("connectors/**/*.py"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]
NAMED = re.compile(r"(?:`|: )hub ([a-z]+)(?: ([a-z]+)(?=[ `\"]))?")


def groups() -> dict[str, set[str] | None]:
    """Name the commands, and the commands of each group; None: a command that takes arguments."""
    tree = typer.main.get_command(app)
    context = typer.Context(tree)
    found = {}
    for name in tree.list_commands(context):  # type: ignore[attr-defined]
        command = tree.get_command(context, name)  # type: ignore[attr-defined]
        found[name] = set(getattr(command, "commands", {})) or None
    return found


def test_every_command_that_is_named_exists() -> None:
    known, wrong = groups(), []
    for place in PLACES:
        for command, below in NAMED.findall(place.read_text(encoding="utf-8")):
            if command not in known or (below and below not in (known[command] or {below})):
                wrong.append(f"{place.relative_to(ROOT)}: hub {command} {below}")
    assert not wrong
