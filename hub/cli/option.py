"""The options that every command has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ConfigOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", envvar="HUB_CONFIG", show_default=False, help="The hub.toml to use (this folder's)."),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Answer with JSON, for programs.")]
YesOption: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
LimitOption: TypeAlias = Annotated[int, typer.Option("--limit", min=1, help="Show at most so many.")]
