"""The tree of commands; a command's module is imported when the command is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from errno import ENOSPC
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from hub.cli import failure
from hub.errors import ConfigError, HubError

if TYPE_CHECKING:
    from typer.models import Context

GROUPS = {
    "Start": ("init", "apply", "export", "connect", "connectors"),
    "Work": ("sync", "backfill", "serve"),
    "Look": ("status", "reconcile", "runs", "record", "stock", "doctor"),
    "Mend": ("problems", "notices", "mapping", "table", "webhooks", "backup", "restored"),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)


class LazyGroup(TyperGroup):
    """Knows every command by name and imports only the one that is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List the commands in the order of their groups."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that was written; ConfigError guesses which one was meant."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from hub.config import did_you_mean

            hint = did_you_mean(args[0], COMMANDS) or "See `hub --help`."
            raise ConfigError(f"there is no command {args[0]}", hint=hint)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command by name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"hub.cli.{cmd_name}").app)
        command.name = cmd_name
        group = next(group for group, names in GROUPS.items() if cmd_name in names)
        command.rich_help_panel = group  # type: ignore[attr-defined]
        return command


def _version(wanted: bool) -> None:
    if wanted:
        from hub import __version__

        typer.echo(f"hub {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="hub",
    cls=LazyGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback()
def hub(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version and stop.")
    ] = False,
) -> None:
    """Keep shops, ERPs and carriers in agreement.

    Start with `hub init`, describe your systems in hub.toml, then `hub apply` and `hub sync`.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and tell its exit code; whatever goes wrong becomes one clear sentence on stderr."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        with failure.logged():
            return _run(words, as_json=as_json)
    except HubError as error:
        return failure.tell(error, as_json=as_json)


def _run(words: list[str], *, as_json: bool) -> int:
    try:
        code = typer.main.get_command(app).main(words, prog_name="hub", standalone_mode=False)
        sys.stdout.flush()
    except HubError as error:
        return failure.tell(error, as_json=as_json)
    except typer.TyperException as error:
        return failure.tell_usage(error, as_json=as_json)
    except typer.Abort as stop:
        return failure.tell_stopped(*map(str, stop.args))
    except BrokenPipeError:
        return failure.tell_nobody()
    except OSError as error:
        if error.errno != ENOSPC:
            raise
        return failure.tell_unwritten(error)
    if code == failure.STOPPED_CODE:
        return failure.tell_stopped()
    return code if isinstance(code, int) else 0


__all__ = ["COMMANDS", "Context", "app", "run"]
