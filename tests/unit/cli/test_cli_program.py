"""The tree of commands: lazy, complete, documented."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from hub.cli.program import COMMANDS, GROUPS

SLOW = ("alembic", "apscheduler", "babel", "jinja2", "hypothesis", "hub.notify.render", "hub.mapping.check")
HEAVY = (*SLOW, "sqlalchemy", "pydantic", "httpx", "hub.plugins")


def loaded_after(statement: str, modules: tuple[str, ...]) -> str:
    code = f"import sys\n{statement}\nprint(*[name for name in {modules!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_command_stands_in_one_group_and_can_be_imported() -> None:
    assert len(COMMANDS) == len(set(COMMANDS)) == sum(map(len, GROUPS.values()))
    for name in COMMANDS:
        assert typer.main.get_command(import_module(f"hub.cli.{name}").app).help


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    assert loaded_after("import hub.cli.program, hub.cli.sync, hub.cli.opened", HEAVY) == ""


def test_a_sync_imports_nothing_that_only_other_commands_need() -> None:
    assert loaded_after("import hub.cli.sync, hub.sync.execute, hub.plugins, hub.store.schema", SLOW) == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_module_of_its_own(name: str) -> None:
    assert (Path(import_module("hub.cli").__file__ or "").parent / f"{name}.py").exists()
