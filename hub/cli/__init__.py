"""The command `hub`."""

from __future__ import annotations


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    from hub.cli.program import run  # keeps `import hub.cli` free

    raise SystemExit(run())
