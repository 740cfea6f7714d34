"""Writes the reference of the command line from the commands themselves: python -m hub.cli.reference > docs/cli.md."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import typer

from hub.cli.program import GROUPS, app

EVERYWHERE = {"--help", "--config", "--json"}

HEAD = """\
# The command line

Written by `python -m hub.cli.reference`; a test keeps it in step with the commands.

Every command reads `hub.toml` in the current folder, or the one that `--config` or the environment variable
`HUB_CONFIG` names. `--json` gives an answer for programs: the keys are stable, times are UTC, and errors are an object
`{"error": {"type", "message", "hint", "context"}}` on stderr. `HUB_BLOCKED_PLUGINS` names connectors that are not even
imported, for a day on which one of them is broken. `HUB_LOG` (error, warning, info, debug) says how much is logged on
stderr.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | nothing was found |
| 2 | the set-up or the command is wrong; nothing will change until somebody mends it |
| 3 | a system refuses our credentials |
| 4 | it may work later: no answer, too many requests, or somebody else is at work |
| 5 | a record could not be processed; the others were |
| 70 | a bug of the hub |
| 130 | stopped with Ctrl-C |
"""


def reference() -> str:
    """Write the whole page."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("hub", [], resilient_parsing=True)
    return "\n".join([HEAD, *_groups(root, context)])


def _groups(root: Any, context: Any) -> Iterator[str]:
    for group, names in GROUPS.items():
        yield f"## {group}\n"
        for name in names:
            yield from _command(root.get_command(context, name), f"hub {name}", context)


def _command(command: Any, path: str, parent: Any) -> Iterator[str]:
    context = type(parent)(command, info_name=path.rsplit(" ", 1)[1], parent=parent)
    inner = getattr(command, "commands", None)
    if not inner or command.invoke_without_command:
        yield f"### {path}\n"
        yield f"{inspect.cleandoc(command.callback.__doc__ or '') if inner else _help(command)}\n"
        yield _usage(command, path, context)
        yield from _parameters(command, context)
    for name, child in (inner or {}).items():
        yield from _command(child, f"{path} {name}", context)


def _help(command: Any) -> str:
    return inspect.cleandoc(command.help or "")


def _usage(command: Any, path: str, context: Any) -> str:
    words = [_metavar(param) for param in command.get_params(context) if _is_argument(param)]
    return "```console\n$ " + " ".join([path, *words]) + "\n```\n"


def _parameters(command: Any, context: Any) -> Iterator[str]:
    rows = [_row(param) for param in command.get_params(context) if not EVERYWHERE.intersection(param.opts)]
    if rows:
        yield "\n".join(["| | |", "| --- | --- |", *rows, ""])


def _row(param: Any) -> str:
    if _is_argument(param):
        return f"| `{_metavar(param)}` | {param.help or ''} |"
    names = ", ".join(f"`{name}`" for name in [*param.opts, *param.secondary_opts])
    return f"| {names} | {param.help or ''} |"


def _metavar(param: Any) -> str:
    name = param.metavar or param.name.upper()
    if param.required:
        return str(name)
    return f"[{name}]{'...' if param.nargs == -1 else ''}"


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


if __name__ == "__main__":
    sys.stdout.write(reference())
