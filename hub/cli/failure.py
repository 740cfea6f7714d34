"""What is said when something goes wrong: one sentence and the next step, never a traceback."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from hub.errors import HubError

if TYPE_CHECKING:
    from typer import TyperException

USAGE_CODE = 2
STOPPED_CODE = 130
BUG_CODE = 70
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-])*[,.]?(?: |$)")
"""Where a sentence starts with one; paths, hosts, addresses and file names stay as they are."""


def tell(error: HubError, *, as_json: bool) -> int:
    """Say an error and its next step on stderr; the exit code tells its class."""
    if as_json:
        _tell_json(type(error).__name__, error.message, error.hint, error.context)
    else:
        write_error(error.message, error.hint)
    return error.exit_code


def write_error(message: str, hint: str = "") -> None:
    """Write an error and its next step to stderr for people."""
    lines = [sentence(line) if number == 0 else line for number, line in enumerate(message.splitlines())]
    typer.echo(_label("Error:", typer.colors.RED) + " " + "\n       ".join(lines), err=True)
    if hint:
        typer.echo(_label("Next:", typer.colors.CYAN) + "  " + sentence(hint), err=True)


def sentence(text: str) -> str:
    """Give a text the form of a sentence: a capital at the start and a full stop at the end."""
    text = text.strip()
    start = text[:1].upper() + text[1:] if WORD.match(text) else text
    return start if not start or start[-1] in ".!?:…`" else f"{start}."


def tell_usage(error: TyperException, *, as_json: bool) -> int:
    """Say that a command was written wrongly."""
    context = getattr(error, "ctx", None)
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    hint = f"See `{context.command_path} --help`." if context else "See `hub --help`."
    if as_json:
        _tell_json("UsageError", message, hint, {})
    elif message:
        write_error(message.replace("'", ""), hint)
    return USAGE_CODE


def tell_stopped(said: str = "Stopped. What was finished is kept; the next run goes on from there.") -> int:
    """Say that the person stopped the command."""
    typer.echo(said, err=True)
    return STOPPED_CODE


def tell_nobody() -> int:
    """End quietly when the reader of our output has gone, as `head` does; typer ends the same way."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def tell_unwritten(error: OSError) -> int:
    """Say that the output found no room, where it was sent into a file."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left must not fail once more at the end
    write_error(f"the output cannot be written: {(error.strerror or str(error)).lower()}", "free some space")
    return 1


@contextmanager
def logged() -> Iterator[None]:
    """Have the log written to stderr, masked, while a command runs: only errors, unless HUB_LOG asks for more.

    What is worth a warning in a log is what the command itself says at its end.
    """
    import logging

    from hub import log

    root = logging.getLogger()
    before = root.level
    log.configure(log.asked_level("ERROR"))
    try:
        yield
    finally:
        root.setLevel(before)
        for handler in [handler for handler in root.handlers if handler.get_name() == "hub"]:
            root.removeHandler(handler)


def catch_bugs() -> None:
    """Have a bug told in one sentence, with its traceback kept in a file for those who can mend it."""
    sys.excepthook = _tell_bug
    threading.excepthook = lambda args: _tell_bug(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)


def _tell_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        os._exit(tell_stopped())
    path = _keep_traceback(bug, trace)
    write_error(
        f"this is a bug in the hub ({kind.__name__}); what was finished is kept",
        f"please report it together with {path}",
    )
    sys.stdout.flush()
    os._exit(BUG_CODE)


def _keep_traceback(bug: BaseException, trace: TracebackType | None) -> str:
    """Write the traceback, masked, to a file that only this user can read."""
    import tempfile
    import traceback

    from hub.log import redact

    text = redact("".join(traceback.format_exception(type(bug), bug, trace)))
    handle, path = tempfile.mkstemp(prefix="hub-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _label(text: str, color: str) -> str:
    return typer.style(text, fg=color, bold=True) if sys.stderr.isatty() and "NO_COLOR" not in os.environ else text


def _tell_json(kind: str, message: str, hint: str, context: dict[str, str]) -> None:
    import json

    error = {"type": kind, "message": message, "hint": hint, "context": context}
    typer.echo(json.dumps({"error": error}, ensure_ascii=False), err=True)
